"""The declarative base of our own tables: one schema, one naming convention."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from huleedu_ml_training.database.schema_name import SCHEMA


class Base(DeclarativeBase):
    """Base of all typed mappings; constraint and index names follow from tables and columns."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
