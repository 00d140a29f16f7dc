"""Errors of feature extraction.

They carry the same three texts as the errors of ``huleedu_ml_training``, which wraps them, but do
not depend on it: any service may import this package alone.
"""


class EssayFeaturesError(Exception):
    """Root of all errors raised on purpose by this package."""

    code = "essay-features"

    @property
    def what(self) -> str:
        """One sentence: what happened, to what."""
        return super().__str__() or type(self).__name__

    @property
    def why(self) -> str:
        """One sentence of cause, or an empty string."""
        return ""

    @property
    def remedy(self) -> str:
        """What the reader can do now."""
        return ""

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.remedy:
            lines.append(f"  fix: {self.remedy}")
        return "\n".join(lines)
