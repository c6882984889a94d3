"""What is long over is forgotten, and the sessions stay."""

from datetime import timedelta
from typing import Any

import pytest

from recurly_sessions import apply_plan, plan_sessions
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.operations.deliver import CallbackNotifier, deliver
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.prune import prune
from recurly_sessions.operations.undo import undo_run
from recurly_sessions.store import Pruned
from tests.plans.examples import NOW, a_course, a_school

DAY = timedelta(days=1)


def a_store_with_a_history() -> MemoryStore:
    """A store in which a plan was applied and told of, and the job has run for some nights."""
    store = MemoryStore(a_school(a_course(members=["kim"])))
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
    deliver(store, CallbackNotifier(lambda _: None), now=NOW)
    for night in range(30):
        maintain(store, now=NOW + night * DAY, switched_on=True, notify=False)
    return store


def test_what_is_older_than_so_many_days_is_forgotten_and_sessions_stay() -> None:
    store = a_store_with_a_history()
    sessions, runs = store.sessions_of("maths"), store.runs()

    would = prune(store, now=NOW + 31 * DAY, days=20, dry_run=True)
    kept = store.runs()
    pruned = prune(store, now=NOW + 31 * DAY, days=20)

    assert would == pruned == Pruned(entries=3, notices=3, job_runs=10)
    assert kept == runs
    assert [run.id for run in store.runs()] == [run.id for run in runs[:-3]]
    assert store.sessions_of("maths") == sessions
    with pytest.raises(UnknownNameError):
        undo_run(runs[-1].id, store, now=NOW + 31 * DAY)


def test_a_run_goes_on_skipping_after_what_it_did_was_forgotten() -> None:
    store = a_store_with_a_history()
    now = NOW + 29 * DAY + timedelta(hours=1)

    prune(store, now=now + 400 * DAY)

    report = maintain(store, now=now, switched_on=True)
    assert (report.visited, report.run_id) == (0, "run-31")
    assert plan_sessions(store.snapshot(now=now), now=now).changes == ()


@pytest.mark.parametrize("days", [6, 0, -1, 36_501, True, 7.5, None])
def test_what_is_too_young_to_be_forgotten_is_refused(days: Any) -> None:
    with pytest.raises(InvalidValueError) as caught:
        prune(MemoryStore(), now=NOW, days=days)

    assert str(caught.value) == (
        f"prune: days must be 7 to 36500, got {days!r}; a run of the last days may still be gone on with, or be undone"
    )


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        prune(MemoryStore(), now="soon")

    assert caught.value.where == "prune: now"
