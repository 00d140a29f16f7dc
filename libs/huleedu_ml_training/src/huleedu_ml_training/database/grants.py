"""Granting the privileges of our roles to roles of the server, and seeing who has what."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from huleedu_ml_training.database.migrations import Migrator, lock_schema
from huleedu_ml_training.database.role_errors import (
    DatabaseRoleNotFoundError,
    GrantsNotEffectiveError,
    PowerfulRoleError,
)
from huleedu_ml_training.database.roles import (
    TUNING_SCHEMA,
    DatabaseRole,
    Privilege,
    privileges_of,
    tuning_privileges,
)
from huleedu_ml_training.database.schema_name import SCHEMA
from huleedu_ml_training.database.translation import translated_errors

_SCHEMAS = [SCHEMA, TUNING_SCHEMA]

_COLUMNS = text(
    "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'r'"
    " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum"
)
_RELATIONS = text(
    "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(:schema)"
    " AND CAST(relkind AS text) = :kind ORDER BY relname"
)
_GRANTED = text(
    "SELECT grantee, schema, relation, attribute, action FROM ("
    " SELECT n.nspname AS schema, '' AS relation, '' AS attribute,"
    "  (aclexplode(n.nspacl)).* FROM pg_namespace n WHERE n.nspname = ANY(:schemas)"
    " UNION ALL SELECT n.nspname, c.relname, '', (aclexplode(c.relacl)).*"
    "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname = ANY(:schemas)"
    " UNION ALL SELECT n.nspname, c.relname, a.attname, (aclexplode(a.attacl)).*"
    "  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    "  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY(:schemas)"
    ") AS acl(schema, relation, attribute, grantor, grantee, action, grantable)"
    " WHERE grantee <> grantor"
)
_ROLES = text("SELECT oid, rolname FROM pg_roles")
_POWER = text(
    "SELECT rolsuper, pg_has_role(oid, (SELECT relowner FROM pg_class"
    " WHERE oid = to_regclass(:table)), 'MEMBER')"
    " FROM pg_roles WHERE CAST(rolname AS text) = :name"
)


@dataclass(frozen=True, slots=True)
class Grantee:
    """What a role of the server has been granted on our tables.

    Attributes:
        name: Of the role; ``PUBLIC`` for everybody.
        roles: Those of our roles whose privileges it has in full; not those that a fuller one
            of them contains.
        beyond: What it has that none of these roles needs.
        missing: Where it has no role in full: what it lacks to the role it comes closest to.
    """

    name: str
    roles: tuple[DatabaseRole, ...]
    beyond: tuple[Privilege, ...]
    missing: tuple[Privilege, ...]


class Grants:
    """The privileges on our tables.

    Args:
        engine: The database, migrated; as the owner of the tables where privileges are changed.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def set(
        self, name: str, roles: Collection[DatabaseRole], *, dry_run: bool = False
    ) -> list[str]:
        """Give a role of the server exactly the privileges of some of ours, in one step.

        Args:
            name: Of a role that exists.
            roles: What it is for; empty takes all privileges away.
            dry_run: Change nothing.

        Returns:
            The statements that do it; none where it has just these privileges already.

        Raises:
            DatabaseRoleNotFoundError: There is no role of that name.
            PowerfulRoleError: It owns the tables, is a superuser, or may act as the owner.
            GrantsNotEffectiveError: The server left it with other privileges.
            MigrationsMissingError: The tables are not up to date.
            InfrastructureError: The database cannot be reached or changed.
        """
        await Migrator(self._engine).require_current()

        def work(connection: Connection) -> list[str]:
            lock_schema(connection)
            _check_role(connection, name)
            wanted = _needed(connection, roles)
            held = _granted(connection).get(name, frozenset())
            statements = [] if held == wanted else _statements(name, held, wanted)
            if dry_run or not statements:
                return statements
            for statement in statements:
                connection.exec_driver_sql(statement)
            left = _granted(connection).get(name, frozenset())
            if left != wanted:
                found = [f"it has {item}" for item in sorted(left - wanted)]
                found += [f"it lacks {item}" for item in sorted(wanted - left)]
                raise GrantsNotEffectiveError(name=name, differences=found)
            return statements

        with translated_errors(self._engine):
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    async def grantees(self) -> list[Grantee]:
        """Return everybody who was granted anything on our tables, by name.

        Raises:
            MigrationsMissingError: The tables are not up to date.
            InfrastructureError: The database cannot be read.
        """
        await Migrator(self._engine).require_current()

        def work(connection: Connection) -> list[Grantee]:
            needs = {role: _needed(connection, [role]) for role in DatabaseRole}
            granted = _granted(connection)
            return [_grantee(name, granted[name], needs) for name in sorted(granted)]

        with translated_errors(self._engine):
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)


