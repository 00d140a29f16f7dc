"""Running graders on a file of graded essays that a promotion policy has fixed."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np

from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.data.file_errors import DataFileNotFoundError, FileAccessError
from huleedu_ml_training.data.files import read_dataset
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import InvalidDataError
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.held_out import HeldOutEssays
from huleedu_ml_training.inference.configured import open_scorer
from huleedu_ml_training.registry.gating.policy_rules import FrozenEssays
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable
from huleedu_ml_training.training.judged_essays import seen_rows
from huleedu_ml_training.training.protocols import ProgressProtocol
from huleedu_ml_training.training.scoring import score_essays


class FrozenEssaysChangedError(InvalidDataError):
    """The essays of a promotion policy are not the ones that the policy means.

    Attributes:
        path: The file.
        expected: Digest that the policy states.
        actual: Digest of the file.
    """

    code = "frozen-essays-changed"

    def __init__(self, *, path: Path, expected: str, actual: str) -> None:
        super().__init__()
        self.path = path
        self.expected = expected
        self.actual = actual

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.path} is not the file of essays that the promotion policy means"

    @property
    def why(self) -> str:
        """Show both digests."""
        return f"its sha256 is {self.actual}, the policy states {self.expected}"

    @property
    def remedy(self) -> str:
        """Say both ways on."""
        return (
            "restore the file; or, if it was changed on purpose, state its new digest in the "
            "policy (comparison.essays.sha256) and count policy_version up"
        )


class FrozenEssayScorer:
    """Implements :class:`.FrozenEssayScorerProtocol` of the policy gate.

    Args:
        features: How features are extracted.
        root: Directory that relative paths of the policy start from.
        progress: Tells how far the work is.
    """

    def __init__(self, features: FeatureSettings, root: Path, progress: ProgressProtocol) -> None:
        self._features = features
        self._root = root
        self._progress = progress

    async def score(self, bundle: Bundle, essays: FrozenEssays) -> HeldOutEssays:
        """Return what a grader says of the essays that it did not learn from."""

        def work(stop: StopSignal) -> HeldOutEssays:
            dataset = self._read(essays, bundle)
            stop.check()
            unseen = dataset.take(np.flatnonzero(~seen_rows(bundle, dataset)))
            with open_scorer(bundle, self._features) as scorer:
                scored = score_essays(scorer, unseen, self._progress, stop)
            return HeldOutEssays(
                texts=unseen.text_identities(),
                prompts=unseen.prompts,
                y=unseen.grades,
                predictions=scored.predictions,
            )

        return await run_stoppable(work)

    def _read(self, essays: FrozenEssays, bundle: Bundle) -> EssayDataset:
        """Parse the very bytes whose digest was compared, which no one else can reach."""
        path = self._root / essays.path
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise DataFileNotFoundError(path=path) from None
        except OSError as error:
            reason = str(error.strerror or error)
            raise FileAccessError(path=path, action="read", reason=reason) from error
        actual = hashlib.sha256(data).hexdigest()
        if actual != essays.sha256:
            raise FrozenEssaysChangedError(path=path, expected=essays.sha256, actual=actual)
        with tempfile.TemporaryDirectory(prefix="huleedu-ml-") as directory:
            copy = Path(directory) / path.name
            copy.write_bytes(data)
            return read_dataset(copy, bundle.manifest.scale)
