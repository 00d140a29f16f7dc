"""The report and the model card of a bundle."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import ModelSettings, Settings
from huleedu_ml_training.config_loader import portable
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.models.cumulative import grade_probabilities
from huleedu_ml_training.models.decision import RULES
from huleedu_ml_training.models.ensemble import EnsembleClassifier
from huleedu_ml_training.models.protocols import OrdinalClassifierProtocol
from huleedu_ml_training.models.ridge_classifier import KIND as RIDGE
from huleedu_ml_training.models.stacked_classifier import StackedClassifier
from huleedu_ml_training.reports.context import CalibrationChange, DecisionOption, ReportContext
from huleedu_ml_training.reports.context_document import context_document
from huleedu_ml_training.reports.essay_figures import EssayFigures
from huleedu_ml_training.reports.html_report import render_html_report
from huleedu_ml_training.reports.model_card import render_model_card
from huleedu_ml_training.reports.third_party import third_party_models
from huleedu_ml_training.training.contents import BundleContents
from huleedu_ml_training.training.cross_fitting import cross_decide
from huleedu_ml_training.training.fitting import FittedGrader
from huleedu_ml_training.training.influence import measure_influence


class Papers(NamedTuple):
    """What a bundle says to people, and what a later report needs to know of its training.

    Attributes:
        report_html: The report on the held-out test part.
        model_card: The model card, in Markdown.
        context: What both say besides the figures, JSON-ready.
    """

    report_html: str
    model_card: str
    context: dict[str, Any]


def render_papers(
    contents: BundleContents,
    version: str,
    created_at: datetime,
    libraries: Mapping[str, str],
) -> Papers:
    """Return the papers of a version."""
    context = report_context(contents, version, created_at, libraries)
    judged = contents.judged
    essays = EssayFigures.of(judged.predictions, judged.essays)
    return Papers(
        report_html=render_html_report(context, judged.report, essays),
        model_card=render_model_card(context, judged.report),
        context=context_document(context),
    )


def report_context(
    contents: BundleContents,
    version: str,
    created_at: datetime,
    libraries: Mapping[str, str],
) -> ReportContext:
    """Return what the papers say besides the figures."""
    settings, fitted = contents.settings, contents.fitted
    dataset, split = contents.prepared.dataset, contents.prepared.split
    experiment = contents.experiment_name
    importance = fitted.grader.classifier.feature_importance()
    return ReportContext(
        model_name=contents.model_name,
        version=version,
        created_at=created_at,
        experiment_name=experiment,
        data=contents.prepared.summary,
        split_scheme=split.scheme,
        split_seed=split.seed,
        model_kind=model_description(settings.model, fitted.grader.classifier),
        n_features=len(dataset.feature_names),
        calibration=_calibration(fitted),
        decisions=decision_options(settings, fitted),
        feature_importance=dict(zip(dataset.feature_names, map(float, importance), strict=True)),
        parity=contents.exported.certificate.to_dict(),
        config_digest=_config_digest(settings),
        feature_schema_digest=dataset.feature_schema_digest,
        run_id=str(contents.run_id),
        seed=settings.training.seed,
        library_versions=libraries,
        influence=measure_influence(
            fitted.grader.classifier,
            _matrix(contents.judged.essays),
            contents.prepared.schema,
            seed=settings.training.seed,
        ),
        reproduce=(
            f"train-essay-grader train --config config.yaml --experiment-name {experiment}",
        ),
        review=contents.review,
        range_coverage=1 - settings.model.prediction_sets.miscoverage,
        third_party=third_party_models(contents.prepared.schema.backends),
    )


def decision_options(settings: Settings, fitted: FittedGrader) -> tuple[DecisionOption, ...]:
    """Return what each rule would cost, decided by rules fitted on the other folds."""
    probabilities, y, fold = (
        fitted.calibration.probabilities,
        fitted.development_grades,
        fitted.oof.fold,
    )
    options = []
    for rule in RULES:
        decided = cross_decide(rule, probabilities, y, fold)
        options.append(
            DecisionOption.measure(
                rule, decided, y, probabilities.shape[1], chosen=rule == settings.model.decision
            )
        )
    return tuple(options)


def model_description(settings: ModelSettings, classifier: OrdinalClassifierProtocol) -> str:
    """Return kind and library, or those of an ensemble's members with their weights."""
    base = classifier.base if isinstance(classifier, StackedClassifier) else classifier
    if not isinstance(base, EnsembleClassifier):
        return _with_library(base.kind, settings)
    kinds = [member.kind for member in base.members]
    parts = []
    for kind in dict.fromkeys(kinds):
        own = [kind == other for other in kinds]
        times = f"{sum(own)} × " if sum(own) > 1 else ""
        weight = float(base.pool.weights[own].sum())
        parts.append(f"{times}{_with_library(kind, settings)} (weight {weight:.2f})")
    return f"ensemble of {', '.join(parts)}"


def _with_library(kind: str, settings: ModelSettings) -> str:
    return kind if kind == RIDGE else f"{kind} on {settings.backend}"


def _calibration(fitted: FittedGrader) -> CalibrationChange:
    return CalibrationChange.measure(
        fitted.calibration.method,
        grade_probabilities(fitted.oof.cumulative),
        fitted.calibration.probabilities,
        fitted.development_grades,
    )


def _config_digest(settings: Settings) -> str:
    return hashlib.sha256(json.dumps(portable(settings), sort_keys=True).encode()).hexdigest()


def _matrix(essays: EssayDataset) -> NDArray[np.float32]:
    if essays.features is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    return essays.features
