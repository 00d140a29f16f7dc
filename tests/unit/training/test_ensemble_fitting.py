"""Fitting several members: honest weights, equal bytes, and nothing fitted twice."""

from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_ml_training.config import (
    BoosterSettings,
    ModelSettings,
    Settings,
    SplitSettings,
    TrainingSettings,
)
from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.models.catalogue import create_companions, create_trainer
from huleedu_ml_training.models.ensemble import EnsembleClassifier
from huleedu_ml_training.models.latent_classifier import LatentClassifier
from huleedu_ml_training.models.stacked_classifier import StackedClassifier
from huleedu_ml_training.models.stacking import StackedTrainer
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.cross_fitting import OutOfFold, cross_pool
from huleedu_ml_training.training.fitting import GraderFitter
from huleedu_ml_training.training.interruption import StopSignal, WorkStoppedError
from huleedu_ml_training.training.members import SEED_STEP, MemberFitter, ensemble_members
from huleedu_ml_training.training.papers import model_description
from huleedu_ml_training.training.preparation import PreparedData, summarise

RUN = UUID(int=5)
N_PLAIN, N_EMBEDDING = 6, 8
MIXED = ModelSettings(
    kind="regression",
    seeds=2,
    companions=("ridge",),
    booster=BoosterSettings(max_rounds=15),
)


@pytest.fixture(scope="module")
def prepared():
    dataset = generate_demo_corpus(200)
    rng = np.random.default_rng(0)
    slopes = np.linspace(0, 0.6, N_PLAIN + N_EMBEDDING)
    X = rng.normal(size=(len(dataset), len(slopes))) + dataset.grades[:, None] * slopes
    names = tuple(f"feature_{column}" for column in range(len(slopes)))
    schema = FeatureSchema(
        tuple(
            FeatureDefinition(name, "length" if column < N_PLAIN else "embedding", "", "A number.")
            for column, name in enumerate(names)
        )
    )
    dataset = dataset.with_features(X.astype(np.float32), names, "ab" * 32)
    split = create_splitter(SplitSettings()).split(dataset)
    return PreparedData(dataset, split, schema, summarise(dataset, split))


class Progress:
    """Counts steps, and asks for a stop after some."""

    def __init__(self, stop=None, after=None):
        self.phases = []
        self.steps = 0
        self._stop, self._after = stop, after

    @contextmanager
    def phase(self, title, total=None):
        self.phases.append((title, total))
        yield self

    def advance(self, steps=1):
        self.steps += steps
        if self.steps == self._after:
            self._stop.set()

    def update(self, done, total=None):
        pass


def fit(prepared, home, model, *, after=None, trainer=None, companions=None):
    settings = Settings(home=home, model=model, training=TrainingSettings(folds=3, threads=1))
    stop = StopSignal()
    progress = Progress(stop, after)
    fitter = GraderFitter(
        settings,
        trainer or create_trainer(model, threads=1),
        create_splitter(settings.split),
        progress,
        create_companions(model, threads=1) if companions is None else companions,
    )
    return fitter.fit(prepared, CheckpointStore(home, RUN), stop), progress


def fingerprint(fitted):
    oof = fitted.oof
    return fitted.grader.save_state(), oof.latent.tobytes(), oof.cumulative.tobytes()


@pytest.fixture(scope="module")
def mixed(prepared, tmp_path_factory):
    home = tmp_path_factory.mktemp("mixed")
    fitted, progress = fit(prepared, home, MIXED)
    return fitted, progress, home


def test_members_are_seeds_of_one_kind_and_companions(mixed, prepared):
    fitted, progress, _ = mixed
    classifier = fitted.grader.classifier
    assert isinstance(classifier, StackedClassifier)
    assert isinstance(classifier.base, EnsembleClassifier)
    members = classifier.base.members
    assert ["regression", "regression", "ridge"] == [member.kind for member in members]
    assert members[0].state() != members[1].state()
    weights = classifier.base.pool.weights
    assert weights[0] == weights[1]
    assert ("Cross-fitting", 9) in progress.phases
    assert 9 == progress.steps
    assert not fitted.resumed
    # Its predictions out of fold are on the scale of the model that they calibrate.
    latent = classifier.latent(prepared.dataset.features)
    assert pytest.approx(fitted.oof.latent.std(), rel=0.3) == latent.std()
    assert np.corrcoef(fitted.oof.latent, fitted.development_grades)[0, 1] > 0.6


def test_the_first_member_is_the_single_model(mixed, prepared, tmp_path):
    """More seeds and companions change nothing about it."""
    single, progress = fit(
        prepared, tmp_path, MIXED.model_copy(update={"seeds": 1, "companions": ()})
    )
    classifier = single.grader.classifier
    assert isinstance(classifier.base, LatentClassifier)
    assert mixed[0].grader.classifier.base.members[0].state() == classifier.base.state()
    assert ("Cross-fitting", 3) in progress.phases
    names = {path.name for path in (tmp_path / str(RUN) / "checkpoints").iterdir()}
    assert {"fold-0", "fold-1", "fold-2", "final"} == names