def _check_role(connection: Connection, name: str) -> None:
    if checked := _unstorable(name):
        raise DatabaseRoleNotFoundError(name=checked)
    found = connection.execute(_POWER, {"name": name, "table": f"{SCHEMA}.ml_models"}).one_or_none()
    if found is None:
        raise DatabaseRoleNotFoundError(name=name)
    is_superuser, acts_as_owner = found
    if is_superuser:
        raise PowerfulRoleError(name=name, reason="it is a superuser")
    if acts_as_owner:
        raise PowerfulRoleError(name=name, reason="it owns the tables, or may act as their owner")


def _unstorable(name: str) -> str | None:
    """Return the name where no role can bear it, since the server takes no such text."""
    is_text = name == name.encode("utf-8", "replace").decode("utf-8")
    return None if is_text and "\0" not in name else name


def _needed(connection: Connection, roles: Collection[DatabaseRole]) -> frozenset[Privilege]:
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(_COLUMNS, {"schema": SCHEMA}):
        columns.setdefault(table, []).append(column)
    needed = privileges_of(roles, columns)
    tables = _relations(connection, "r")
    if DatabaseRole.TRAINER in roles and tables:
        needed |= tuning_privileges(tables, _relations(connection, "S"))
    return needed


def _relations(connection: Connection, kind: str) -> list[str]:
    found = connection.execute(_RELATIONS, {"schema": TUNING_SCHEMA, "kind": kind})
    return [name for (name,) in found]


def _granted(connection: Connection) -> dict[str, frozenset[Privilege]]:
    names = {0: "PUBLIC"} | {row.oid: row.rolname for row in connection.execute(_ROLES)}
    found: dict[str, set[Privilege]] = {}
    for grantee, *privilege in connection.execute(_GRANTED, {"schemas": _SCHEMAS}):
        found.setdefault(names.get(grantee, f"oid {grantee}"), set()).add(Privilege(*privilege))
    return {name: frozenset(privileges) for name, privileges in found.items()}


def _statements(name: str, held: Iterable[Privilege], wanted: frozenset[Privilege]) -> list[str]:
    """Everything is taken away first, which is simpler to read than the difference."""
    role = _quoted(name)
    places = sorted({(item.schema, item.table) for item in held})
    revoking = [f"REVOKE ALL ON {_place(*place)} FROM {role}" for place in places[::-1]]
    granting = []
    for (schema, table), items in groupby(sorted(wanted), key=lambda p: (p.schema, p.table)):
        actions: dict[str, list[str]] = {}
        for item in items:
            actions.setdefault(item.action, []).extend([item.column] if item.column else [])
        written = [
            f"{action} ({', '.join(map(_quoted, columns))})" if columns else action
            for action, columns in sorted(actions.items())
        ]
        granting.append(f"GRANT {', '.join(written)} ON {_place(schema, table)} TO {role}")
    return revoking + granting


def _place(schema: str, table: str) -> str:
    return f"{_quoted(schema)}.{_quoted(table)}" if table else f"SCHEMA {_quoted(schema)}"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _grantee(
    name: str, held: frozenset[Privilege], needs: dict[DatabaseRole, frozenset[Privilege]]
) -> Grantee:
    full = [role for role in DatabaseRole if needs[role] <= held]
    roles = [r for r in full if not any(needs[r] < needs[other] for other in full)]
    allowed = frozenset[Privilege]().union(*(needs[role] for role in roles))
    missing: frozenset[Privilege] = frozenset()
    if not roles:
        closest = min(needs.values(), key=lambda need: (len(need - held), len(need)))
        missing = closest - held
    return Grantee(name, tuple(roles), tuple(sorted(held - allowed)), tuple(sorted(missing)))
