"""Running the server as an unprivileged user with a name, which PostgreSQL insists on.

As an ordinary user there is nothing to do. Otherwise there are two ways, probed in this order:

* a user namespace in which this user bears the number of ``nobody``: the data stay the user's own,
  and no permission changes anywhere;
* as root only, the user ``nobody`` itself, who then owns the data directory, where necessary with
  the capability to pass through closed directories (a container's ``/root``, for instance).
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huleedu_ml_training.database.embedded.binaries import PostgresBinaries
from huleedu_ml_training.database.embedded.errors import ServerUserError

NOBODY = 65534
_PROBE = 'test -w "$1" && exec "$2" --version >/dev/null'
_PASSING_CAPABILITIES = ("dac_read_search", "dac_override")


@dataclass(frozen=True, slots=True)
class Launcher:
    """How programs of the server are run.

    Attributes:
        prefix: Words before the program's own command line.
        owner: User id, as seen from here, that has to own the data.
    """

    prefix: tuple[str, ...]
    owner: int


def find_launcher(binaries: PostgresBinaries, directory: Path, *, uid: int) -> Launcher:
    """Return a way to run the server that was seen to work.

    Args:
        binaries: The programs.
        directory: Where the data directory will lie; passing through it is made possible for
            ``nobody`` if that is the user to be.
        uid: Effective user id of this process.

    Raises:
        ServerUserError: PostgreSQL refuses this user, and no way around works here.
    """
    if uid != 0 and _has_name(uid):
        return Launcher((), uid)
    attempts: list[str] = []
    for launcher in _ways(uid):
        complaint = _probe(launcher, binaries, directory)
        if complaint is None:
            return launcher
        attempts.append(f"{' '.join(launcher.prefix)}: {complaint}")
    raise ServerUserError(uid=uid, attempts=tuple(attempts))


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _ways(uid: int) -> Iterator[Launcher]:
    if unshare := shutil.which("unshare"):
        namespace = (f"--map-user={NOBODY}", f"--map-group={NOBODY}")
        yield Launcher((unshare, "--user", *namespace, "--"), uid)
    if uid == 0 and (setpriv := shutil.which("setpriv")):
        identity = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        yield Launcher((setpriv, *identity, "--"), NOBODY)
        for capability in _PASSING_CAPABILITIES:
            kept = (f"--inh-caps=-all,+{capability}", f"--ambient-caps=-all,+{capability}")
            yield Launcher((setpriv, *identity, *kept, "--"), NOBODY)


def _probe(launcher: Launcher, binaries: PostgresBinaries, directory: Path) -> str | None:
    """Return None if the launcher's user can write where the data go and run the server."""
    directory.chmod(0o711 if launcher.owner == NOBODY else 0o700)
    place = directory / "probe"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    os.chown(place, launcher.owner, -1)
    command = [*launcher.prefix, "sh", "-c", _PROBE, "sh", str(place), str(binaries.postgres)]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        place.rmdir()
    if done.returncode == 0:
        return None
    return done.stderr.strip() or "it cannot write there"
