"""Windows: two instants, some weeks, or the days of a zone's calendar, or of each series' own."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from recurly_sessions import Window
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.values.window import Days
from tests.values.examples import refused

YEARS = "must lie in the years 1900 to 9899"
NAIVE = "must say its timezone, got {}; a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo"


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (
            "2026-09-07T00:00Z",
            "2026-09-06T23:59Z",
            "Window.end must not be before start (2026-09-07T00:00:00+00:00), got '2026-09-06T23:59:00+00:00'",
        ),
        (
            datetime(2026, 9, 7),  # noqa: DTZ001 - naive on purpose
            "2026-09-07T00:00Z",
            "Window.start " + NAIVE.format("datetime.datetime(2026, 9, 7, 0, 0)"),
        ),
        (
            date(2026, 9, 7),
            "2026-09-07T00:00Z",
            "Window.start must be an instant (an aware datetime), got datetime.date(2026, 9, 7)",
        ),
        ("now", "later", "Window.start must be an instant like 2026-09-07T16:00:00Z, got 'now'"),
        ("2026-09-07T00:00Z", None, "Window.end must be an instant (an aware datetime), got None"),
        ("1899-12-30T23:59Z", "2026-09-07T00:00Z", f"Window.start {YEARS}, got '1899-12-30T23:59Z'"),
        ("2026-09-07T00:00Z", "9900-01-02T00:00Z", f"Window.end {YEARS}, got '9900-01-02T00:00Z'"),
        (
            "0001-01-01T00:00+23:59",
            "2026-09-07T00:00Z",
            "Window.start must lie within the years 1 to 9999, got '0001-01-01T00:00+23:59'",
        ),
    ],
)
def test_a_window_refuses_what_it_can_not_be(start: object, end: object, message: str) -> None:
    assert refused(lambda: Window(start, end)) == message  # type: ignore[arg-type]


def test_a_window_may_be_empty_and_may_be_very_long() -> None:
    empty = Window("2026-09-07T00:00Z", "2026-09-07T00:00Z")
    longest = Window("1900-01-01T00:00Z", "9899-12-31T23:59Z")

    assert (empty.start, longest.end) == (empty.end, datetime(9899, 12, 31, 23, 59, tzinfo=UTC))


def test_the_edges_of_a_window_are_kept_in_utc() -> None:
    start = datetime(2026, 9, 7, 18, tzinfo=timezone(timedelta(hours=2)))

    window = Window(start, start + timedelta(hours=1))

    assert window.start == start
    assert window.start.tzinfo is UTC


def test_some_weeks_are_so_many_times_168_hours() -> None:
    assert Window.weeks(4, start="2026-10-19T00:00+02:00") == Window("2026-10-18T22:00Z", "2026-11-15T22:00Z")
    assert Window.weeks(0, start="2026-10-19T00:00Z") == Window("2026-10-19T00:00Z", "2026-10-19T00:00Z")


@pytest.mark.parametrize("weeks", [-1, 10_001, True, "4", 4.0, None])
def test_weeks_are_a_whole_number_within_bounds(weeks: object) -> None:
    assert refused(lambda: Window.weeks(weeks, start="2026-09-07T00:00Z")) == (  # type: ignore[arg-type]
        f"Window.weeks must be a whole number from 0 to 10000, got {weeks!r}"
    )


def test_weeks_that_end_after_the_last_year_are_refused() -> None:
    message = refused(lambda: Window.weeks(10_000, start="9800-09-07T00:00Z"))

    assert message == f"Window.end {YEARS}, got datetime.datetime(9992, 5, 3, 0, 0, tzinfo=datetime.timezone.utc)"


@pytest.mark.parametrize(
    ("first", "last", "zone", "window"),
    [
        ("2026-09-07", "2026-09-13", "UTC", ("2026-09-07T00:00Z", "2026-09-14T00:00Z")),
        ("2026-03-29", "2026-03-29", "Europe/Paris", ("2026-03-28T23:00Z", "2026-03-29T22:00Z")),
        ("2026-10-25", "2026-10-25", "Europe/Paris", ("2026-10-24T22:00Z", "2026-10-25T23:00Z")),
        ("2018-11-04", "2018-11-04", "America/Sao_Paulo", ("2018-11-04T03:00Z", "2018-11-05T02:00Z")),
        ("2011-12-30", "2011-12-30", "Pacific/Apia", ("2011-12-30T10:00Z", "2011-12-30T10:00Z")),
        ("1900-01-01", "1900-01-01", "UTC", ("1900-01-01T00:00Z", "1900-01-02T00:00Z")),
        ("9899-12-30", "9899-12-30", "UTC", ("9899-12-30T00:00Z", "9899-12-31T00:00Z")),
    ],
)
def test_the_days_of_a_zone_are_both_included(first: str, last: str, zone: str, window: tuple[str, str]) -> None:
    assert Window.dates(first, last, zone) == Window(*window)
    assert Window.dates(date.fromisoformat(first), date.fromisoformat(last), zone) == Window(*window)


@pytest.mark.parametrize(
    ("first", "last", "zone", "problem"),
    [
        ("1899-12-31", "2026-09-07", "Europe/Paris", f"{YEARS}, got '1899-12-31 to 2026-09-07'"),
        ("2026-09-07", "9999-12-31", "Europe/Paris", f"{YEARS}, got '2026-09-07 to 9999-12-31'"),
        ("0001-01-01", "0001-01-01", "UTC", f"{YEARS}, got '0001-01-01 to 0001-01-01'"),
        ("soon", "2026-09-07", "UTC", "must be a date like 2026-09-07, got 'soon'"),
        (
            datetime(2026, 9, 7, tzinfo=UTC),
            "2026-09-07",
            "UTC",
            "must be a date like 2026-09-07, got datetime.datetime(2026, 9, 7, 0, 0, tzinfo=datetime.timezone.utc)",
        ),
        (
            "2026-09-07",
            "2026-09-07",
            "Europe/Pariss",
            "must be an IANA timezone like Europe/Paris, got 'Europe/Pariss'; did you mean 'Europe/Paris'?",
        ),
    ],
)
def test_days_that_can_not_be_are_refused(first: date | str, last: str, zone: str, problem: str) -> None:
    assert refused(lambda: Window.dates(first, last, zone)) == f"Window.dates {problem}"


@pytest.mark.parametrize("last", ["2026-09-07", "2026-09-06", "2025-01-01"])
def test_a_last_day_before_the_first_is_refused(last: str) -> None:
    with pytest.raises(InvalidValueError):
        Window.dates("2026-09-08", last, "Europe/Paris")


def test_days_are_a_window_in_each_zone() -> None:
    days = Days("2026-03-29", date(2026, 3, 30))

    assert days.window("Europe/Paris") == Window.dates("2026-03-29", "2026-03-30", "Europe/Paris")
    assert days.window("Asia/Tokyo") == Window("2026-03-28T15:00Z", "2026-03-30T15:00Z")
    assert repr(days) == "Days('2026-03-29', '2026-03-30')"


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2026-09-07", "2026-09-06", "Days must not end before the first day (2026-09-07), got '2026-09-06'"),
        ("soon", "2026-09-07", "Days.first must be a date like 2026-09-07, got 'soon'"),
        ("2026-09-07", None, "Days.last must be a date like 2026-09-07, got None"),
        ("1899-12-31", "2026-09-07", f"Days {YEARS}, got '1899-12-31 to 2026-09-07'"),
    ],
)
def test_days_refuse_what_they_can_not_be(first: str, last: str, message: str) -> None:
    assert refused(lambda: Days(first, last)) == message
