"""Correlation ids: one UUID through logs, runs and the ledger."""

from typing import NewType

CorrelationId = NewType("CorrelationId", str)
"""A UUID in text form."""