def test_equal_inputs_give_equal_bytes(mixed, prepared, tmp_path):
    again, _ = fit(prepared, tmp_path, MIXED)
    assert fingerprint(mixed[0]) == fingerprint(again)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_an_interrupted_fit_goes_on_and_ends_the_same(mixed, prepared, tmp_path, after):
    """Stopped between members of a fold, between folds, and before the final members."""
    with pytest.raises(WorkStoppedError):
        fit(prepared, tmp_path, MIXED, after=after)
    stored = tmp_path / str(RUN) / "checkpoints"
    assert after == len(list(stored.glob("fold-*-member-*/index.json")))
    resumed, _ = fit(prepared, tmp_path, MIXED)
    assert resumed.resumed
    assert fingerprint(mixed[0]) == fingerprint(resumed)


class Counting:
    """A trainer that counts its fits, and may be surer of them than it should."""

    def __init__(self, kind="linear", *, boldness=1.0):
        self.kind = kind
        self.seeds = []
        self._boldness = boldness
        self._trainer = LinearTrainer()

    def fit(self, X, y, *, n_grades, stopping, seed, weights=None, callback=None):
        self.seeds.append(seed)
        model = self._trainer.fit(
            X, y, n_grades=n_grades, stopping=stopping, seed=seed, weights=weights
        )
        return replace(
            model,
            weights=self._boldness * model.weights,
            thresholds=self._boldness * model.thresholds,
        )

    def load(self, state):
        return self._trainer.load(state)


def test_a_member_that_misleads_counts_for_nothing(prepared, tmp_path):
    """It is neither fitted on all essays nor stored."""
    good, bold = Counting("good"), Counting("bold", boldness=10.0)
    fitted, _ = fit(prepared, tmp_path, ModelSettings(), trainer=good, companions=[bold])
    base = fitted.grader.classifier.base
    assert [1.0] == base.pool.weights.tolist()
    assert 1 == len(base.members)
    assert (4, 3) == (len(good.seeds), len(bold.seeds))


def test_seeds_of_members_differ_in_every_fold(prepared, tmp_path):
    trainer = Counting()
    fit(
        prepared,
        tmp_path,
        ModelSettings(seeds=3),
        trainer=trainer,
        companions=[],
    )
    first = [43, 44, 45, 42]
    assert [seed + SEED_STEP * number for seed in first for number in range(3)] == trainer.seeds
    assert len(set(trainer.seeds)) == len(trainer.seeds)


def test_the_score_of_the_embedding_is_fitted_once_for_all_members(prepared, tmp_path):
    X, y = prepared.dataset.features, prepared.dataset.grades
    trainer = StackedTrainer(LinearTrainer(), range(N_PLAIN, N_PLAIN + N_EMBEDDING))
    prepared_for = []

    def prepare():
        prepared_for.append(len(y))
        return trainer.prepare(
            X, y, np.arange(len(y)), n_grades=len(prepared.dataset.scale), stopping=(X, y), seed=1
        )

    members = ensemble_members(Counting(), [Counting("other")], seeds=2)
    store = CheckpointStore(tmp_path, RUN)
    scores = MemberFitter(members, store, StopSignal()).score("fold-0", prepare, X[:20], seed=1)
    assert (1, 3) == (len(prepared_for), len(scores))
    fitter = MemberFitter(members, store, StopSignal())
    again = fitter.score("fold-0", prepare, X[:20], seed=1)
    assert (1, True) == (len(prepared_for), fitter.resumed)
    for one, other in zip(scores, again, strict=True):
        assert one.latent.tolist() == other.latent.tolist()
        assert one.cumulative.tolist() == other.cumulative.tolist()


@pytest.fixture
def members():
    """Out-of-fold predictions of a good member and a poor one, in four folds."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 4, 160)
    fold = np.arange(160) % 4
    found = []
    for noise in (0.6, 1.5):
        latent = y + rng.normal(scale=noise, size=160)
        cumulative = 1 / (1 + np.exp(-2 * (latent[:, None] - np.arange(3) - 0.5)))
        found.append(OutOfFold(latent, cumulative, fold))
    return found, y


def test_weights_of_an_essay_do_not_depend_on_its_own_grade(members):
    found, y = members
    before = cross_pool(found, y, ["a", "b"])
    own = before.fold == 1
    changed = np.where(own, 3 - y, y)
    after = cross_pool(found, changed, ["a", "b"])
    assert before.cumulative[own].tolist() == after.cumulative[own].tolist()
    assert before.latent[own].tolist() == after.latent[own].tolist()
    for number in (0, 2, 3):
        other = before.fold == number
        assert before.cumulative[other].tolist() != after.cumulative[other].tolist()


def test_folds_stay_on_the_scale_of_one_another(members):
    """Folds are calibrated together: what parts them may only be what the members say."""
    (one, _), y = members
    uneven = OutOfFold(one.latent + one.fold, one.cumulative, one.fold)
    pooled = cross_pool([uneven, uneven], y, ["a", "a"])
    scaled = (uneven.latent - uneven.latent.mean()) / uneven.latent.std()
    assert pytest.approx(scaled) == pooled.latent


def test_the_papers_name_the_members(mixed, prepared):
    described = model_description(MIXED, mixed[0].grader.classifier)
    weights = mixed[0].grader.classifier.base.pool.weights
    expected = (
        f"ensemble of 2 × regression on lightgbm (weight {2 * weights[0]:.2f}), "
        f"ridge (weight {weights[2]:.2f})"
    )
    assert expected == described
    members = mixed[0].grader.classifier.base.members
    single = ModelSettings(kind="regression", backend="xgboost")
    assert "regression on xgboost" == model_description(single, members[0])
    assert "ridge" == model_description(ModelSettings(kind="ridge"), members[2])
