"""What the ``features`` commands do between reading their options and printing."""

import asyncio
from pathlib import Path

from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.data.errors import EmptyDatasetError
from huleedu_ml_training.data.files import read_dataset
from huleedu_ml_training.data.formats import FileFormat
from huleedu_ml_training.data.protocols import DataLoaderProtocol
from huleedu_ml_training.data.selecting import select_essays
from huleedu_ml_training.domain.dataset import EssayDataset, EssaySelection
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.features.command_errors import (
    ExtractionInterruptedError,
    HostKeepsFeaturesError,
)
from huleedu_ml_training.features.exporting import stored_features, write_features
from huleedu_ml_training.features.inventory import Inventory, take_inventory
from huleedu_ml_training.features.protocols import FeatureStoreProtocol
from huleedu_ml_training.features.service import Extraction, FeatureService
from huleedu_ml_training.features.verification import Verification, verify_features
from huleedu_ml_training.training.protocols import ProgressProtocol


async def essays_of(
    context: CommandContext,
    file: Path | None,
    file_format: FileFormat | None,
    selection: EssaySelection,
) -> EssayDataset:
    """Return the selected essays of a file, or of the database where no file is named.

    Raises:
        HostKeepsFeaturesError: The database has features of its own.
        EmptyDatasetError: Nothing is selected.
        HuleEduMLError: The essays cannot be read.
    """
    if file is None:
        table = context.settings.essays.features.table
        if table is not None:
            raise HostKeepsFeaturesError(table=table)
        loader = await context.get(DataLoaderProtocol)
        return await loader.load(selection)
    scale = GradeScale.resolve(context.settings.scale)
    whole = await asyncio.to_thread(read_dataset, file, scale, file_format=file_format)
    chosen = select_essays(whole, selection)
    if not len(chosen):
        raise EmptyDatasetError(source=str(file), scale=scale, scales={scale.name: len(whole)})
    return chosen


async def extract_features(context: CommandContext, dataset: EssayDataset) -> Extraction:
    """Compute and store what is missing.

    Raises:
        ExtractionInterruptedError: Ctrl-C or SIGTERM; what was stored is kept.
    """
    service = await context.get(FeatureService)
    progress = await context.get(ProgressProtocol)
    n_done = 0
    with progress.phase("Extracting features", len(dataset)) as phase:

        def update(done: int, total: int) -> None:
            nonlocal n_done
            n_done = done
            phase.update(done, total)

        try:
            return await service.extract(dataset, progress=update)
        except asyncio.CancelledError:
            raise ExtractionInterruptedError(n_done=n_done, n_essays=len(dataset)) from None


async def inventory(context: CommandContext, dataset: EssayDataset | None) -> Inventory:
    """Return what is stored, compared with the current pipeline."""
    service = await context.get(FeatureService)
    return await take_inventory(await context.get(FeatureStoreProtocol), service.schema, dataset)


async def export_features(
    context: CommandContext, dataset: EssayDataset, output: Path, *, force: bool
) -> EssayDataset:
    """Write stored features to a table and return the essays with them."""
    service = await context.get(FeatureService)
    featured = await stored_features(service, await context.get(FeatureStoreProtocol), dataset)
    await asyncio.to_thread(write_features, featured, service.schema, output, force=force)
    return featured


async def verify_sample(
    context: CommandContext, dataset: EssayDataset, *, sample: int, seed: int
) -> Verification:
    """Compute a sample anew and compare."""
    service = await context.get(FeatureService)
    store = await context.get(FeatureStoreProtocol)
    progress = await context.get(ProgressProtocol)
    with progress.phase("Computing features anew", min(sample, len(dataset))) as phase:
        return await verify_features(
            service, store, dataset, sample=sample, seed=seed, progress=phase.update
        )
