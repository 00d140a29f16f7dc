"""Errors of the checkers that work without a server."""

from huleedu_essay_features.errors import EssayFeaturesError


class ForeignHarperError(EssayFeaturesError):
    """What is importable as ``harper`` is not the package that checks English.

    Attributes:
        path: File that was imported instead; None where that is not known.
        culprit: Distribution that put it there; None where that is not known.
    """

    code = "foreign-harper"

    def __init__(self, *, path: str | None, culprit: str | None) -> None:
        super().__init__()
        self.path = path
        self.culprit = culprit

    @property
    def what(self) -> str:
        """Say that the English checker is hidden."""
        return "the English checker cannot be loaded: the module `harper` is not that of harper-py"

    @property
    def why(self) -> str:
        """Name the module that is there, and where it comes from."""
        place = "" if self.path is None else f" ({self.path})"
        if self.culprit is None:
            return f"another module of that name is found first{place}"
        return f"{self.culprit} is installed, and brings a module of the same name{place}"

    @property
    def remedy(self) -> str:
        """Give the commands."""
        reinstall = "python -m pip install --force-reinstall --no-deps harper-py"
        if self.culprit is None:
            return f"rename or remove that module; if harper-py itself is damaged: {reinstall}"
        return f"python -m pip uninstall {self.culprit}, then {reinstall}"
