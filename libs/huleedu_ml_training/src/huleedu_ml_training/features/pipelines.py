"""The feature pipeline that the settings choose."""

from pathlib import Path
from typing import Any, Protocol

import platformdirs
import structlog
from pydantic import SecretStr

from huleedu_essay_features.adapters import load_pipeline
from huleedu_essay_features.pipeline import create_pipeline, create_pipeline_for
from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_essay_features.schema import FeatureSchema
from huleedu_essay_features.service.client import RemoteFeaturePipeline
from huleedu_ml_training.config import FeatureSettings, LanguageToolSettings
from huleedu_ml_training.features.errors import translated_feature_errors


class ClosablePipeline(FeaturePipelineProtocol, Protocol):
    """A pipeline that holds processes or connections."""

    def close(self) -> None:
        """Let go of them."""
        ...


def open_pipeline(settings: FeatureSettings) -> ClosablePipeline:
    """Return the pipeline of the settings; the caller closes it.

    Raises:
        InvalidPipelineError: ``features.pipeline`` names no pipeline.
        FeatureExtractionError: A model, dictionary or server is missing.
    """
    with translated_feature_errors():
        if settings.service_url is not None:
            return _remote_pipeline(settings.service_url, settings.service_api_key)
        if settings.pipeline is not None:
            return load_pipeline(settings.pipeline, settings.workers)
        return create_pipeline(
            settings.embedder,
            settings.workers,
            parser=settings.parser,
            checker=settings.checker,
            lix=settings.lix,
            languagetool=languagetool_options(settings.languagetool),
            models_dir=_text(settings.models_dir),
        )


def open_pipeline_for(
    schema: FeatureSchema, *, workers: int, settings: FeatureSettings | None = None
) -> ClosablePipeline:
    """Return the standard pipeline that a schema describes; the caller closes it.

    Args:
        schema: Of a trained grader.
        workers: Processes that extract.
        settings: Where servers and models are that are not part of the installation; None for
            the defaults.

    Raises:
        FeatureExtractionError: A model, dictionary or server is missing.
    """
    settings = settings or FeatureSettings()
    with translated_feature_errors():
        return create_pipeline_for(
            schema,
            workers,
            languagetool=languagetool_options(settings.languagetool),
            models_dir=_text(settings.models_dir),
        )


def _remote_pipeline(url: str, api_key: SecretStr | None) -> RemoteFeaturePipeline:
    return RemoteFeaturePipeline(
        url,
        api_key=None if api_key is None else api_key.get_secret_value(),
        correlation_id=lambda: structlog.contextvars.get_contextvars().get("correlation_id"),
    )


def languagetool_options(settings: LanguageToolSettings) -> dict[str, Any]:
    """Return the keyword arguments of the LanguageTool client, JSON values."""
    cache = Path(platformdirs.user_cache_dir("huleedu-ml", appauthor=False)) / "languagetool.sqlite"
    options = settings.model_dump(mode="json", exclude={"url"})
    options["url"] = None if settings.url is None else settings.url.get_secret_value()
    options["cache_path"] = str(settings.cache_path or cache)
    return options


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
