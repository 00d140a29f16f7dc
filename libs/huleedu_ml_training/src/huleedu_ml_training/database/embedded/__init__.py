"""A PostgreSQL server of our own, for those who have none; see :class:`EmbeddedServer`.

Needs Unix: import it only where :data:`sys.platform` is not ``win32``.
"""

from huleedu_ml_training.database.embedded.server import EmbeddedServer

__all__ = ["EmbeddedServer"]
