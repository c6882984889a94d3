"""A calendar that is there already gets the sessions that it lacks, and a summary of that."""

from typing import Any

import attrs
import pytest

from recurly_sessions import Slot, apply_plan
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.operations.migrate import Migrated, migrated, plan_migration
from recurly_sessions.testing.store_contract import put
from tests.plans.examples import BOTH, NOW, a_course, a_school

FIRST, SECOND = BOTH


def a_store(*series: Any) -> MemoryStore:
    return MemoryStore(a_school(*series))


@pytest.mark.requirement("MIG-4", "MIG-9")
def test_series_with_active_slots_are_processed_and_the_others_counted() -> None:
    idle = a_course("idle", slots=[Slot("mon", days="MO", start="18:00", end="19:30", active=False)])
    store = a_store(a_course(), a_course("bare", slots=[], assignments=[]), idle, a_course("old", status="ENDED"))

    plan = plan_migration(store.snapshot(now=NOW), now=NOW)

    assert {change.series_id for change in plan.changes} == {"maths"}
    assert migrated(plan) == Migrated(processed=1, skipped=2, generated=4, preserved=0)


@pytest.mark.requirement("MIG-5", "BC-2")
def test_what_is_there_stays_as_it_is() -> None:
    odd = attrs.evolve(FIRST, tutor_id="zoe", price="1 EUR")
    store = a_store()
    put(store, odd)
    plan = plan_migration(store.snapshot(now=NOW), now=NOW, weeks=2)

    applied = apply_plan(plan, store, now=NOW)

    assert store.sessions_of("maths") == [odd, SECOND]
    assert migrated(plan, applied) == Migrated(processed=1, skipped=0, generated=1, preserved=1)


@pytest.mark.requirement("MIG-7", "MIG-9")
def test_a_series_that_fails_and_one_that_has_changed_meanwhile_are_errors_and_the_others_go_on() -> None:
    endless = Slot("odd", rrule="FREQ=DAILY", start="18:00", end="19:30")
    broken = a_course("broken", slots=[endless], assignments=[], starts_on="1900-01-01")
    store = a_store(broken, a_course("edited"), a_course())
    plan = plan_migration(store.snapshot(now=NOW), now=NOW, weeks=2)
    store.save(a_school(broken, a_course("edited", slots=[], assignments=[]), a_course()))

    summary = migrated(plan, apply_plan(plan, store, now=NOW))

    assert (summary.processed, summary.generated) == (3, 2)
    assert [series_id for series_id, _ in summary.errors] == ["broken", "edited"]
    assert store.sessions_of("maths") == list(BOTH)


def test_a_summary_reads_as_a_table() -> None:
    summary = Migrated(processed=12, skipped=1, generated=1048, preserved=7, errors=(("maths", "no rule"),))

    assert str(summary) == (
        "processed      12 series\n"
        "skipped         1 series without active slots\n"
        "generated   1,048 sessions\n"
        "preserved       7 sessions that were there\n"
        "errors          1\n"
        "  maths: no rule"
    )
