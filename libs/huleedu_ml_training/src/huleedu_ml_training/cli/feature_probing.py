"""What ``features probe-layers`` does between reading its options and printing."""

import asyncio
import threading
from typing import Literal

from huleedu_essay_features.embeddings.encoder_source import EncoderSource, open_encoder
from huleedu_essay_features.embeddings.layer_states import LayerReader
from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import OperationInterruptedError
from huleedu_ml_training.features.errors import translated_feature_errors
from huleedu_ml_training.metrics.layer_report import LayerProbe
from huleedu_ml_training.training.layer_probe import probe_layers
from huleedu_ml_training.training.protocols import ProgressProtocol


class ProbeInterruptedError(OperationInterruptedError):
    """Probing was stopped; nothing of it is kept.

    Attributes:
        n_done: Essays that had been read.
        n_essays: Essays in all.
    """

    code = "probe-interrupted"

    def __init__(self, *, n_done: int, n_essays: int) -> None:
        super().__init__()
        self.n_done = n_done
        self.n_essays = n_essays

    @property
    def what(self) -> str:
        """Count what was read."""
        return f"probing was stopped after {self.n_done:,} of {self.n_essays:,} essays"

    @property
    def remedy(self) -> str:
        """Say how to make it shorter."""
        return "run it again; fewer essays, as by --until or --prompt, take less time"


async def probe(
    context: CommandContext,
    dataset: EssayDataset,
    *,
    encoder: str,
    arithmetic: Literal["int8", "float32"],
    window: int,
    folds: int,
) -> LayerProbe:
    """Read all essays with an encoder and judge its layers.

    Raises:
        ProbeInterruptedError: Ctrl-C or SIGTERM.
        FeatureExtractionError: The encoder cannot be found or used.
        InvalidDataError: The essays cannot be divided by prompt.
    """
    progress = await context.get(ProgressProtocol)
    settings = context.settings
    stopped = threading.Event()
    n_done = 0

    def note(done: int, total: int) -> None:
        nonlocal n_done
        n_done = done
        if stopped.is_set():
            raise ProbeInterruptedError(n_done=done, n_essays=total)

    def read(source: EncoderSource) -> LayerReader:
        return LayerReader(
            source,
            layers=range(source.config.n_layers + 1),
            arithmetic=arithmetic,
            window=min(window, source.config.longest_window),
        )

    try:
        with translated_feature_errors():
            with progress.phase("Reading the encoder"):
                reader = await asyncio.to_thread(lambda: read(open_encoder(encoder)))
            with progress.phase("Reading essays", len(dataset)) as phase:

                def update(done: int, total: int) -> None:
                    note(done, total)
                    phase.update(done, total)

                states = await asyncio.to_thread(reader.means, dataset.texts, progress=update)
        with progress.phase("Judging layers", len(reader.layers)) as phase:
            return await asyncio.to_thread(
                probe_layers,
                dataset,
                states,
                n_folds=folds,
                seed=settings.split.seed,
                evaluation=settings.evaluation,
                progress=phase.update,
            )
    except asyncio.CancelledError:
        stopped.set()
        raise ProbeInterruptedError(n_done=n_done, n_essays=len(dataset)) from None
