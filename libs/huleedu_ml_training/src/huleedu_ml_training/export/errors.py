"""Errors of turning a grader into an ONNX graph."""

from huleedu_ml_training.domain.errors import GateRefusedError, UsageError
from huleedu_ml_training.export.certificate import ParityCertificate


class UnsupportedExportError(UsageError):
    """A part of the grader has no exact form in ONNX.

    Attributes:
        part: The part or setting, by name.
        reason: What would go wrong.
    """

    code = "unsupported-export"

    def __init__(self, *, part: str, reason: str) -> None:
        super().__init__()
        self.part = part
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the part."""
        return f"{self.part} cannot be exported to ONNX"

    @property
    def why(self) -> str:
        """Say what would go wrong."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say what can be exported."""
        return "train with the kinds and settings that train-essay-grader config show lists"


class ParityError(GateRefusedError):
    """The exported graph grades some row otherwise than the model that it was made from.

    Attributes:
        certificate: What was compared, and by how much it differs.
        example: The first row with another grade, or else the first that is too far off, in words.
    """

    code = "parity-failed"

    def __init__(self, *, certificate: ParityCertificate, example: str) -> None:
        super().__init__()
        self.certificate = certificate
        self.example = example

    @property
    def what(self) -> str:
        """Count flips and name the first row."""
        found = self.certificate
        rows = found.rows + found.adversarial_rows
        return (
            f"the ONNX graph does not grade like the model: {found.grade_flips:,} of {rows:,} rows "
            f"get another grade, {found.infinite_flips:,} of {found.infinite_rows:,} with infinite "
            f"values take other branches; for instance {self.example}"
        )

    @property
    def why(self) -> str:
        """Give the differences and what was allowed."""
        found = self.certificate
        return (
            f"greatest difference of the latent score {found.max_latent_difference:.3g} "
            f"(allowed {found.latent_tolerance:.3g}), of a probability "
            f"{found.max_probability_difference:.3g} (allowed {found.probability_tolerance:.3g})"
        )

    @property
    def remedy(self) -> str:
        """Say that nothing was shipped."""
        return (
            "nothing was exported; check that onnxruntime is the version of the lock file, "
            "and report the row together with the versions that doctor prints"
        )
