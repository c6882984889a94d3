"""What has changed since a plan was made, for each of its series."""

from typing import Any

import attrs
import pytest
from hypothesis import given

from recurly_sessions import Cancellation, Closure, Plan, School, Session, Snapshot, Tutor, plan_sessions, round_robin
from tests.planning.helpers import a_series, a_slot
from tests.planning.plans import (
    DAY,
    FOUR,
    HOUR,
    NOW,
    after,
    changed,
    confirmed,
    later,
    made,
    manual,
    planned,
    rules,
    small_schools,
    taught_by,
)

BASE = School(
    [taught_by("amina", "luc"), attrs.evolve(a_series(a_slot("b")), id="t")],
    tutors=[Tutor("amina", hourly_rate="30 EUR"), Tutor("luc"), Tutor("unused")],
)


def snapshot(school: School = BASE, *sessions: Session) -> Snapshot:
    return Snapshot(school=school, sessions=sessions, read_at=NOW + HOUR)


def since(before: Snapshot, now: Snapshot) -> dict[str, tuple[str, ...]]:
    return plan_sessions(before, now=NOW).changed_since(now)


def with_series(**changes: Any) -> School:
    return attrs.evolve(BASE, series=[attrs.evolve(BASE.series[0], **changes), BASE.series[1]])


def test_nothing_has_changed_when_nothing_has_changed() -> None:
    assert since(snapshot(BASE, *made()), snapshot(BASE, *made())) == {}


@pytest.mark.parametrize(
    ("school", "told"),
    [
        (with_series(timezone="Europe/Berlin"), "timezone 'Europe/Paris' → 'Europe/Berlin'"),
        (with_series(ends_on="2026-12-31"), "ends_on None → '2026-12-31'"),
        (with_series(room_id="blue"), "room_id None → 'blue'"),
        (with_series(slots=[a_slot(start="17:00")]), "slot a: start '18:00' → '17:00'"),
        (with_series(slots=[a_slot(), a_slot("c")]), "slot c is new"),
        (with_series(slots=[]), "slot a is gone"),
        (
            with_series(slots=[a_slot().changed_from("2026-11-02", start="19:00")]),
            "slot a: phases [] → [{ from_day = 2026-11-02, start = 19:00 }]",
        ),
        (with_series(assignments=round_robin("amina")), "assignment luc is gone"),
        (
            with_series(assignments=[*round_robin("amina"), *round_robin("luc", ends_on="2026-12-31")]),
            "assignment luc: ends_on None → '2026-12-31'",
        ),
        (with_series(cancellations=[Cancellation.day("trip", "a", "2026-09-07")]), "cancellation trip is new"),
        (with_series(members=["kim"]), "members None → [{ id = kim }]"),
        (with_series(config=rules(weeks_ahead=8)), "weeks_ahead 4 → 8 (series)"),
    ],
)
def test_what_changed_about_a_series_is_told_and_the_others_are_fresh(school: School, told: str) -> None:
    assert since(snapshot(), snapshot(school)) == {"s": (told,)}


def test_a_roster_in_another_order_is_a_change() -> None:
    """Turns are dealt in the order as given: that order is data."""
    turned = with_series(assignments=round_robin("luc", "amina"))

    assert since(snapshot(), snapshot(turned)).keys() == {"s"}


@pytest.mark.parametrize(
    ("school", "told"),
    [
        (attrs.evolve(BASE, base=rules(on_gap="skip")), "on_gap 'shift' → 'skip' (base)"),
        (attrs.evolve(BASE, closures=[Closure("fair", "2026-09-07", "2026-09-08")]), "closure fair is new"),
    ],
)
def test_rules_and_closures_that_changed_are_told_of_every_series_that_they_concern(school: School, told: str) -> None:
    assert since(snapshot(), snapshot(school)) == {"s": (told,), "t": (told,)}


def test_a_closure_of_another_branch_does_not_concern_a_series() -> None:
    north = attrs.evolve(BASE, closures=[Closure("fair", "2026-09-07", "2026-09-08", branch_id="north")])

    assert since(snapshot(), snapshot(north)) == {}


def test_tutors_are_told_of_the_series_that_name_them() -> None:
    dearer = attrs.evolve(BASE, tutors=[Tutor("amina", hourly_rate="31 EUR"), Tutor("luc")])

    assert since(snapshot(), snapshot(dearer)) == {
        "s": ("tutor amina: hourly_rate Money('30.00', 'EUR') → Money('31.00', 'EUR')",)
    }
    assert since(snapshot(), snapshot(attrs.evolve(BASE, tutors=None))) == {
        "s": ("tutors are no longer tracked",),
        "t": ("tutors are no longer tracked",),
    }


def test_a_series_that_is_gone_is_told() -> None:
    assert since(snapshot(), snapshot(attrs.evolve(BASE, series=[BASE.series[1]]))) == {"s": ("the series is gone",)}


def test_a_series_that_is_new_or_was_not_planned_does_not_matter() -> None:
    draft = attrs.evolve(a_series(a_slot()), id="draft", status="DRAFT")
    more = attrs.evolve(BASE, series=[*BASE.series, draft])
    edited = attrs.evolve(more, series=[*BASE.series, attrs.evolve(draft, room_id="blue")])

    assert since(snapshot(), snapshot(more)) == since(snapshot(more), snapshot(edited)) == {}


def test_sessions_that_came_went_or_changed_are_told() -> None:
    first, second, third, _ = made()
    before = snapshot(BASE, first, second, third)
    now = snapshot(
        BASE, first, confirmed(second, tutor_id="luc", version=2), manual("own", "2026-09-08 10:00", "2026-09-08 11:00")
    )

    assert since(before, now) == {
        "s": (
            "session own is new",
            "session s/a/2026-09-21 is gone",
            "session s/a/2026-09-14: tutor_id None → 'luc'",
            "session s/a/2026-09-14: status 'PENDING' → 'CONFIRMED'",
            "session s/a/2026-09-14: version 1 → 2",
        )
    }


def test_a_session_that_moved_from_the_future_into_the_past_is_told() -> None:
    first = made()[0]

    assert since(snapshot(BASE, first), snapshot(BASE, later(first, -30 * DAY))) == {
        "s": (f"session {FOUR[0]} is gone",)
    }


def test_sessions_that_had_started_when_the_plan_was_made_do_not_matter() -> None:
    old = manual("old", "2026-08-31 10:00", "2026-08-31 11:00")

    assert since(snapshot(BASE, old), snapshot(BASE, changed(old, status="COMPLETED", notes="well done"))) == {}
    assert since(snapshot(BASE, old), snapshot(BASE)) == {}


def test_a_long_list_is_cut() -> None:
    many = [manual(f"m{number:03}", "2026-09-08 10:00", "2026-09-08 11:00") for number in range(50)]

    told = since(snapshot(), snapshot(BASE, *many))["s"]

    assert told == (*(f"session m{number:03} is new" for number in range(20)), "and 30 more")


@given(small_schools())
def test_a_plan_that_was_applied_has_changed_every_series_that_it_changes_and_no_other(school: School) -> None:
    plan = planned(school)

    told = plan.changed_since(Snapshot(school=school, sessions=after([], plan), read_at=NOW))

    assert told.keys() == {change.series_id for change in plan.changes}


@given(small_schools())
def test_a_plan_is_fresh_after_it_was_written_and_read(school: School) -> None:
    plan = Plan.from_json(planned(school, *made(school)[::2]).to_json())

    assert plan.changed_since(plan.snapshot) == {}
