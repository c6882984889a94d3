"""Law 8: a constant round robin is fair; when the roster changes on a date, earlier turns stand and it goes on."""

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Assignment, RoundRobin, Series, Window, resolve_config, round_robin
from recurly_sessions.testing import check_fair, configs, series, windows, zones
from recurly_sessions.testing.laws import calendar
from recurly_sessions.testing.strategies import TUTORS

WINDOW = Window("2025-12-31T00:00Z", "2026-07-01T00:00Z")


@pytest.mark.requirement("P11")
@given(st.data())
def test_nobody_has_two_turns_more_than_another(data: DataObject) -> None:
    zone = data.draw(zones())
    window = data.draw(windows(zone))
    around = window.start.date() + timedelta(days=20)
    declared = data.draw(series(zone=zone, around=around))
    people = data.draw(st.lists(st.sampled_from(TUTORS), unique=True, min_size=1))
    config = resolve_config(data.draw(configs(around=around)))

    check_fair(attrs.evolve(declared, assignments=round_robin(*people)), window, config=config)


@st.composite
def rotations(draw: st.DrawFn) -> Series:
    """One slot with a constant roster, from the first of January."""
    declared = draw(series(zone="Europe/Paris", around=date(2026, 3, 29)))
    people = draw(st.lists(st.sampled_from(TUTORS), unique=True, min_size=2))
    slot = attrs.evolve(declared.slots[0], starts_on=None, ends_on=None)
    return Series(
        "maths", timezone="Europe/Paris", starts_on="2026-01-01", slots=[slot], assignments=round_robin(*people)
    )


@given(rotations(), st.integers(1, 150))
def test_a_tutor_who_leaves_changes_no_earlier_turn_and_the_next_one_goes_on(declared: Series, day: int) -> None:
    first_day_off = date(2026, 1, 1) + timedelta(days=day)
    leaving = declared.assignments[0]
    rest = declared.assignments[1:]
    left = attrs.evolve(leaving, ends_on=first_day_off - timedelta(days=1))
    before = [(o.occurs_on, d.tutor_id) for o, d in calendar(declared, WINDOW)]
    order = [each.tutor_id for each in declared.assignments]
    assume(before)

    after = [(o.occurs_on, d.tutor_id) for o, d in calendar(attrs.evolve(declared, assignments=[left, *rest]), WINDOW)]

    by_date_before, by_date_after = sorted(before), sorted(after)
    stood = [row for row in by_date_before if row[0] < first_day_off]
    assert by_date_after[: len(stood)] == stood
    last = order.index(stood[-1][1] or "") if stood else len(order) - 1
    going_on = [name for name in (*order[last + 1 :], *order[: last + 1]) if name != leaving.tutor_id]
    for place, (_, tutor) in enumerate(by_date_after[len(stood) :]):
        assert tutor == going_on[place % len(going_on)]


@given(rotations(), st.integers(1, 150))
def test_a_tutor_who_comes_changes_no_earlier_turn_and_waits_for_a_turn(declared: Series, day: int) -> None:
    first_day = date(2026, 1, 1) + timedelta(days=day)
    coming = Assignment("new", tutor_id="new", pattern=RoundRobin(), starts_on=first_day)
    before = sorted((o.occurs_on, d.tutor_id) for o, d in calendar(declared, WINDOW))

    after = sorted(
        (o.occurs_on, d.tutor_id)
        for o, d in calendar(attrs.evolve(declared, assignments=[*declared.assignments, coming]), WINDOW)
    )

    stood = [row for row in before if row[0] < first_day]
    order = [each.tutor_id for each in declared.assignments]
    last = order.index(stood[-1][1] or "") if stood else len(order) - 1
    going_on = [*order[last + 1 :], "new", *order[: last + 1]] if stood else [*order, "new"]
    assert after[: len(stood)] == stood
    for place, (_, tutor) in enumerate(after[len(stood) :]):
        assert tutor == going_on[place % len(going_on)]
