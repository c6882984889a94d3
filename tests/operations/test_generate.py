"""Generating a slot, a series or all, asking for a week, and filling gaps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest

from recurly_sessions import Config, School, Slot, round_robin
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError, NotSwitchedOnError, UnknownNameError
from recurly_sessions.operations.generate import fill_gaps, generate, sessions_exist
from recurly_sessions.testing.store_contract import NOW, a_course, a_school, edit

TWO_SLOTS = [Slot("mon", days="MO", start="18:00", end="19:30"), Slot("tue", days="TU", start="9:00", end="10:00")]


@pytest.fixture
def store() -> MemoryStore:
    maths = a_course("maths", slots=TWO_SLOTS)
    art = a_course("art", assignments=round_robin("luc"), config=Config(auto_generate=False))
    return MemoryStore(a_school(maths, art, a_course("draft", status="DRAFT"), base=Config(weeks_ahead=2)))


def ids(store: MemoryStore, series_id: str = "maths") -> list[str]:
    return [each.id for each in store.sessions_of(series_id)]


@pytest.mark.requirement("SVC-1")
def test_a_slot_is_generated_alone(store: MemoryStore) -> None:
    report = generate(store, now=NOW, series_id="maths", slot_id="tue", switched_on=True)

    assert (report.visited, report.created) == (1, 2)
    assert ids(store) == ["maths/tue/2026-09-08", "maths/tue/2026-09-15"]


@pytest.mark.requirement("SVC-1")
def test_a_series_is_generated_when_it_is_named_though_it_does_not_by_itself(store: MemoryStore) -> None:
    report = generate(store, now=NOW, series_id="art", switched_on=True)

    assert (report.created, ids(store), len(ids(store, "art"))) == (2, [], 2)


def test_the_journal_tells_what_was_generated_from_gaps_that_were_filled_and_from_the_job(store: MemoryStore) -> None:
    generate(store, now=NOW, series_id="maths", slot_id="tue", switched_on=True)
    fill_gaps(store, now=NOW, series_id="maths", switched_on=True)
    store.save(attrs.evolve(store.school(), base=Config(weeks_ahead=3)))
    generate(store, now=NOW, switched_on=True)

    assert [run.kind for run in store.runs()] == ["job", "fill-gaps", "generate"]


@pytest.mark.requirement("SVC-1")
def test_all_that_generate_by_themselves_are_generated(store: MemoryStore) -> None:
    report = generate(store, now=NOW, switched_on=True)

    assert (report.run_id, report.created, len(ids(store)), ids(store, "art")) == ("run-1", 4, 4, [])


@pytest.mark.requirement("SVC-1")
@pytest.mark.parametrize(
    ("week", "there"),
    [
        ("2026-W37", True),
        ("2026-09-13", True),
        (date(2026, 9, 14), True),
        (NOW, True),
        ("2026-W39", False),
        ("2026-09-06", False),
    ],
)
def test_a_week_is_asked_for_by_any_of_its_days(store: MemoryStore, week: Any, there: bool) -> None:
    generate(store, now=NOW, switched_on=True)

    assert sessions_exist(store, "maths", week) is there


def test_what_is_off_is_not_there(store: MemoryStore) -> None:
    generate(store, now=NOW, series_id="art", switched_on=True)
    edit(store, "art/mon/2026-09-07", status="CANCELLED")

    assert [sessions_exist(store, "art", week) for week in ("2026-W37", "2026-W38")] == [False, True]


@pytest.mark.parametrize("week", ["soon", "2026-W60", None, 37])
def test_what_is_no_week_is_refused(store: MemoryStore, week: Any) -> None:
    with pytest.raises(InvalidValueError, match="sessions_exist: week must be a day of it or a week as ISO writes it"):
        sessions_exist(store, "maths", week)


@pytest.mark.requirement("SVC-1")
@pytest.mark.parametrize("series_id", ["maths", None])
def test_gaps_are_filled_and_nothing_else_is_touched(store: MemoryStore, series_id: str | None) -> None:
    generate(store, now=NOW, switched_on=True)
    with store.transaction("maths") as transaction:
        transaction.delete(list(transaction.sessions(["maths/tue/2026-09-15"]).values()))
    school = store.school()
    later = [slot.later(timedelta(hours=1)) if slot.id == "mon" else slot for slot in TWO_SLOTS]
    store.save(school.with_series(attrs.evolve(school.one("maths"), slots=later)))
    before = ids(store)

    report = fill_gaps(store, now=NOW, series_id=series_id, switched_on=True)

    assert (report.created, report.updated) == (1, 0)
    assert sorted(ids(store)) == sorted([*before, "maths/tue/2026-09-15"])
    assert store.sessions_of("maths")[0].local_start.hour == 18


def test_what_may_not_be_is_refused(store: MemoryStore) -> None:
    with pytest.raises(InvalidValueError, match="draft is DRAFT; plan a draft by its name, and apply that"):
        generate(store, now=NOW, series_id="draft", switched_on=True)
    with pytest.raises(UnknownNameError, match="no slot 'wed'; there is mon, tue"):
        generate(store, now=NOW, series_id="maths", slot_id="wed", switched_on=True)
    with pytest.raises(InvalidValueError, match="generate: series_id must be said for a slot, got None"):
        generate(store, now=NOW, slot_id="wed", switched_on=True)
    with pytest.raises(InvalidValueError, match="fill_gaps: now"):
        fill_gaps(store, now="soon", switched_on=True)


@pytest.mark.requirement("FR-006")
def test_nothing_is_generated_unless_it_is_switched_on(store: MemoryStore) -> None:
    for work in (generate, fill_gaps):
        with pytest.raises(NotSwitchedOnError):
            work(store, now=NOW)

    assert store.school() != School([])
    assert ids(store) == []
