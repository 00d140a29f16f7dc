"""Other feature pipelines in the place of ours."""

from huleedu_essay_features.adapters.declaration import PlatformFeature
from huleedu_essay_features.adapters.factory import load_pipeline
from huleedu_essay_features.adapters.platform import PlatformFeaturePipeline

__all__ = ["PlatformFeature", "PlatformFeaturePipeline", "load_pipeline"]
