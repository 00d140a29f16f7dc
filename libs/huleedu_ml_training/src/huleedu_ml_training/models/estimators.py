"""Ordinal boosting as scikit-learn estimators, for use outside essay grading.

Needs the extra ``sklearn``. The estimators are ordinary scikit-learn classifiers: they work in
pipelines, grid searches and cross-validation, accept ``sample_weight``, and take NaN for a missing
value::

    from huleedu_ml_training.models.estimators import OrdinalBoostingClassifier

    model = OrdinalBoostingClassifier(kind="joint_threshold", link="probit").fit(X, y)
    model.predict_proba(X)

Classes are ordered by value. Labels whose order is another are coded as numbers first, for example
with :class:`sklearn.preprocessing.OrdinalEncoder`.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.cumulative import grade_probabilities
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.weights import EssayWeights, class_weights

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import Tags, check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    msg = 'these estimators need scikit-learn: pip install "huleedu-ml-training[sklearn]"'
    raise ImportError(msg) from error

_FEWEST_TO_STOP_ON = 20


class OrdinalBoostingClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Gradient boosting that knows the order of its classes.

    A part of the rows is held out to choose the number of rounds; with few rows, all serve both
    purposes and growth stops by ``max_rounds`` alone.

    Args:
        kind: ``joint_threshold``, ``cumulative_binary``, ``regression`` or ``multiclass``.
        backend: ``lightgbm``, or ``xgboost`` where that is installed.
        link: ``logit``, ``probit`` or ``cloglog``; for ``joint_threshold``.
        decision: How probabilities become a class: ``most_probable``, as scikit-learn expects of
            classifiers, or ``median`` or ``rounded_expectation``, which are nearer on average.
        weighting: How classes count: ``none``, ``sqrt`` or ``balanced``.
        learning_rate: Shrinkage of each tree.
        num_leaves: Most leaves of a tree.
        min_child_samples: Fewest rows of a leaf.
        max_rounds: Most trees per threshold.
        early_stopping_rounds: Rounds without improvement after which growth ends.
        validation_fraction: Share of the rows that choose the number of rounds, in (0, 1).
        random_state: Seed of every random choice.

    Attributes:
        classes_: Classes in ascending order, ndarray of shape (K,).
        n_features_in_: Number of columns seen in :meth:`fit`.
        feature_importances_: Total gain per column, ndarray of shape (n_features_in_,).
    """

    def __init__(
        self,
        *,
        kind: str = "joint_threshold",
        backend: str = "lightgbm",
        link: str = "logit",
        decision: str = "most_probable",
        weighting: str = "none",
        learning_rate: float = 0.05,
        num_leaves: int = 15,
        min_child_samples: int = 10,
        max_rounds: int = 400,
        early_stopping_rounds: int = 30,
        validation_fraction: float = 0.15,
        random_state: int | None = 0,
    ) -> None:
        self.kind = kind
        self.backend = backend
        self.link = link
        self.decision = decision
        self.weighting = weighting
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.max_rounds = max_rounds
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to rows and their classes.

        Args:
            X: Numbers of shape (n_rows, n_features); NaN is a missing value.
            y: Classes, shape (n_rows,), at least two different ones.
            sample_weight: Weights, shape (n_rows,), not negative; None for equal ones.
        """
        features, labels = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        check_classification_targets(labels)
        weights = _check_sample_weight(
            sample_weight, features, dtype=np.float64, ensure_non_negative=True
        )
        kept = np.flatnonzero(weights > 0)
        features, labels, weights = features[kept], labels[kept], weights[kept]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            msg = f"the rows with a weight above 0 hold {len(self.classes_)} class, two are needed"
            raise ValueError(msg)
        seed = self._seed()
        train, held = self._parts(codes, seed)
        n_classes = len(self.classes_)
        by_class = class_weights(self.weighting, codes[train], codes[held], n_classes)
        if by_class is not None:
            weights[train] *= by_class.training
            if held is not train:
                weights[held] *= by_class.stopping
        self.model_ = create_trainer(self._settings(), threads=1).fit(
            features[train].astype(np.float32),
            codes[train],
            n_grades=n_classes,
            stopping=(features[held].astype(np.float32), codes[held]),
            seed=seed,
            weights=EssayWeights(weights[train], weights[held]),
        )
        self.feature_importances_ = self.model_.feature_importance()
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, ndarray of shape (n_rows, K)."""
        features = self._checked(X)
        return grade_probabilities(self.model_.cumulative(features))

    def latent(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return latent scores, ndarray of shape (n_rows,); higher means a higher class."""
        features = self._checked(X)
        return self.model_.latent(features)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return classes, ndarray of shape (n_rows,)."""
        probabilities = self.predict_proba(X)
        rule = fit_decision_rule(self.decision, probabilities, np.empty(0, dtype=np.int64))
        classes: NDArray[Any] = self.classes_[rule.decide(probabilities)]
        return classes

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _checked(self, X: ArrayLike) -> NDArray[np.float32]:
        check_is_fitted(self)
        checked = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        features: NDArray[np.float32] = checked.astype(np.float32)
        return features

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(2**31))

    def _parts(
        self, codes: NDArray[np.int64], seed: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return training rows and the rows that choose the number of rounds."""
        rows = np.arange(len(codes))
        n_held = int(len(codes) * self.validation_fraction)
        if n_held < _FEWEST_TO_STOP_ON:
            return rows, rows
        common = np.bincount(codes)[codes] >= 2 / self.validation_fraction
        strata = np.where(common, codes, -1)
        if n_held < len(np.unique(strata)) or np.bincount(strata + 1).min(initial=2) == 1:
            strata = np.zeros_like(codes)
        train, held = train_test_split(rows, test_size=n_held, random_state=seed, stratify=strata)
        if len(np.unique(codes[train])) < 2:
            return rows, rows
        return np.sort(train), np.sort(held)

    def _settings(self) -> ModelSettings:
        return ModelSettings.model_validate(
            {
                "kind": self.kind,
                "backend": self.backend,
                "link": self.link,
                "booster": BoosterSettings(
                    learning_rate=self.learning_rate,
                    num_leaves=self.num_leaves,
                    min_child_samples=self.min_child_samples,
                    max_rounds=self.max_rounds,
                    early_stopping_rounds=self.early_stopping_rounds,
                    feature_fraction=1.0,
                ),
            }
        )
