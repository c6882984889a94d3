"""The job over databases: what a run writes, how many statements it takes, and which of them are slow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa

from recurly_sessions import Config
from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import Report, Thresholds
from recurly_sessions.testing.store_contract import NOW, a_course, a_school
from recurly_sessions.values.assignment import round_robin
from tests.operations.test_maintain import messages
from tests.stores.makers import MAKERS, postgresql, sqlite

on_each = pytest.mark.parametrize("make", [sqlite, postgresql])
CALENDAR = ("sessions", "series", "journal", "notices", "visits")
THEN = NOW + timedelta(days=2)


def filled(make: Callable[[], SqlStore], count: int, **more: object) -> SqlStore:
    store = make()
    courses = [
        a_course(f"c{number:03}", assignments=round_robin(f"tutor-{number}"), members=None) for number in range(count)
    ]
    store.save(a_school(*courses, base=Config(weeks_ahead=2, **more)))  # type: ignore[arg-type]
    run(store, now=THEN)
    return store


def run(store: SqlStore, *, now: datetime = THEN, **more: object) -> Report:
    return maintain(store, now=now, switched_on=True, **more)  # type: ignore[arg-type]


def rows(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    tables = store._tables
    with store._link() as link:
        return {name: sorted(link.rows(sa.select(getattr(tables, name))), key=repr) for name in CALENDAR}


@pytest.mark.requirement("EC-3")
@on_each
def test_a_series_that_can_not_be_read_is_told_once_until_it_can(make: Callable[[], SqlStore]) -> None:
    store, night = filled(make, 3), timedelta(days=1)
    school = store.school()
    with store._link(write=True) as link:
        link.run(sa.update(store._tables.series).where(store._tables.series.c.id == "c001").values(document="{"))

    reports = [run(store, now=THEN + night * number, full=True) for number in (1, 2)]
    (told,) = messages(store)  # which a series that can't be read doesn't stop
    store.save(school)
    mended = run(store, now=THEN + night * 3)

    assert [(report.visited, report.failed) for report in (*reports, mended)] == [(2, 1), (2, 1), (1, 0)]
    assert [line.words for line in told.lines] == [f"series c001 is left as it was: {reports[0].failures[0].why}"]
    assert messages(store) == []


def on_postgresql(store: SqlStore, lock_timeout: str) -> sa.Engine:
    """Connections to the database of a store that wait so long for others."""
    engine = store._bind
    assert isinstance(engine, sa.Engine)
    return sa.create_engine(engine.url, connect_args={"options": f"-c lock_timeout={lock_timeout}"})


def test_a_series_that_somebody_has_locked_on_postgresql_stops_no_other() -> None:
    store = postgresql()
    store.save(a_school(*(a_course(f"c{number}", members=None) for number in range(4))))
    impatient = on_postgresql(store, "200ms")

    with store.transaction("c1"):
        report = run(SqlStore(impatient, schema=store.metadata.schema), batch=2, clock=MachineClock())

    impatient.dispose()
    assert (report.stopped, report.visited, [failure.series_id for failure in report.failures]) == ("done", 3, ["c1"])
    assert report.failures[0].why.startswith("the database says: canceling statement due to lock timeout")
    assert run(store).visited == 1


@pytest.mark.parametrize(("theirs", "waits"), [("0", "30s"), ("7min", "7min")])
def test_who_writes_on_postgresql_waits_half_a_minute_for_others_unless_the_host_says_otherwise(
    theirs: str, waits: str
) -> None:
    engine = on_postgresql(postgresql(), theirs)

    with SqlStore(engine, schema=f"waits_{theirs}")._link(write=True) as link:
        found = link.rows(sa.text("SHOW lock_timeout"))

    engine.dispose()
    assert found == [(waits,)]


@on_each
def test_a_run_with_nothing_to_do_writes_nothing_to_the_calendar_and_takes_as_many_statements_for_many_series(
    make: Callable[[], SqlStore],
) -> None:
    statements = []
    for count in (3, 60):
        store = filled(make, count)
        before = rows(store)

        report = run(store)

        assert rows(store) == before
        assert (report.visited, report.skipped) == (0, count)
        statements.append(report.statements)
    assert statements[0] == statements[1]


@on_each
def test_a_batch_takes_as_many_statements_whatever_its_size(make: Callable[[], SqlStore]) -> None:
    taken = []
    for count in (3, 60):
        store = filled(make, count)
        taken.append([run(store, full=True).statements, run(store, full=True, batch=count // 3).statements])

    (few, few_in_three), (many, many_in_three) = taken
    assert (few, few_in_three) == (many, many_in_three)


@pytest.mark.requirement("AL-3")
@on_each
def test_statements_that_take_long_raise_an_alert(make: Callable[[], SqlStore]) -> None:
    store = make()
    store.save(a_school())

    report = run(store, thresholds=Thresholds(slow_seconds=0.0))

    (alert,) = report.alerts
    assert alert.code == "slow-statements"
    assert alert.todo == "see to the database's load, and that its statistics and indexes are there"
    assert run(store, thresholds=Thresholds(slow_seconds=60.0)).alerts == ()


@pytest.mark.requirement("AL-3")
@on_each
def test_waiting_for_others_who_write_is_no_slow_statement(make: Callable[[], SqlStore]) -> None:
    store = make()

    with store.metered() as meter:
        store.save(a_school())
        with store.transaction("maths", "gone"):
            pass

    waits = [each for each in meter.slower_than(0) if "BEGIN" in each or "FOR UPDATE" in each or "_lock(" in each]
    assert (waits, len(meter.slower_than(0)) > 5) == ([], True)


@pytest.mark.requirement("AL-3")
def test_a_statement_that_fails_is_timed_too() -> None:
    store = sqlite()
    with store.metered() as meter, store._link() as link, pytest.raises(Exception, match="no such table: nowhere"):
        link.rows(sa.text("SELECT * FROM nowhere"))

    assert "SELECT * FROM nowhere" in meter.slower_than(0.0)


@pytest.mark.requirement("AL-3")
@pytest.mark.parametrize("joins", [False, True], ids=["engine", "connection"])
def test_only_what_the_store_itself_says_is_counted_and_each_statement_is_one_line(tmp_path: Path, joins: bool) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'school.db'}")
    SqlStore(engine).save(a_school())
    with engine.connect() as connection:
        store = SqlStore(connection if joins else engine)
        store.series_ids()

        with store.metered() as meter, store.metered() as inner:
            store.series_ids()
            alone = meter.statements
            connection.execute(sa.text("SELECT 1"))
            with engine.connect() as other, pytest.raises(sa.exc.OperationalError, match="nowhere"):
                other.execute(sa.text("SELECT * FROM nowhere"))
            worker = threading.Thread(target=SqlStore(engine).series_ids if joins else store.series_ids)
            worker.start()
            worker.join()
        store.series_ids()

    assert alone == meter.statements == inner.statements > 0
    (asked,) = (line for line in meter.slower_than(0.0) if line.startswith("SELECT"))
    assert asked.startswith("SELECT recurly_series.id FROM recurly_series WHERE recurly_series.id > ?")
    engine.dispose()


@pytest.mark.requirement("AL-3")
def test_on_the_hosts_connection_a_transaction_is_counted_to_its_end(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'school.db'}")
    SqlStore(engine).save(a_school())
    with engine.connect() as connection:
        store = SqlStore(connection)
        with store.metered() as meter, store.transaction("maths") as transaction:
            store.series_ids()
            before = meter.statements
            transaction.standing("maths")

            assert meter.statements == before + 1
    engine.dispose()


@pytest.mark.requirement("NFR-001")
@pytest.mark.parametrize("name", MAKERS)
def test_a_series_with_many_sessions_takes_seconds_and_not_minutes(name: str) -> None:
    store = MAKERS[name]()
    slots = [attrs.evolve(a_course().slots[0], days="MO,TU,WE,TH,FR,SA,SU")]
    store.save(a_school(a_course(slots=slots, assignments=round_robin(*"abcdef")), base=Config(weeks_ahead=520)))

    report = maintain(store, now=NOW, switched_on=True, clock=MachineClock())

    assert report.created == 3640
    assert report.seconds is not None
    assert report.seconds < 60
