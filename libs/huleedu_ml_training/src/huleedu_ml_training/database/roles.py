"""Who may do what with our tables: three roles, each with no more than it needs.

A role here is a list of privileges, not a role of PostgreSQL: those belong to the whole server and
to whoever runs it. :class:`~huleedu_ml_training.database.grants.Grants` gives the privileges of
one or more of these roles to a role of PostgreSQL that exists.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from huleedu_ml_training.database.schema_name import SCHEMA

TUNING_SCHEMA = "ml_training_optuna"
"""Where Optuna keeps its trials; it makes its tables itself."""


class DatabaseRole(StrEnum):
    """What a user of the database is there for."""

    SERVICE = "service"
    PROMOTER = "promoter"
    TRAINER = "trainer"


@dataclass(frozen=True, slots=True, order=True)
class Privilege:
    """One thing that may be done with one object.

    Attributes:
        schema: Where the object lies.
        table: Table or sequence; empty for the schema itself.
        column: Column; empty for all of the table, those that it will have later too.
        action: ``SELECT``, ``INSERT``, ``UPDATE``, ``DELETE``, ``USAGE`` …
    """

    schema: str
    table: str
    column: str
    action: str

    def __str__(self) -> str:
        place = ".".join(part for part in (self.table, self.column) if part)
        return f"{self.action} on {place or f'schema {self.schema}'}"


@dataclass(frozen=True, slots=True)
class _Right:
    """An action on a table.

    Attributes:
        table: Of our schema.
        action: As in :class:`Privilege`.
        only: The columns, where it is not all of them.
        but: Columns that are left out of all.
    """

    table: str
    action: str
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


_READER = (
    _Right("alembic_version", "SELECT"),
    _Right("ml_models", "SELECT"),
    _Right("ml_model_events", "SELECT"),
    _Right("ml_model_tags", "SELECT"),
)
_TAG_VERSIONS = (_Right("ml_model_tags", "INSERT"), _Right("ml_model_tags", "DELETE"))
# The number of an entry is the database's to give; with OVERRIDING it could be chosen otherwise.
_WRITE_ENTRIES = _Right("ml_model_events", "INSERT", but=("id",))

_RIGHTS: Mapping[DatabaseRole, tuple[_Right, ...]] = {
    DatabaseRole.SERVICE: _READER,
    DatabaseRole.PROMOTER: (
        *_READER,
        _Right("ml_runs", "SELECT"),
        _Right("ml_models", "UPDATE", only=("stage",)),
        _WRITE_ENTRIES,
        *_TAG_VERSIONS,
    ),
    DatabaseRole.TRAINER: (
        *_READER,
        # Id, time and stage are the database's to give: a version begins in dev, now.
        _Right("ml_models", "INSERT", but=("id", "created_at", "stage")),
        _WRITE_ENTRIES,
        *_TAG_VERSIONS,
        _Right("ml_runs", "SELECT"),
        _Right("ml_runs", "INSERT"),
        _Right("ml_runs", "UPDATE", but=("id", "kind", "inputs_digest", "config", "started_at")),
        *(
            _Right(table, action)
            for table in ("feature_vectors", "feature_schemas")
            for action in ("SELECT", "INSERT")
        ),
    ),
}


def privileges_of(
    roles: Iterable[DatabaseRole], columns: Mapping[str, Collection[str]]
) -> frozenset[Privilege]:
    """Return what the roles need together in our own schema.

    Args:
        roles: Any number of them.
        columns: Table → names of its columns, of every table of our schema.
    """
    found = set()
    for role in roles:
        found.add(Privilege(SCHEMA, "", "", "USAGE"))
        for right in _RIGHTS[role]:
            if not right.only and not right.but:
                found.add(Privilege(SCHEMA, right.table, "", right.action))
                continue
            named = right.only or [c for c in columns[right.table] if c not in right.but]
            found.update(Privilege(SCHEMA, right.table, c, right.action) for c in named)
    return frozenset(found)


def tuning_privileges(tables: Iterable[str], sequences: Iterable[str]) -> frozenset[Privilege]:
    """Return what tuning needs in Optuna's schema, which is a trainer's to write.

    Args:
        tables: Names of its tables.
        sequences: Names of its sequences.
    """
    found = {Privilege(TUNING_SCHEMA, "", "", "USAGE")}
    for table in tables:
        for action in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            found.add(Privilege(TUNING_SCHEMA, table, "", action))
    found.update(Privilege(TUNING_SCHEMA, name, "", "USAGE") for name in sequences)
    return frozenset(found)
