"""What a shell offers when Tab is pressed: names, versions and ids that exist.

A shell waits for the answer at every press, and shows whatever is printed. So there is one short
query with short time-outs, nothing is started, and nothing is said when it fails.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

import typer

_SECONDS = 1.0
"""Longest wait for the database."""

_MOST = 200

_NAMES = "SELECT DISTINCT model_name, '' FROM ml_training.ml_models ORDER BY 1 LIMIT $1"
_VERSIONS = """
    SELECT version, model_name || ' in ' || stage FROM ml_training.ml_models
    ORDER BY created_at DESC LIMIT $1
"""
_MODELS = """
    SELECT id::text, model_name || ' ' || version || ' in ' || stage FROM ml_training.ml_models
    ORDER BY created_at DESC LIMIT $1
"""
_RUNS = """
    SELECT id::text, kind || ' ' || experiment_name || ' ' || state FROM ml_training.ml_runs
    ORDER BY started_at DESC LIMIT $1
"""

Offers = list[tuple[str, str]]
"""What may be typed, each with a word of help."""


def complete_model_names(context: typer.Context, incomplete: str) -> Offers:
    """Offer the names of registered models."""
    return _offers(context, incomplete, _NAMES)


def complete_versions(context: typer.Context, incomplete: str) -> Offers:
    """Offer registered versions, newest first; of the name that was typed, where one was."""
    found = _offers(context, incomplete, _VERSIONS)
    name = context.params.get("model_name")
    return [offer for offer in found if not name or offer[1].startswith(f"{name} in ")]


def complete_models(context: typer.Context, incomplete: str) -> Offers:
    """Offer the ids of registered versions, newest first."""
    return _offers(context, incomplete, _MODELS)


def complete_runs(context: typer.Context, incomplete: str) -> Offers:
    """Offer the ids of runs, newest first."""
    return _offers(context, incomplete, _RUNS)


def _offers(context: typer.Context, incomplete: str, query: str) -> Offers:
    # Whatever fails, a shell must not show it in the midst of a line that is being typed.
    with suppress(Exception):
        rows = asyncio.run(asyncio.wait_for(_rows(context, query), 2 * _SECONDS))
        return [(value, words) for value, words in rows if value.startswith(incomplete)]
    return []


async def _rows(context: typer.Context, query: str) -> Offers:
    import asyncpg

    url = _database_url(context)
    if url is None:
        return []
    connection = await asyncpg.connect(url, timeout=_SECONDS, command_timeout=_SECONDS)
    try:
        return [(row[0], row[1]) for row in await connection.fetch(query, _MOST)]
    finally:
        connection.terminate()


def _database_url(context: typer.Context) -> str | None:
    """Return the URL of the database of the settings; of the embedded one only while it runs."""
    from huleedu_ml_training.config_loader import load_settings
    from huleedu_ml_training.database.url import normalise_url

    config = context.params.get("config")
    overrides = context.params.get("overrides")
    settings = load_settings(
        None if config is None else Path(config), overrides=overrides or ()
    ).settings
    if settings.database_url is not None:
        return normalise_url(settings.database_url.get_secret_value())
    from huleedu_ml_training.database.embedded.process import server_url
    from huleedu_ml_training.database.embedded.server import DATABASE, EmbeddedServer

    server = EmbeddedServer(settings.postgres_dir)
    sockets = server.process.socket_directory() if server.is_running() else None
    return None if sockets is None else server_url(sockets, DATABASE)
