"""The stores that must all do the same, by name: how to make a new, empty one of each."""

from __future__ import annotations

import atexit
import functools
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


def sqlite() -> SqlStore:
    """A store on SQLite, in memory."""
    store = SqlStore("sqlite://")
    weakref.finalize(store, store.close)
    return store


def postgresql() -> SqlStore:
    """A store on PostgreSQL, in a schema of its own."""
    return SqlStore(_engine(), schema=f"store_{next(_NUMBERS)}")


@functools.cache
def _engine() -> sa.Engine:
    """Connections to the server that all tests share, closed before it stops."""
    engine = sa.create_engine(the_postgres())
    atexit.register(engine.dispose)
    return engine


MAKERS: Final[dict[str, Callable[[], Store]]] = {"memory": MemoryStore, "sqlite": sqlite, "postgresql": postgresql}
