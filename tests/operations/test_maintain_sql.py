"""The job over databases: what a run writes, how many statements it takes, and which of them are slow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

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
def test_a_statement_that_fails_is_timed_too() -> None:
    store = sqlite()
    with store.metered() as meter, store._link() as link, pytest.raises(Exception, match="no such table: nowhere"):
        link.rows(sa.text("SELECT * FROM nowhere"))

    assert "SELECT * FROM nowhere" in meter.slower_than(0.0)


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
