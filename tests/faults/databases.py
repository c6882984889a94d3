"""Databases that are copied as a whole, and compared as a whole."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from recurly_sessions.adapters.sql import SqlStore

# What tells how often and when something was tried, which is what a killed worker changes, and a number that counts
# what was rolled back too.
TRIED: Final = frozenset({"attempts", "claimed_until", "delivered_at"})
_COUNTED: Final = "recurly_notices.place"

# To find out what columns there are takes longer than to read them, and they are the same in all databases of a kind.
_KNOWN: Final[dict[str, sa.MetaData]] = {}

Dump = dict[str, list[tuple[object, ...]]]


class Sqlite:
    """Databases that are files, copied as files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"

    new = url

    def copy(self, name: str, other: str) -> str:
        for end in ("", "-wal", "-shm"):  # of a worker that was killed, what it wrote last is in the second
            there, here = (self._folder / f"{each}.db{end}" for each in (name, other))
            here.unlink(missing_ok=True)
            if there.exists() and end != "-shm":
                shutil.copy(there, here)
        return self.url(other)


class Postgres:
    """Databases of one server, copied by it."""

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    def new(self, name: str) -> str:
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
        return self.url(name)

    def copy(self, name: str, other: str) -> str:
        self._say(
            f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)',
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            f'CREATE DATABASE "{other}" TEMPLATE "{name}"',
        )
        return self.url(other)

    def _say(self, *statements: str) -> None:
        with self._engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def close(self) -> None:
        self._engine.dispose()

    def url(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


class opened:  # noqa: N801 - reads as what it does
    """A store that is closed at the end."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url)

    def __enter__(self) -> SqlStore:
        return SqlStore(self._engine)

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()


def dump(url: str, *, without: frozenset[str] = TRIED) -> Dump:
    """Everything that a database holds, but how often something was tried."""
    engine = sa.create_engine(url)
    tables = _KNOWN.setdefault(engine.dialect.name, sa.MetaData())
    if not tables.tables:
        tables.reflect(engine)
    assert {*tables.tables} == {*sa.inspect(engine).get_table_names()}
    with engine.connect() as connection:
        found = {
            table.name: sorted(connection.execute(sa.select(*_telling(table, without))).all(), key=repr)
            for table in tables.tables.values()
        }
    engine.dispose()
    return {name: [tuple(row) for row in rows] for name, rows in found.items()}


def _telling(table: sa.Table, without: frozenset[str]) -> list[sa.Column[Any]]:
    """The columns of a table that say what it holds."""
    return [each for each in table.columns if each.name not in without and f"{table.name}.{each.name}" != _COUNTED]


def told_twice(url: str) -> list[tuple[str, ...]]:
    """What somebody is told more than once, of the same session in the same version."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT role, recipient_id, told FROM recurly_notices")).all()
    engine.dispose()
    told = Counter((role, recipient, *each) for role, recipient, lines in rows for each in json.loads(lines))
    return [each for each, count in told.items() if count > 1]
