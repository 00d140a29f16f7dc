"""The two readers at the terminal: data on stdout, everything else on stderr."""

import json
import math
import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

JSON_SCHEMA_VERSION = 1

_FILE_WIDTH = 500
_STEERING = frozenset({"Cc", "Cf", "Cs"})


class Output:
    """Prints for people, or one JSON document for programs.

    Attributes:
        as_json: Whether stdout gets one JSON document instead of text.
        console: Rich console on stdout.
        messages: Rich console on stderr.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.console = Console(
            highlight=False,
            # A file has no right edge: a table in it is as wide as its cells.
            width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _FILE_WIDTH,
        )
        self.messages = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())

    def document(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Print the JSON document of a command; does nothing in text mode.

        Args:
            kind: What the document is, e.g. ``registry.list``.
            payload: JSON-ready fields; NaN is written as null.
        """
        if self.as_json:
            head = {"schema_version": JSON_SCHEMA_VERSION, "kind": kind}
            text = json.dumps(_without_nan({**head, **payload}), ensure_ascii=False, default=str)
            # Half a pair of surrogates has no UTF-8; written so, it is an escape of JSON's own.
            sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        right: Sequence[str] = (),
        whole: Sequence[str] = (),
    ) -> None:
        """Print a table on stdout; does nothing in JSON mode.

        Args:
            title: Caption.
            columns: Headings.
            rows: One cell per column; None is shown as a dash.
            right: Headings of the columns to align at the right.
            whole: Headings of the columns that a narrow terminal must not break, since people
                copy from them.
        """
        if self.as_json:
            return
        # Not as the table's title, which would be folded to the width of its columns.
        self.console.print(Text(title, style="bold"), soft_wrap=True)
        table = Table()
        for column in columns:
            table.add_column(
                column,
                justify="right" if column in right else "left",
                no_wrap=column in whole,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(Text("–" if cell is None else _harmless(str(cell))) for cell in row))
        self.console.print(table)

    def line(self, text: str) -> None:
        """Print a line of data on stdout; does nothing in JSON mode."""
        if not self.as_json:
            # Unbroken: people copy commands and paths from it.
            self.console.print(Text(_harmless(text)), soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line for people on stderr."""
        self.messages.print(Text(_harmless(text)))


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value


def _harmless(text: str) -> str:
    """Return a text that cannot steer a terminal or reorder what stands beside it.

    Control, bidirectional-override and surrogate characters are shown as escapes; line breaks and
    tabs stay.
    """
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in _STEERING
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
