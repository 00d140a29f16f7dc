"""Build hook: the migrations, which lie at the top of the repository, travel with the package.

A source distribution holds them inside the package, so that a wheel built from it finds them there.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdm.backend.hooks import Context

_PACKAGED = "huleedu_ml_training/migrations"


def pdm_build_update_files(context: "Context", files: dict[str, Path]) -> None:
    """Add the migrations of a checkout to the files of a source distribution or a wheel.

    Args:
        context: What is being built.
        files: Path in the archive → file; changed in place.

    Raises:
        FileNotFoundError: Neither a checkout nor a source distribution has migrations.
    """
    if context.target == "editable":
        return
    prefix = f"src/{_PACKAGED}" if context.target == "sdist" else _PACKAGED
    if f"{prefix}/env.py" in files:
        return
    source = context.root.parent.parent / "migrations"
    if not (source / "env.py").is_file():
        msg = f"no migrations in {source}"
        raise FileNotFoundError(msg)
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"{prefix}/{path.relative_to(source).as_posix()}"] = path
