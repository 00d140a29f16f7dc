"""A database that can be connected to."""

from dataclasses import dataclass, field

from huleedu_ml_training.config_loader import mask_url


@dataclass(frozen=True, slots=True)
class ResolvedDatabase:
    """A database that can be connected to.

    Attributes:
        url: ``postgresql://…`` without a driver, password included; never shown.
        embedded: Whether it is the server that this library runs itself.
    """

    url: str = field(repr=False)
    embedded: bool

    @property
    def masked_url(self) -> str:
        """The URL as people may see it."""
        return mask_url(self.url)

    @property
    def async_url(self) -> str:
        """SQLAlchemy's URL for asyncpg, password included."""
        return self._with_driver("asyncpg")

    @property
    def sync_url(self) -> str:
        """SQLAlchemy's URL for psycopg, password included; for Optuna, which is synchronous."""
        return self._with_driver("psycopg")

    def _with_driver(self, driver: str) -> str:
        return f"postgresql+{driver}{self.url.removeprefix('postgresql')}"
