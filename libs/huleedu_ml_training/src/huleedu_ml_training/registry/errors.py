"""What can go wrong with registered models."""

from collections.abc import Sequence
from typing import Any

from huleedu_ml_training.domain.errors import (
    ConflictError,
    InvalidDataError,
    NotFoundError,
    UsageError,
)
from huleedu_ml_training.registry.records import ModelRecord, Stage

_SEE_MODELS = "train-essay-grader registry list shows every version with its id and stage"


class ModelNotFoundError(NotFoundError):
    """No registered version fits.

    Attributes:
        wanted: What was looked for, in words.
    """

    code = "model-not-found"

    def __init__(self, *, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted

    @classmethod
    def of(
        cls, model_name: str, *, stage: Stage | None = None, version: str | None = None
    ) -> "ModelNotFoundError":
        """Return the error for a name without a version in a stage, or without a version."""
        name = f"{model_name[:80]!a}" if not model_name.isprintable() else model_name[:80]
        which = f" version {version[:80]!a}" if version else ""
        where = f" in {stage}" if stage else ""
        return cls(wanted=f"{name}{which}{where}")

    @property
    def what(self) -> str:
        """Say what was looked for."""
        return f"no registered model: {self.wanted}"

    @property
    def remedy(self) -> str:
        """Say where the models are listed."""
        return _SEE_MODELS


class InvalidModelIdError(UsageError):
    """A text cannot be the beginning of a model id."""

    code = "invalid-model-id"

    def __init__(self, *, text: str) -> None:
        super().__init__()
        self.text = text

    @property
    def what(self) -> str:
        """Show the text."""
        return f"{self.text[:80]!a} is not a model id"

    @property
    def why(self) -> str:
        """Say what an id looks like."""
        return "an id is a UUID, or its first hexadecimal digits, at least four"

    @property
    def remedy(self) -> str:
        """Say where ids come from."""
        return _SEE_MODELS


class AmbiguousModelIdError(ConflictError):
    """Several ids begin with the given digits.

    Attributes:
        prefix: The digits.
        candidates: The versions, newest first.
    """

    code = "ambiguous-model-id"

    def __init__(self, *, prefix: str, candidates: Sequence[ModelRecord]) -> None:
        super().__init__()
        self.prefix = prefix
        self.candidates = tuple(candidates)

    @property
    def what(self) -> str:
        """List the candidates."""
        lines = [f"  {m.id} {m.model_name} {m.version} {m.stage}" for m in self.candidates[:10]]
        more = [f"  and {len(self.candidates) - 10} more"] if len(self.candidates) > 10 else []
        return "\n".join([f"several model ids begin with {self.prefix}:", *lines, *more])

    @property
    def remedy(self) -> str:
        """Ask for more digits."""
        return "give more digits of the id"


class VersionExistsError(ConflictError):
    """The name has that version already."""

    code = "version-exists"

    def __init__(self, *, model_name: str, version: str) -> None:
        super().__init__()
        self.model_name = model_name
        self.version = version

    @property
    def what(self) -> str:
        """Name the version."""
        return f"{self.model_name} has a version {self.version} already"

    @property
    def remedy(self) -> str:
        """Say how to look at it."""
        return f"train-essay-grader registry list --model-name {self.model_name} shows it"


class DamagedModelError(InvalidDataError):
    """The bundle of a registered version is absent, altered or unreadable.

    Attributes:
        model: The version.
        defect: What is wrong with its bundle.
    """

    code = "damaged-model"

    def __init__(self, *, model: ModelRecord, defect: str) -> None:
        super().__init__()
        self.model = model
        self.defect = defect

    @property
    def what(self) -> str:
        """Name the version and its path."""
        return (
            f"the bundle of {self.model.model_name} {self.model.version} at "
            f"{self.model.model_path} cannot be used"
        )

    @property
    def why(self) -> str:
        """Name the defect."""
        return self.defect

    @property
    def remedy(self) -> str:
        """Say how to mend it and how to check."""
        return (
            f"restore {self.model.model_path} from a backup, then check it with: "
            f"train-essay-grader registry verify --model-id {self.model.id}"
        )


class DamagedModelsError(InvalidDataError):
    """Verification found versions whose bundles cannot be used.

    Attributes:
        failures: What is wrong, one error per version.
        n_checked: How many versions were looked at.
    """

    code = "damaged-models"

    def __init__(self, *, failures: Sequence[DamagedModelError], n_checked: int) -> None:
        super().__init__()
        self.failures = tuple(failures)
        self.n_checked = n_checked

    @property
    def what(self) -> str:
        """Count them."""
        return f"{len(self.failures)} of {self.n_checked} bundles cannot be used"

    @property
    def why(self) -> str:
        """Name the first few defects."""
        shown = "; ".join(f"{f.model.model_path}: {f.defect}" for f in self.failures[:5])
        more = len(self.failures) - 5
        return f"{shown}; and {more} more" if more > 0 else shown

    @property
    def remedy(self) -> str:
        """Say where sound copies come from."""
        return "restore these directories from a backup, then run registry verify again"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of every error, and each defect."""
        bundles = [
            {"id": str(f.model.id), "model_path": f.model.model_path, "defect": f.defect}
            for f in self.failures
        ]
        return {**super().to_dict(), "n_checked": self.n_checked, "bundles": bundles}
