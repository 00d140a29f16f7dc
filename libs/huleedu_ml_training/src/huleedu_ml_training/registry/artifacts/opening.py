"""The artifact store that the settings mean."""

import asyncio

from huleedu_ml_training.config import Settings
from huleedu_ml_training.registry.artifact_protocol import ArtifactStoreProtocol
from huleedu_ml_training.registry.artifacts.bucket import Bucket
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.artifacts.names import FOLDER
from huleedu_ml_training.registry.artifacts.s3 import S3ArtifactStore
from huleedu_ml_training.registry.artifacts.s3_client import require_client
from huleedu_ml_training.registry.artifacts.s3_probe import probe


def open_artifact_store(settings: Settings) -> ArtifactStoreProtocol:
    """Return the store of bundles; an S3 store is not asked anything yet.

    Raises:
        S3NotInstalledError: The settings name an S3 store, and its client is not installed.
    """
    bucket = _bucket(settings)
    return LocalArtifactStore(settings.home) if bucket is None else S3ArtifactStore(bucket)


async def check_artifact_store(settings: Settings) -> tuple[str, bool]:
    """Try what the store must be able to do.

    Returns:
        Where bundles are kept, and whether an S3 store lets us write.

    Raises:
        S3NotInstalledError: The settings name an S3 store, and its client is not installed.
        ObjectStoreError: The store cannot be used; the subclass says why.
    """
    bucket = _bucket(settings)
    if bucket is None:
        return str(settings.home / FOLDER), True
    return bucket.where(), await asyncio.to_thread(probe, bucket)


def _bucket(settings: Settings) -> Bucket | None:
    if settings.registry.artifacts.url is None:
        return None
    require_client()
    return Bucket(settings.registry.artifacts)
