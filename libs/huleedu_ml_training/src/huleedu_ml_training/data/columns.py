"""Which column of a file holds which field of an essay."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from huleedu_ml_training.data.row_errors import InvalidMappingError, MissingColumnsError

FIELDS = (
    "id",
    "text",
    "grade",
    "prompt",
    "prompt_text",
    "language",
    "created_at",
    "source",
    "ratings",
    "metadata",
)
"""Fields that one column can hold; ``rating`` may be mapped once per rater, and columns called
``rater_1``, ``rater_2`` … are taken for raters' grades where nothing else is said."""

_RATING = "rating"
_RATER = re.compile(r"rater_([1-9][0-9]{0,2})")
_METADATA_PREFIX = "metadata."
_KNOWN_NAMES: Mapping[str, tuple[str, ...]] = {name: (name,) for name in FIELDS} | {
    "id": ("id", "essay_id"),
    "text": ("text", "essay_text", "full_text"),
}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Where the fields of an essay are.

    Attributes:
        fields: Field of :data:`FIELDS` → column.
        raters: Columns that hold one rater's grade each.
        metadata: Name → column of further columns.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    raters: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        """All columns that are used."""
        return frozenset((*self.fields.values(), *self.raters, *self.metadata.values()))


ELLIPSE = ColumnMapping(
    fields={
        "id": "text_id_kaggle",
        "text": "full_text",
        "grade": "Overall",
        "prompt": "prompt",
    },
    metadata={
        "gender": "gender",
        "race_ethnicity": "race_ethnicity",
        # The corpus calls the school year "grade".
        "school_year": "grade",
        "ses": "SES",
        "task": "task",
        "set": "set",
    },
)
"""The columns of the ELLIPSE corpus as it is published."""


def parse_mapping(arguments: Sequence[str]) -> ColumnMapping:
    """Read ``FIELD=COLUMN`` arguments.

    ``metadata.NAME=COLUMN`` keeps a further column, ``rating=COLUMN`` may occur once per rater.

    Raises:
        InvalidMappingError: An argument is malformed, or its field unknown or named twice.
    """
    fields: dict[str, str] = {}
    raters: list[str] = []
    metadata: dict[str, str] = {}
    for text in arguments:
        name, equals, column = text.partition("=")
        name = name.strip()
        if not equals or not column:
            raise _invalid(text, "is not of the form FIELD=COLUMN")
        if name == _RATING:
            raters.append(column)
            continue
        target, key = fields, name
        if name.startswith(_METADATA_PREFIX) and name != _METADATA_PREFIX:
            target, key = metadata, name.removeprefix(_METADATA_PREFIX)
        elif name not in FIELDS:
            raise _invalid(text, f"there is no field {name!r}")
        if key in target:
            raise _invalid(text, f"{name} is mapped twice")
        target[key] = column
    return ColumnMapping(fields, tuple(raters), metadata)


def resolve_mapping(
    path: Path,
    columns: Sequence[str],
    asked: ColumnMapping,
    preset: ColumnMapping | None = None,
    *,
    required: Sequence[str] = ("text", "grade"),
) -> ColumnMapping:
    """Return where the fields are in a file: as asked, else as preset, else by exact known name.

    Args:
        path: The file, for the error.
        columns: Its columns.
        asked: What the user mapped; wins.
        preset: Columns that must be there unless mapped otherwise; None to go by known names.
        required: Fields that must be somewhere.

    Raises:
        MissingColumnsError: A mapped, preset or required column is not in the file.
    """
    if preset is None:
        known = {
            name: next((known for known in aliases if known in columns), None)
            for name, aliases in _KNOWN_NAMES.items()
        }
        preset = ColumnMapping(
            {name: column for name, column in known.items() if column},
            # Beside a list of ratings, columns of that name may be anything, such as names.
            raters=() if known["ratings"] else _rater_columns(columns),
        )
    mapping = ColumnMapping(
        fields={**preset.fields, **asked.fields},
        raters=asked.raters or preset.raters,
        metadata={**preset.metadata, **asked.metadata},
    )
    wanted = [
        *mapping.fields.items(),
        *((_RATING, column) for column in mapping.raters),
        *((_METADATA_PREFIX + name, column) for name, column in mapping.metadata.items()),
        *((name, name) for name in required if name not in mapping.fields),
    ]
    missing = {name: column for name, column in wanted if column not in columns}
    if missing:
        raise MissingColumnsError(path=path, missing=missing, columns=columns, hint=_hint(columns))
    return mapping


def _rater_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Return ``rater_1``, ``rater_2`` … as far as they are there, in the order of numbers."""
    numbered = {int(found[1]): name for name in columns if (found := _RATER.fullmatch(name))}
    return tuple(numbered[number] for number in sorted(numbered))


def _hint(columns: Sequence[str]) -> str:
    if ELLIPSE.columns <= set(columns):
        return "these are the columns of the ELLIPSE corpus: pass --format ellipse"
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(columns) == 1 and separator in columns[0]:
            return f"the file seems to separate fields by {name}; save it with commas"
    return ""


def _invalid(text: str, reason: str) -> InvalidMappingError:
    return InvalidMappingError(text=text, reason=reason, fields=(*FIELDS, _RATING))
