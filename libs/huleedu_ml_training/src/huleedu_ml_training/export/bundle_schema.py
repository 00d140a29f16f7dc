"""The feature schema of a bundle, read without trusting it."""

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.export.bundle import FEATURE_SCHEMA, Bundle
from huleedu_ml_training.export.bundle_errors import InvalidBundleDocumentError


def read_feature_schema(bundle: Bundle) -> FeatureSchema:
    """Return what the columns of a grader's input mean.

    Raises:
        InvalidBundleDocumentError: The document is no feature schema, or not the one that the
            manifest names.
    """
    try:
        schema = FeatureSchema.from_dict(bundle.document(FEATURE_SCHEMA))
        digest = schema.digest
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # The text of a foreign exception may hold whatever the document does.
        problem = f"it is no feature schema: {ascii(str(error))[1:-1][:120]}"
        raise InvalidBundleDocumentError(name=FEATURE_SCHEMA, problem=problem) from None
    if digest != bundle.manifest.feature_schema_digest:
        problem = f"its digest is {digest}, the manifest says another"
        raise InvalidBundleDocumentError(name=FEATURE_SCHEMA, problem=problem)
    return schema
