"""Who is acting, for the ledger."""

import getpass
import os


def current_actor() -> str:
    """Return the operating system's name for the user, or ``uid-<number>`` where it has none.

    Containers often run under a number that no user data base knows.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid-{os.getuid()}"
