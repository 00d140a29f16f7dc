"""What a server takes, announced to its clients."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """Bounds that keep a server's memory and queue short. All are at least 1.

    Attributes:
        essays: Essays of a request.
        body_bytes: Bytes of a request's body.
        text_bytes: Bytes of one text, or of one prompt, in UTF-8.
        concurrent: Requests whose features are extracted at the same time.
        waiting: Further requests that may be read or wait for their turn.
        body_timeout_s: Seconds a client may take to send a body.
    """

    essays: int = 256
    body_bytes: int = 16 * MEBIBYTE
    text_bytes: int = MEBIBYTE
    concurrent: int = 2
    waiting: int = 16
    body_timeout_s: int = 60

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if type(value) is not int or value < 1:
                msg = f"{name} must be a whole number of at least 1, not {value!r}"
                raise ValueError(msg)

    @property
    def in_flight(self) -> int:
        """Requests that the server holds at most."""
        return self.concurrent + self.waiting

    def to_dict(self) -> dict[str, int]:
        """Return the limits as a JSON-ready document."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ServiceLimits":
        """Read a document of :meth:`to_dict`; keys that this version does not know are left out.

        Raises:
            ValueError: A limit is missing or not a positive whole number.
        """
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in document]
        if missing:
            msg = f"no limit is given for {', '.join(missing)}"
            raise ValueError(msg)
        return cls(**{name: document[name] for name in names})
