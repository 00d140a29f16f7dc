"""Errors of encoders: finding, reading, preparing and loading them."""

from collections.abc import Sequence
from pathlib import Path

from huleedu_essay_features.errors import EssayFeaturesError

PREPARE_COMMAND = "train-essay-grader features prepare-model"


class EncoderNotFoundError(EssayFeaturesError):
    """No encoder is where one was named.

    Attributes:
        name: What was asked for.
        looked_at: Where it was looked for.
        advice: How to get it.
    """

    code = "encoder-not-found"

    def __init__(self, *, name: str, looked_at: Sequence[str], advice: str) -> None:
        super().__init__()
        self.name = name
        self.looked_at = tuple(looked_at)
        self.advice = advice

    @property
    def what(self) -> str:
        """Name the encoder."""
        return f"there is no encoder {self.name!r} on this machine"

    @property
    def why(self) -> str:
        """List the places."""
        return f"looked at {', '.join(self.looked_at)}; nothing is ever downloaded"

    @property
    def remedy(self) -> str:
        """Say how to get it."""
        return self.advice


class UnsupportedEncoderError(EssayFeaturesError):
    """An encoder is of a family that no graph can be built for.

    Attributes:
        family: The ``model_type`` of its configuration.
        supported: The families that work.
    """

    code = "unsupported-encoder"

    def __init__(self, *, family: str, supported: Sequence[str]) -> None:
        super().__init__()
        self.family = family
        self.supported = tuple(supported)

    @property
    def what(self) -> str:
        """Name the family."""
        return f"encoders of the family {self.family!r} are not supported"

    @property
    def why(self) -> str:
        """List the families that work."""
        return f"supported are {', '.join(self.supported)}"

    @property
    def remedy(self) -> str:
        """Point to those."""
        return "take an encoder of one of these families; docs/how-to/choose-an-encoder.md has some"


class UnusableEncoderError(EssayFeaturesError):
    """An encoder's files are incomplete, damaged, or not what its family has.

    Attributes:
        origin: The file, directory or package.
        reason: What is wrong, on one line.
    """

    code = "unusable-encoder"

    def __init__(self, *, origin: str, reason: str) -> None:
        super().__init__()
        self.origin = origin
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the origin and the reason."""
        return f"the encoder at {self.origin} cannot be used: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say which files are needed."""
        return (
            "it needs config.json, model.safetensors in one piece, and tokenizer.json or vocab.txt,"
            " as the encoder's publisher wrote them"
        )


class QuantisationLossError(EssayFeaturesError):
    """Integer arithmetic would change an encoder's vectors too much; nothing was kept.

    Attributes:
        cosine: The lowest cosine to full precision among the sample texts.
        required: What it has to reach.
    """

    code = "quantisation-loss"

    def __init__(self, *, cosine: float, required: float) -> None:
        super().__init__()
        self.cosine = cosine
        self.required = required

    @property
    def what(self) -> str:
        """Say that it was refused."""
        return "8-bit arithmetic changes this encoder's vectors too much; nothing was kept"

    @property
    def why(self) -> str:
        """Give both figures."""
        return (
            f"the worst sample text has cosine {self.cosine:.4f} to full precision, "
            f"{self.required} is required"
        )

    @property
    def remedy(self) -> str:
        """Name the slower arithmetic."""
        return f"{PREPARE_COMMAND} --arithmetic float32, about three times slower"


class ModelNotPreparedError(EssayFeaturesError):
    """An embedder's graph was not prepared on this machine.

    Attributes:
        name: The embedder.
        path: Where its graph is expected.
    """

    code = "model-not-prepared"

    def __init__(self, *, name: str, path: Path) -> None:
        super().__init__()
        self.name = name
        self.path = path

    @property
    def what(self) -> str:
        """Name the embedder."""
        return f"the embedder {self.name!r} is not prepared on this machine"

    @property
    def why(self) -> str:
        """Say where it was looked for."""
        return f"there is no {self.path}"

    @property
    def remedy(self) -> str:
        """Give the command."""
        return (
            f'pip install "huleedu-essay-features[proficiency]", then {PREPARE_COMMAND}; models '
            "kept elsewhere are found by the environment variable HULEEDU_ESSAY_MODELS"
        )


class PreparedModelChangedError(EssayFeaturesError):
    """A prepared model is not what was written, or not what was asked for.

    Attributes:
        path: The file or directory.
        reason: What differs, on one line.
    """

    code = "prepared-model-changed"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the file and what differs."""
        return f"the prepared model at {self.path} cannot be trusted: {self.reason}"

    @property
    def remedy(self) -> str:
        """Give the command."""
        return f"{PREPARE_COMMAND} --force builds it anew from the source weights"


class ModelsDirectoryError(EssayFeaturesError):
    """The directory of prepared models cannot be written or read.

    Attributes:
        path: The directory or file.
        reason: What the operating system says.
    """

    code = "models-directory"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the path."""
        return f"prepared models cannot be kept at {self.path}"

    @property
    def why(self) -> str:
        """Give the system's words."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Name the setting."""
        return "free space or permissions there, or set HULEEDU_ESSAY_MODELS to another directory"
