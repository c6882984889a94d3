"""The stores that must all do the same, by name: how to make a new, empty one of each.

A database that no store uses any more is emptied for the next: to make its tables takes longer than most of what is
done with them, and SQLAlchemy knows its statements again. What a store does with a database that has no tables yet is
tried elsewhere.
"""

from __future__ import annotations

import atexit
import functools
import sqlite3
import weakref
from collections.abc import Callable
from itertools import count
from typing import Final

import sqlalchemy as sa

from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.store import Store
from tests.stores.postgres import the_postgres

_NUMBERS: Final = count()
# What stores have left behind that are gone.
_ENGINES: Final[list[sa.Engine]] = []
_SCHEMAS: Final[list[str]] = []


def sqlite() -> SqlStore:
    """A store on SQLite, in memory."""
    engine = _ENGINES.pop() if _ENGINES else _in_memory()
    _new_tables().backup(_connection_of(engine))
    store = SqlStore(engine)
    weakref.finalize(store, _ENGINES.append, engine)
    return store


def _in_memory() -> sa.Engine:
    """What a store makes of a URL."""
    engine = SqlStore("sqlite://")._bind
    assert isinstance(engine, sa.Engine), "it was made from a URL"
    atexit.register(engine.dispose)
    return engine


@functools.cache
def _new_tables() -> sqlite3.Connection:
    """A database as the first use of a store leaves it, to be copied."""
    engine = _in_memory()
    SqlStore(engine).upgrade()
    return _connection_of(engine)


def _connection_of(engine: sa.Engine) -> sqlite3.Connection:
    """The only connection to a database in memory."""
    with engine.connect() as connection:
        found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection), "the driver is Python's own"
    return found


def postgresql() -> SqlStore:
    """A store on PostgreSQL, in a schema of its own."""
    if _SCHEMAS:
        store = SqlStore(_engine(), schema=_SCHEMAS.pop())
        _empty(store)
    else:
        store = SqlStore(_engine(), schema=f"store_{next(_NUMBERS)}")
        store.upgrade()
    weakref.finalize(store, _SCHEMAS.append, str(store.metadata.schema))
    return store


def _empty(store: SqlStore) -> None:
    """Leave in the tables what is there at first, and count from 1 again."""
    tables = store.metadata.sorted_tables
    shared = store._tables.shared
    with _engine().begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
        connection.exec_driver_sql("; ".join(f"DELETE FROM {table.fullname}" for table in tables))
        connection.execute(shared.insert(), _shared_at_first())
        connection.exec_driver_sql(f"ALTER SEQUENCE {store._tables.notices.fullname}_place_seq RESTART")


@functools.cache
def _shared_at_first() -> dict[str, object]:
    """The only row that is there at first."""
    with SqlStore(_in_memory())._link() as link:
        row = link.connection.execute(sa.select(link.tables.shared)).one()
    return dict(row._mapping)


@functools.cache
def _engine() -> sa.Engine:
    """Connections to the server that all tests share, closed before it stops."""
    engine = sa.create_engine(the_postgres())
    atexit.register(engine.dispose)
    return engine


MAKERS: Final[dict[str, Callable[[], Store]]] = {"memory": MemoryStore, "sqlite": sqlite, "postgresql": postgresql}
