"""Databases for the tests of stores: SQLite in memory and in a file, and one PostgreSQL for all tests of a process."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from sqlalchemy import create_engine, text

from recurly_sessions.adapters.sql import SqlStore
from tests.stores.postgres import the_postgres

_NUMBERS: Final = count()


class Database(NamedTuple):
    """An empty database: its URL, and the schema that is the test's own."""

    url: str
    schema: str | None = None


@pytest.fixture
def postgresql() -> Iterator[Database]:
    schema = f"test_{next(_NUMBERS)}"
    yield Database(the_postgres(), schema)
    engine = create_engine(the_postgres())
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'school.db'}")


@pytest.fixture(params=["memory", "file", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    match request.param:
        case "memory":
            return Database("sqlite://")
        case "file":
            found = request.getfixturevalue("sqlite_file")
        case _:
            found = request.getfixturevalue("postgresql")
    assert isinstance(found, Database)
    return found


@pytest.fixture
def opened() -> Iterator[Callable[[Database], SqlStore]]:
    """Open stores, and close them after the test."""
    stores: list[SqlStore] = []

    def open_store(database: Database) -> SqlStore:
        stores.append(SqlStore(database.url, schema=database.schema))
        return stores[-1]

    yield open_store
    for each in stores:
        each.close()


@pytest.fixture
def store(database: Database, opened: Callable[[Database], SqlStore]) -> SqlStore:
    return opened(database)
