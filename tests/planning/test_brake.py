"""When a plan would cancel or move too much."""

from typing import Any

import attrs
import pytest

from recurly_sessions import Cancellation, Plan, School, Series
from recurly_sessions.values.issue import Audience, Issue
from tests.planning.helpers import a_series, a_slot
from tests.planning.plans import (
    after,
    changed,
    made,
    planned,
    rules,
    taught_by,
    utc,
)


def braked(limit: float | None, series: Series | None = None, *, many: int = 4, **more: Any) -> Plan:
    """The plan that cancels all of some sessions, with a limit in the base config."""
    existing = made()[:many]
    gone = a_series(a_slot(active=False)) if series is None else series
    return planned(School(gone, base=rules(max_changes=limit)), *existing, **more)


def told(changes: int, existing: int, limit: float, layer: str = "base", series_id: str | None = None) -> Issue:
    of = f"the {layer} config" + (f" of {series_id}" if series_id else "")
    return Issue(
        "brake",
        series_id=series_id,
        message=(
            f"{changes} of {existing} sessions would be cancelled or moved, more than max_changes = {limit} of {of}; "
            "look at the plan, then override the brake"
        ),
        audience=Audience.SYSTEM,
        details={"changes": changes, "existing": existing, "limit": limit, "layer": layer},
    )


@pytest.mark.parametrize("limit", [3, 1, 0, 0.74, 0.5, 0.01])
def test_a_plan_that_cancels_more_than_the_limit_is_braked_and_says_so(limit: float) -> None:
    plan = braked(limit)

    assert (plan.braked, plan.issues) == (True, (told(4, 4, limit),))
    assert len(plan.cancels) == 4


@pytest.mark.parametrize("limit", [None, 4, 100, 1.0])
def test_a_plan_within_the_limit_is_not_braked(limit: float | None) -> None:
    plan = braked(limit)

    assert (plan.braked, plan.issues) == (False, ())


def test_a_share_is_one_of_the_sessions_to_come_of_all_series_together() -> None:
    other = attrs.evolve(taught_by("amina"), id="t")
    existing = [*made(), *made(other)]
    half = [a_series(a_slot(active=False)), other]

    assert not planned(School(half, base=rules(max_changes=0.5)), *existing).braked
    assert planned(School(half, base=rules(max_changes=0.49)), *existing).issues == (told(4, 8, 0.49),)


def test_what_is_over_or_off_already_is_no_part_of_the_whole() -> None:
    first, second, third, fourth = made()
    off = changed(second, status="CANCELLED")
    now = utc("2026-09-08 00:00")

    plan = planned(
        School(a_series(a_slot(active=False)), base=rules(max_changes=0.5)), first, off, third, fourth, now=now
    )

    assert plan.issues == (told(2, 2, 0.5),)


def test_moving_counts_like_cancelling() -> None:
    assert braked(3, a_series(a_slot(start="19:00"))).issues == (told(4, 4, 3),)
    assert braked(3, a_series(a_slot(end="20:00"))).braked


def test_new_sessions_other_fields_and_what_comes_back_do_not_count() -> None:
    existing = made()
    off = attrs.evolve(
        a_series(a_slot()), cancellations=[Cancellation("trip", first_day="2026-09-01", last_day="2026-12-31")]
    )
    cancelled = after(existing, planned(off, *existing))
    strict = rules(max_changes=0)

    assert not planned(School(a_series(a_slot()), base=strict)).braked
    assert not planned(School(taught_by("luc", room_id="blue"), base=strict), *existing).braked
    assert not planned(School(a_series(a_slot()), base=strict), *cancelled).braked
    assert len(planned(School(a_series(a_slot()), base=strict), *cancelled).reinstates) == 4


def test_each_layer_s_limit_counts_the_series_for_which_it_holds() -> None:
    def series(id: str, **more: Any) -> Series:
        return attrs.evolve(a_series(a_slot(active=False)), id=id, **more)

    school = School(
        [
            series("base-1"),
            series("base-2"),
            series("north-1", branch_id="north"),
            series("north-2", branch_id="north"),
            series("own", config=rules(max_changes=0.5)),
        ],
        base=rules(max_changes=100),
        branches={"north": rules(max_changes=7)},
    )
    existing = [
        changed(session, id=f"{each.id}-{session.id.replace('/', '-')}", series_id=each.id)
        for each in school.series
        for session in made()
    ]

    plan = planned(school, *existing)

    own, north = told(4, 4, 0.5, "series", "own"), told(8, 8, 7, "branch", "north")
    assert sorted(plan.issues, key=lambda each: each.message) == sorted(
        (own, attrs.evolve(north, series_id=None)), key=lambda each: each.message
    )


def test_a_plan_of_creates_only_does_not_need_the_brake() -> None:
    plan = braked(0, a_series(a_slot(start="19:00")), many=2).creates_only()

    assert len(plan.changes) == 2
    assert not plan.braked
