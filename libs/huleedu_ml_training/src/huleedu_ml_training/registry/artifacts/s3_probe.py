"""Whether an S3 store keeps what the safety of bundles is built on."""

import secrets

from huleedu_ml_training.registry.artifacts.bucket import Bucket, Outcome
from huleedu_ml_training.registry.artifacts.s3_errors import (
    ObjectStoreAccessError,
    ObjectStoreOverwritesError,
)
from huleedu_ml_training.registry.artifacts.s3_layout import file_key


def probe(bucket: Bucket) -> bool:
    """Make an object, try to replace it, and remove it.

    What a killed probe leaves is swept like any upload that was never finished.

    Returns:
        Whether the store lets us write; if not, nothing more was tried than to read.

    Raises:
        ObjectStoreOverwritesError: The object was replaced.
        ObjectStoreError: The store cannot be read, or fails.
    """
    key = file_key("probe", secrets.token_hex(16), "probe")
    bucket.modified_at(key)
    try:
        first = bucket.begin(key)
    except ObjectStoreAccessError:
        return False
    try:
        bucket.finish_as_new(key, first, b"first")
        second = bucket.begin(key)
        outcome = bucket.finish_as_new(key, second, b"second")
        bucket.abandon(key, second)
        if outcome is Outcome.MADE:
            raise ObjectStoreOverwritesError(
                doing="keep",
                place=bucket.where(key),
                problem="an object was replaced by one that had to be new",
            )
    finally:
        bucket.abandon(key, first)
        bucket.delete(key)
    return True
