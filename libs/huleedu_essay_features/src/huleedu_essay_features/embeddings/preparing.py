"""From published weights to a prepared model: build, verify, keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.embeddings.encoder_graph import GRAPH_VERSION, Arithmetic
from huleedu_essay_features.embeddings.encoder_source import EncoderSource
from huleedu_essay_features.embeddings.encoder_tokenizer import text_digest
from huleedu_essay_features.embeddings.errors import QuantisationLossError, UnusableEncoderError
from huleedu_essay_features.embeddings.layer_states import LayerReader
from huleedu_essay_features.embeddings.prepared import (
    GRAPH,
    TOKENIZER,
    PreparedDirectory,
    PreparedModel,
    models_directory,
    write_prepared,
)
from huleedu_essay_features.embeddings.sample_texts import SAMPLE_TEXTS
from huleedu_essay_features.errors import EssayFeaturesError

REQUIRED_COSINE = 0.995
"""What every sample text's vector has to reach, between the kept graph and full precision."""

DEFAULT_WINDOW = 300


@dataclass(frozen=True, slots=True)
class Preparation:
    """A model that is ready for use.

    Attributes:
        model: What it is made of.
        path: Its directory.
        lowest_cosine: Lowest cosine to full precision among the sample texts; None where the
            model was there already.
    """

    model: PreparedModel
    path: Path
    lowest_cosine: float | None


def prepare_encoder(
    source: EncoderSource,
    *,
    layer: int,
    languages: Sequence[str],
    arithmetic: Arithmetic = "int8",
    window: int = DEFAULT_WINDOW,
    models_dir: Path | None = None,
    force: bool = False,
) -> Preparation:
    """Build the graph of an encoder up to a layer, verify it, and keep it.

    Args:
        source: The encoder.
        layer: Layer whose hidden states are wanted, 1…L.
        languages: ISO 639-1 codes that it was trained on; empty: every language.
        arithmetic: ``int8`` or ``float32``.
        window: Tokens of the longest window; less where the encoder can read less.
        models_dir: Directory of prepared models; None as in :func:`models_directory`.
        force: Whether to build it anew even if it is there.

    Raises:
        UnusableEncoderError: The encoder has no such layer, or lacks weights.
        QuantisationLossError: 8-bit arithmetic changes a sample text's vector too much.
        ModelsDirectoryError: The result cannot be written.
    """
    config = source.config
    if not 1 <= layer <= config.n_layers:
        raise UnusableEncoderError(
            origin=source.name, reason=f"it has layers 1 to {config.n_layers}, not {layer}"
        )
    model = PreparedModel(
        encoder=source.name,
        family=config.family,
        weights_sha256=source.weights_sha256,
        tokenizer_sha256=text_digest(source.tokenizer),
        layer=layer,
        n_layers=config.n_layers,
        dimensions=config.dimensions,
        window=min(window, config.longest_window),
        arithmetic=arithmetic,
        graph_version=GRAPH_VERSION,
        languages=tuple(languages),
    )
    models = models_directory(models_dir)
    if not force and _is_there(models, model):
        return Preparation(model, models / model.key, None)
    reader = LayerReader(source, layers=[layer], arithmetic=arithmetic, window=model.window)
    lowest = float(lowest_cosines(source, reader, SAMPLE_TEXTS)[0])
    if not lowest >= REQUIRED_COSINE:
        raise QuantisationLossError(cosine=lowest, required=REQUIRED_COSINE)
    verification = {"sample_texts": len(SAMPLE_TEXTS), "lowest_cosine": round(lowest, 6)}
    files = {GRAPH: reader.graph, TOKENIZER: source.tokenizer.encode()}
    return Preparation(model, write_prepared(models, model, files, verification), lowest)


def lowest_cosines(
    source: EncoderSource, reader: LayerReader, texts: Sequence[str]
) -> NDArray[np.float64]:
    """Compare a reader's vectors with those of full precision.

    Args:
        source: The encoder that it reads.
        reader: Any arithmetic.
        texts: Texts to compare on; none without tokens.

    Returns:
        The lowest cosine among the texts for each layer of the reader, ndarray of shape
        (n_layers,).
    """
    exact = LayerReader(source, layers=reader.layers, arithmetic="float32", window=reader.window)
    a, b = reader.means(texts), exact.means(texts)
    norms = np.linalg.norm(a, axis=2) * np.linalg.norm(b, axis=2)
    return np.asarray(((a * b).sum(axis=2) / norms).min(axis=0), dtype=np.float64)


def _is_there(models: Path, model: PreparedModel) -> bool:
    try:
        found = PreparedDirectory(models / model.key, name=model.encoder)
        found.read(GRAPH)
        found.read(TOKENIZER)
    except EssayFeaturesError:
        return False
    return found.model == model
