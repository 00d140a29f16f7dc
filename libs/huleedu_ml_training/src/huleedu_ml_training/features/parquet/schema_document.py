"""The document beside the parts of a schema that says what their columns mean."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.features.parquet.errors import DamagedFeatureFileError
from huleedu_ml_training.features.parquet.files import make_directory, publish, sweep

SCHEMA_DOCUMENT = "schema.json"
"""Its name."""


def read_document(directory: Path) -> Mapping[str, Any] | None:
    """Return the schema's document, or None where it was never remembered.

    Args:
        directory: Named by the schema's digest.

    Raises:
        DamagedFeatureFileError: It is not the document of this digest.
        OSError: The file system refused.
    """
    path = directory / SCHEMA_DOCUMENT
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DamagedFeatureFileError(path=path, reason=f"it is not JSON: {error}") from None
    # Of the document as it is: a later release may read the same schema into more fields.
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(canonical.encode()).hexdigest() != directory.name:
        raise DamagedFeatureFileError(path=path, reason="it is not the schema of its directory")
    return dict(document)


def write_document(directory: Path, schema: FeatureSchema) -> None:
    """Write the schema's document, unless it is there, and remove what killed writers left.

    Raises:
        DamagedFeatureFileError: What is there is not the document of this digest.
        OSError: The file system refused.
    """
    make_directory(directory)
    sweep(directory)
    if read_document(directory) is None:
        text = json.dumps(schema.to_dict(), indent=1, ensure_ascii=False) + "\n"
        publish(directory / SCHEMA_DOCUMENT, lambda file: file.write(text.encode()))
