"""Offsets in UTF-16 code units, as Java counts, and in code points, as Python does."""

from bisect import bisect_left

_LAST_OF_ONE_UNIT = "\uffff"


class Utf16Text:
    """A text whose characters are counted in both ways.

    Args:
        text: Without halves of surrogate pairs.

    Attributes:
        units: Length in UTF-16 code units.
    """

    def __init__(self, text: str) -> None:
        # Where the characters begin that take two code units, counted in both ways.
        self._points: list[int] = []
        if text and max(text) > _LAST_OF_ONE_UNIT:
            self._points = [i for i, char in enumerate(text) if char > _LAST_OF_ONE_UNIT]
        self._units = [point + before for before, point in enumerate(self._points)]
        self.units = len(text) + len(self._points)

    def unit(self, point: int) -> int:
        """Return the code unit at which a code point begins."""
        return point + bisect_left(self._points, point)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the code points of a stretch of code units.

        A border inside a character moves to that character's outer end, so that nothing is cut.

        Args:
            start: First code unit, from 0.
            end: Code unit after the last.
        """
        return self._point_before(start), self._point_after(end)

    def _point_before(self, unit: int) -> int:
        return unit - bisect_left(self._units, unit)

    def _point_after(self, unit: int) -> int:
        point = self._point_before(unit)
        return point if self.unit(point) == unit else point + 1
