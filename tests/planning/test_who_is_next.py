"""The next date that is not called off, and who teaches it."""

from typing import Any

import pytest

from recurly_sessions import Cancellation, Closure, Config, Decision, Series, Slot, Tutor, resolve_config, who_is_next
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from tests.planning.helpers import a_series, a_slot, by


def next_of(series: Series, slot_id: str | None = None, *, now: str = "2026-09-10T00:00Z", **more: Any) -> str | None:
    """The next date and its tutor: "s/a/2026-09-14 B"."""
    found = who_is_next(series, slot_id, now=now, **more)
    if found is None:
        return None
    occurrence, decision = found
    return f"{occurrence.identity} {decision.tutor_id or '-'}"


def two_slots(**more: Any) -> Series:
    return a_series(a_slot("a"), a_slot("b", days="TU"), assignments=[by("x"), by("y")], **more)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-01T00:00Z", "s/a/2026-09-07 X"),
        ("2026-09-07T15:59Z", "s/a/2026-09-07 X"),
        # What starts right now is next.
        ("2026-09-07T16:00Z", "s/a/2026-09-07 X"),
        ("2026-09-07T16:01Z", "s/b/2026-09-08 X"),
        ("2026-09-10T00:00Z", "s/a/2026-09-14 Y"),
    ],
)
def test_the_next_date_of_any_slot_is_the_first_that_starts_from_now_on(now: str, expected: str) -> None:
    assert next_of(two_slots(), now=now) == expected


def test_the_next_date_of_one_slot_is_that_of_no_other() -> None:
    series = a_series(
        a_slot("a"),
        a_slot("b", days="TU"),
        assignments=[by("x", slot_id="a"), by("y"), by("z", slot_id="b")],
        cancellations=[Cancellation.day("trip", "a", "2026-09-14"), Cancellation.day("all", None, "2026-09-15")],
    )

    assert next_of(series, "a") == "s/a/2026-09-21 X"
    assert next_of(series, "b") == "s/b/2026-09-22 Y"


def test_a_date_that_is_called_off_is_not_next() -> None:
    off = [Cancellation.week("trip", None, "2026-09-14")]
    shut = resolve_config(Config(closures=[Closure("shut", "2026-09-21", "2026-09-22")]))

    assert next_of(two_slots(cancellations=off)) == "s/a/2026-09-21 X"
    assert next_of(two_slots(cancellations=off), config=shut) == "s/a/2026-09-28 Y"


def test_the_decision_and_the_occurrence_are_those_of_the_calendar() -> None:
    found = who_is_next(two_slots(), now="2026-09-10T00:00Z")

    assert found is not None
    occurrence, decision = found
    assert (occurrence.index, occurrence.starts_at.isoformat()) == (1, "2026-09-14T16:00:00+00:00")
    assert decision == Decision("Y", "y", "round_robin", "Y's turn in the rotation X, Y")


def test_profiles_and_rules_decide_who_teaches() -> None:
    config = resolve_config(Config(absence_turn="next"))

    assert next_of(two_slots(), tutors=[Tutor("X")]) == "s/a/2026-09-14 -"
    assert next_of(two_slots(), tutors=[Tutor("X")], config=config) == "s/a/2026-09-14 X"


@pytest.mark.parametrize(
    ("starts_on", "expected"),
    [
        ("2026-10-05", "s/a/2026-10-05 X"),
        ("2026-10-12", "s/a/2026-10-12 X"),
        ("2027-08-02", "s/a/2027-08-02 X"),
        ("2029-01-01", "s/a/2029-01-01 X"),
        ("2036-08-25", "s/a/2036-08-25 X"),
        ("2036-09-01", None),
    ],
)
def test_a_date_is_looked_for_for_ten_years(starts_on: str, expected: str | None) -> None:
    series = a_series(a_slot("a"), starts_on=starts_on, assignments=[by("x")])

    assert next_of(series) == expected


@pytest.mark.parametrize(
    ("slot", "more"),
    [(a_slot(ends_on="2026-09-09"), {}), (a_slot(active=False), {}), (a_slot(), {"ends_on": "2026-09-13"})],
    ids=["over", "inactive", "of a series that is over"],
)
def test_a_slot_that_has_no_more_dates_has_no_next(slot: Slot, more: dict[str, Any]) -> None:
    assert next_of(a_series(slot, **more)) is None
    assert next_of(a_series(slot, **more), "a") is None


def test_a_slot_that_the_series_has_not_is_refused() -> None:
    with pytest.raises(UnknownNameError) as error:
        who_is_next(two_slots(), "c", now="2026-09-10T00:00Z")

    assert str(error.value) == "no slot of s 'c'; there is a, b"


def test_now_has_to_be_an_instant() -> None:
    with pytest.raises(InvalidValueError) as error:
        who_is_next(two_slots(), now="2026-09-10T00:00")

    assert str(error.value).startswith("who_is_next: now must say its timezone, got ")
