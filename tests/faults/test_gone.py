"""A server that goes away in mid-apply or at night, and a full disk: what was done is whole, and can go on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from recurly_sessions import Plan, apply_plan
from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.errors import StoreUnavailableError
from recurly_sessions.operations import apply
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import Report
from tests.faults import nights, story
from tests.faults.databases import Dump, Postgres, Sqlite, dump, opened
from tests.stores.postgres import PostgresServer, a_postgres, server_in

LIMIT = 60.0  # seconds in which a server must have stopped


@pytest.fixture(autouse=True)
def _several_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_MOST_SERIES", 2)


def begin(databases: Sqlite | Postgres) -> tuple[Plan, Dump]:
    """A database in which a plan is to be applied, named "before", and what's in it when nothing goes wrong."""
    with opened(databases.new("before")) as store:
        store.save(story.school())
        plan = story.first_plan(store)
    with opened(databases.copy("before", "undisturbed")) as store:
        assert apply_plan(plan, store, now=story.NOW).series == plan.planned
    return plan, dump(databases.url("undisturbed"))


# --- the server -----------------------------------------------------------------------------------------------------


def stop(server: PostgresServer) -> None:
    """Let a server go away as if by a cut of power."""
    pid = server.get_pid()
    assert pid is not None
    os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + LIMIT
    while (server.pgdata / "postmaster.pid").exists() and time.monotonic() < until:
        time.sleep(0.02)


def start(server: PostgresServer) -> None:
    """Start it again: a busy machine takes longer to recover than whoever starts the server waits."""
    until = time.monotonic() + LIMIT
    while True:
        try:
            server.start()
            psycopg.connect(server.get_uri()).close()
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def crash(server: PostgresServer) -> None:
    """Let a server go away, and start it again."""
    stop(server)
    start(server)


def at(engine: sa.Engine, statement: int, do: Callable[[], None]) -> None:
    """Do something before a statement of an engine, once."""
    counted = iter(range(1, statement + 1))

    def step(*_: object) -> None:
        if next(counted, None) == statement:
            do()

    event.listen(engine, "before_cursor_execute", step)
    event.listen(engine, "commit", step)


@pytest.mark.requirement("EC-2")
def test_a_server_that_goes_away_in_mid_apply_and_comes_back(tmp_path: Path) -> None:
    with a_postgres(tmp_path / "server") as url:
        databases = Postgres(url)
        plan, expected = begin(databases)
        statements = count_statements(databases, plan)
        server = server_in(tmp_path / "server")
        for statement in (5, statements // 2, statements):
            engine = sa.create_engine(databases.copy("before", "crashed"), pool_pre_ping=True)
            store = SqlStore(engine)
            store.check()
            at(engine, statement, lambda: crash(server))

            with pytest.raises(StoreUnavailableError, match="see that the server runs"):
                apply_plan(plan, store, now=story.NOW)
            again = apply_plan(plan, store, now=story.NOW)

            assert again.refused == ()
            assert dump(databases.url("crashed")) == expected, f"gone at statement {statement} of {statements}"
            engine.dispose()
        databases.close()


def count_statements(databases: Postgres, plan: Plan) -> int:
    """How many statements and commits it takes to apply a plan."""
    engine = sa.create_engine(databases.copy("before", "counted"))
    store = SqlStore(engine)
    store.check()
    steps: list[object] = []
    for name in ("before_cursor_execute", "commit"):
        event.listen(engine, name, lambda *_: steps.append(None))
    apply_plan(plan, store, now=story.NOW)
    engine.dispose()
    return len(steps)


class Waiting(MachineClock):
    """A clock on which something comes to pass while the job waits for the second time."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self._do = do
        self.pauses = 0

    def sleep(self, seconds: float) -> None:
        self.pauses += 1
        if self.pauses == 2:
            self._do()
        super().sleep(seconds / 10)


@pytest.mark.requirement("EC-2", "IN-5")
def test_a_server_that_goes_away_in_a_night_comes_back_at_once_or_later_or_after_the_job_gave_up(
    tmp_path: Path,
) -> None:
    with a_postgres(tmp_path / "server") as url:
        databases, server = Postgres(url), server_in(tmp_path / "server")
        nights.prepare(databases)
        with opened(databases.copy("before second", "undisturbed")) as store:
            last = a_night(store, nights.SECOND, MachineClock()).statements or 0
        expected = nights.calendar(databases.url("undisturbed"))

        for statement in (3, last):
            with stopping(databases, statement, lambda: crash(server)) as store:
                assert a_night(store, nights.SECOND, MachineClock()).stopped == "done"
            assert nights.calendar(databases.url("gone")) == expected, f"gone at statement {statement} of {last}"

        with stopping(databases, last // 2, lambda: stop(server)) as store:
            clock = Waiting(lambda: start(server))
            assert a_night(store, nights.SECOND, clock).stopped == "done"
        assert clock.pauses >= 2
        assert nights.calendar(databases.url("gone")) == expected

        for statement, is_begun in ((3, False), (last // 3, True), (last, True)):
            with stopping(databases, statement, lambda: stop(server)) as store:
                with pytest.raises(StoreUnavailableError, match="see that the server runs"):
                    a_night(store, nights.SECOND, MachineClock(patience=0.1))
                start(server)
                again = a_night(store, nights.LATER[nights.SECOND], MachineClock())
            assert (again.stopped, again.resumed) == ("done", is_begun)
            assert nights.calendar(databases.url("gone")) == expected, f"gone at statement {statement} of {last}"
        databases.close()


def a_night(store: SqlStore, now: str, clock: MachineClock) -> Report:
    return maintain(store, now=now, switched_on=True, batch=nights.BATCH, clock=clock)


@contextmanager
def stopping(databases: Postgres, statement: int, do: Callable[[], None]) -> Iterator[SqlStore]:
    """A store before the second night, in whose midst something is done."""
    engine = sa.create_engine(databases.copy("before second", "gone"), pool_pre_ping=True)
    store = SqlStore(engine)
    store.check()
    at(engine, statement, do)
    yield store
    engine.dispose()


# --- the disk -------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Sqlite:
    return Sqlite(tmp_path)


@pytest.mark.parametrize("pages_left", [0, 2, 4, 6])
def test_a_disk_that_is_full_leaves_whole_series_and_a_state_that_can_go_on(files: Sqlite, pages_left: int) -> None:
    plan, expected = begin(files)
    url = files.copy("before", "full")
    engine = sa.create_engine(url)
    store = SqlStore(engine)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    engine.dispose()
    event.listen(engine, "connect", lambda it, _: it.execute(f"PRAGMA max_page_count = {pages + pages_left}"))

    with pytest.raises(StoreUnavailableError, match="is full; free some space, and try again"):
        apply_plan(plan, store, now=story.NOW)
    engine.dispose()

    found = dump(url)
    done = {str(row[1]) for row in found["recurly_journal"]}
    assert len(done) < len(plan.planned)
    assert {str(row[1]) for row in found["recurly_sessions"]} == done
    with opened(url) as roomier:
        assert apply_plan(plan, roomier, now=story.NOW).already == tuple(each for each in plan.planned if each in done)
    assert dump(url) == expected
