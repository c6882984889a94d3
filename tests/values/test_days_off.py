"""Cancellations and closures."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from recurly_sessions import Cancellation, Closure
from recurly_sessions.errors import InvalidValueError
from tests.values.examples import made, refused

DATE = "must be a date like 2026-09-07"


@pytest.mark.parametrize(
    ("kind", "said", "message"),
    [
        (Cancellation, {"first_day": "soon"}, f"Cancellation.first_day {DATE}, got 'soon'"),
        (
            Cancellation,
            {"last_day": datetime(2026, 9, 7, tzinfo=UTC)},
            f"Cancellation.last_day {DATE}, got datetime.datetime(2026, 9, 7, 0, 0, tzinfo=datetime.timezone.utc)",
        ),
        (Cancellation, {"slot_id": ""}, "Cancellation.slot_id must have 1 to 64 characters, got ''"),
        (Cancellation, {"reason": None}, "Cancellation.reason must be text, got None"),
        (Closure, {"id": "x" * 65}, f"Closure.id must have 1 to 64 characters, got '{'x' * 65}'"),
        (Closure, {"last_day": 5}, f"Closure.last_day {DATE}, got 5"),
        (Closure, {"yearly": "yes"}, "Closure.yearly must be true or false, got 'yes'"),
        (
            Closure,
            {"branch_id": "a/b"},
            """Closure.branch_id must not contain "/", got 'a/b'; a "/" parts the ids in a session's id""",
        ),
        (Closure, {"reason": "\0"}, r"Closure.reason must not contain NUL or half a character, got '\x00'"),
    ],
)
def test_days_off_refuse_what_they_can_not_be(kind: type, said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(kind, **said)) == message


def test_a_day_is_called_off() -> None:
    assert Cancellation.day("trip", "mon", date(2026, 5, 6), reason="a trip") == Cancellation(
        "trip", first_day="2026-05-06", last_day="2026-05-06", slot_id="mon", reason="a trip"
    )


@pytest.mark.parametrize("day", ["2026-05-04", "2026-05-06", date(2026, 5, 10)])
def test_a_week_is_called_off_from_monday_to_sunday(day: date | str) -> None:
    assert Cancellation.week("trip", None, day) == Cancellation("trip", first_day="2026-05-04", last_day="2026-05-10")


def test_a_week_of_a_day_that_is_none_is_refused() -> None:
    message = refused(lambda: Cancellation.week("trip", "mon", "soon"))

    assert message == f"Cancellation.first_day {DATE}, got 'soon'"


def test_a_week_that_ends_after_all_days_is_refused() -> None:
    with pytest.raises(InvalidValueError):
        Cancellation.week("trip", "mon", "9999-12-31")


@pytest.mark.parametrize(
    ("first", "last"), [("2026-01-01", "2026-12-31"), ("2026-12-24", "2027-01-02"), ("2024-02-29", "2024-02-29")]
)
def test_a_yearly_closure_may_last_up_to_a_year(first: str, last: str) -> None:
    closure = Closure("closed", first, last, yearly=True)

    assert (str(closure.first_day), str(closure.last_day)) == (first, last)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-01-01", "2027-01-01"), ("2024-01-01", "2024-12-31"), ("2026-01-01", "2030-01-01")]
)
def test_a_yearly_closure_of_a_whole_year_would_never_end(first: str, last: str) -> None:
    assert refused(lambda: Closure("closed", first, last, yearly=True)) == (
        f"Closure.last_day must be less than a year after first_day in a yearly closure, got '{last}'"
    )
    assert str(Closure("closed", first, last).last_day) == last
