"""Errors of parsers."""

from huleedu_essay_features.errors import EssayFeaturesError


class UnsupportedPipelineError(EssayFeaturesError):
    """A trained pipeline is not built as spaCy's small pipelines are.

    Attributes:
        origin: Where it comes from.
        setting: The setting of its configuration that differs, below ``components``.
        expected: The value that works.
        got: The value that it has; None where it has none.
    """

    code = "unsupported-pipeline"

    def __init__(self, *, origin: str, setting: str, expected: object, got: object) -> None:
        super().__init__()
        self.origin = origin
        self.setting = setting
        self.expected = expected
        self.got = got

    @property
    def what(self) -> str:
        """Name the pipeline."""
        return f"the spaCy pipeline at {self.origin} cannot be used"

    @property
    def why(self) -> str:
        """Name the setting."""
        return f"its setting {self.setting} is {self.got!r}, expected {self.expected!r}"

    @property
    def remedy(self) -> str:
        """Say which pipelines work."""
        return "install the package of the same name as its publisher built it, release 3.8.x"
