"""The strong embedder: the middle layer of all-mpnet-base-v2, 768 dimensions."""

from pathlib import Path

from huleedu_essay_features.embeddings.encoder_graph import Arithmetic
from huleedu_essay_features.embeddings.errors import PreparedModelChangedError
from huleedu_essay_features.embeddings.prepared import models_directory, prepared_key
from huleedu_essay_features.embeddings.prepared_embedder import PreparedEmbedder
from huleedu_essay_features.embeddings.wheel_parts import WEIGHTS_SHA256

TOKENIZER_SHA256 = "065b804d3d00741c0d2b55faa9de0b19ee5b2ef6b55043ccba4bea0170bfd4d9"
"""Digest of the canonical tokenizer of all-mpnet-base-v2."""

LAYER = 6
WINDOW = 300
ARITHMETIC: Arithmetic = "int8"
LANGUAGES = ("en",)


class ProficiencyEmbedder(PreparedEmbedder):
    """Embeds English texts with layer 6 of 12 of all-mpnet-base-v2.

    How well something is written shows in the middle layers of an encoder of this size, far more
    than in the last one, which is trained to keep what is said and to forget how.

    Args:
        threads: Threads of one call.
        models_dir: Directory of prepared models; None for the one that the environment variable
            ``HULEEDU_ESSAY_MODELS`` names, or the one in the user's cache directory.

    Raises:
        ModelNotPreparedError: ``features prepare-model`` has not been run.
        PreparedModelChangedError: The prepared files are not those that were written, or were
            not made from the weights that this version expects.
        ModelsDirectoryError: They cannot be read.
    """

    def __init__(self, *, threads: int = 1, models_dir: Path | str | None = None) -> None:
        key = prepared_key(WEIGHTS_SHA256, TOKENIZER_SHA256, LAYER, WINDOW, ARITHMETIC)
        path = models_directory(models_dir) / key
        super().__init__(path, threads=threads, name="proficiency")
        model = self.model
        made_of = (model.weights_sha256, model.tokenizer_sha256, model.layer, model.window)
        if made_of != (WEIGHTS_SHA256, TOKENIZER_SHA256, LAYER, WINDOW):
            raise PreparedModelChangedError(
                path=path, reason="it was not made from the weights that its name says"
            )
