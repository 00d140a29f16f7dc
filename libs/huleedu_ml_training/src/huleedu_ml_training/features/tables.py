"""The tables of extracted feature vectors and of what their columns mean."""

from datetime import datetime
from typing import Any

from sqlalchemy import REAL, CheckConstraint, DateTime, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from huleedu_ml_training.database.base import Base


class FeatureVectorRow(Base):
    """The vector of one text under one feature schema and one prompt.

    The key is :class:`~huleedu_ml_training.features.protocols.FeatureKey`; NaN is stored as NaN.
    """

    __tablename__ = "feature_vectors"
    __table_args__ = (CheckConstraint("cardinality(vector) > 0", name="vector"),)

    text_digest: Mapped[str] = mapped_column(Text, primary_key=True)
    schema_digest: Mapped[str] = mapped_column(Text, primary_key=True)
    prompt_digest: Mapped[str] = mapped_column(Text, primary_key=True)
    vector: Mapped[list[float]] = mapped_column(ARRAY(REAL, dimensions=1))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class FeatureSchemaRow(Base):
    """The document of one feature schema.

    Vectors do not refer to it: those of releases that kept no schemas stay usable.
    """

    __tablename__ = "feature_schemas"
    __table_args__ = (CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),)

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
