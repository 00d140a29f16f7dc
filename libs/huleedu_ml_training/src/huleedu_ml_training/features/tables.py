"""The table of extracted feature vectors."""

from datetime import datetime

from sqlalchemy import REAL, CheckConstraint, DateTime, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
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
