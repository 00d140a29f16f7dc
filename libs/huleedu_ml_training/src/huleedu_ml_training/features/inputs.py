"""The essays of a data set as the feature pipeline takes them, and the keys they are kept under."""

import hashlib
import json
from collections.abc import Sequence

from huleedu_essay_features import EssayInput
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.text_identity import content_digest
from huleedu_ml_training.features.protocols import FeatureKey


def essay_inputs(dataset: EssayDataset) -> list[EssayInput]:
    """Return one input per essay, in row order."""
    return [
        EssayInput(text, dataset.prompt_texts[row], dataset.languages[row])
        for row, text in enumerate(dataset.texts)
    ]


def feature_keys(essays: Sequence[EssayInput], schema_digest: str) -> list[FeatureKey]:
    """Return one key per essay; equal keys mean equal vectors."""
    return [
        FeatureKey(content_digest(essay.text), schema_digest, _prompt_digest(essay))
        for essay in essays
    ]


def _prompt_digest(essay: EssayInput) -> str:
    canonical = json.dumps([essay.prompt_text, essay.language], ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
