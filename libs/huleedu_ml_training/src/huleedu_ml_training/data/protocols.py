"""Contracts of reading and dividing essays."""

from collections.abc import AsyncGenerator
from typing import Protocol

from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssayDataset, EssaySelection
from huleedu_ml_training.domain.split import Split


class DataLoaderProtocol(Protocol):
    """Reads graded essays.

    Both methods return essays in ascending order of id, by code point, so that equal tables give
    equal data sets. Essays without a grade or a text are left out. Implementations are safe for
    concurrent use by tasks of one event loop and write nothing.
    """

    def stream(
        self, selection: EssaySelection = ALL_ESSAYS, *, batch_size: int | None = None
    ) -> AsyncGenerator[EssayDataset, None]:
        """Yield the essays in batches of at most ``batch_size``, in bounded memory.

        Who may leave the stream before its end closes it (``contextlib.aclosing``), so that its
        connection is given back at once.

        Raises:
            UnknownGradeError: A selected essay's grade is not on the scale.
            InfrastructureError: The source cannot be read.
        """
        ...

    async def load(self, selection: EssaySelection = ALL_ESSAYS) -> EssayDataset:
        """Return all selected essays, with features where the source keeps them.

        Raises:
            EmptyDatasetError: Nothing is selected.
            UnknownGradeError: A selected essay's grade is not on the scale; names all such labels.
            InvalidStoredFeaturesError: A stored vector has the wrong length or a value that is not
                finite; null, which becomes NaN, is how a source says that one is undefined.
            MissingFeaturesError: The source keeps features, but not of every selected essay.
            InfrastructureError: The source cannot be read.
        """
        ...


class SplitterProtocol(Protocol):
    """Divides a data set into train, validation and test.

    Implementations are deterministic in data, settings and seed, hold no state between calls, and
    never put two texts of one identity (:func:`~huleedu_ml_training.domain.text_identity`) on
    different sides.
    """

    def split(self, dataset: EssayDataset) -> Split:
        """Return three non-empty parts that together hold every essay once.

        Raises:
            TooFewEssaysError: There are too few texts, prompts or moments to fill three parts.
            TooFewGradesError: The data, or the part to learn from, has fewer than two grades.
            InvalidDataError: The scheme needs prompts or times that some essays lack.
        """
        ...

    def folds(self, dataset: EssayDataset, n_folds: int) -> list[Split]:
        """Return ``n_folds`` splits whose test parts are disjoint and together hold every essay.

        Each split's validation part is carved out of the fold's own training part, by the same
        scheme, so that the part that stops training early is never the part that is judged.

        Raises:
            TooFewEssaysError: There are fewer texts, prompts or moments than folds.
            TooFewGradesError: The data, or a part to learn from, has fewer than two grades.
            InvalidDataError: The scheme needs prompts or times that some essays lack.
        """
        ...
