"""Single raters' grades that the host keeps in columns of their own, or in a table of ratings."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Text, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.sql import table as table_clause

from huleedu_ml_training.config import RatingSource
from huleedu_ml_training.data.catalogue import TableColumns
from huleedu_ml_training.data.table_errors import RATINGS_TABLE
from huleedu_ml_training.data.table_names import TableName, quoted

_SETTING = "essays.ratings."


def rating_table_name(settings: RatingSource) -> TableName | None:
    """Return the name of the host's table of ratings; None where it has none."""
    if settings.table is None:
        return None
    return TableName(settings.table, settings.schema_name, RATINGS_TABLE)


def rating_columns(settings: RatingSource) -> dict[str, str]:
    """Return setting → column of the essays table, for ratings that stand in columns there."""
    return {f"{_SETTING}columns[{name}]": name for name in settings.columns}


def ratings_in_columns(settings: RatingSource, essays: FromClause) -> ColumnElement[Any]:
    """Return the ratings in columns of the essays table as a JSONB array, in their order."""
    labels = [cast(essays.c[name], Text) for name in settings.columns]
    return func.jsonb_build_array(*labels, type_=JSONB)


class RatingTable:
    """Joins the host's table of ratings to essays.

    An essay's ratings come in byte order of the raters' names. The n-th rater of one essay need
    not be the n-th of another: raters are taken to be exchangeable.

    Args:
        settings: Names of the table and its columns.
        columns: The table's columns, by the database's account.

    Raises:
        MissingTableColumnsError: A column that the settings name is not there.
        TablePermissionError: It may not be read.
    """

    def __init__(self, settings: RatingSource, columns: TableColumns) -> None:
        names = {"essay_id": settings.essay_id, "rater": settings.rater, "grade": settings.grade}
        columns.require({_SETTING + field: name for field, name in names.items()})
        held = table_clause(
            quoted(columns.table.name),
            *(column(quoted(name)) for name in columns.types),
            schema=None if columns.table.schema is None else quoted(columns.table.schema),
        )
        grade = cast(held.c[settings.grade], Text)
        rater = cast(held.c[settings.rater], Text).collate("C")
        self._ratings = (
            select(
                cast(held.c[settings.essay_id], Text).label("rated_essay"),
                func.jsonb_agg(
                    aggregate_order_by(grade, rater.asc(), grade.asc()), type_=JSONB
                ).label("ratings"),
            )
            .where(grade.is_not(None))
            .group_by(cast(held.c[settings.essay_id], Text))
            .subquery("held_ratings")
        )

    def join(self, query: Select[Any], essay_id: ColumnElement[str]) -> Select[Any]:
        """Return a query on essays with the column ``rated``, null where there is no rating."""
        return query.add_columns(self._ratings.c.ratings.label("rated")).outerjoin(
            self._ratings, self._ratings.c.rated_essay == essay_id
        )
