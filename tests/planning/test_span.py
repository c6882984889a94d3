"""How far sessions are made: so many weeks by the wall clock, or a window; and nothing before now."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from recurly_sessions import Cancellation, School, Series, Slot, Window
from recurly_sessions.testing.strategies import TELLING_ZONES
from recurly_sessions.time.zones import zone_named
from recurly_sessions.values.window import Days
from tests.planning.helpers import PARIS, a_series, a_slot
from tests.planning.plans import DAY, FOUR, HOUR, NOW, ids, later, made, planned, rules, step, steps, utc, window


def weekly(start: str, timezone: str = PARIS, *, days: str | int = "SU", weeks: int = 4) -> Series:
    """A slot on one weekday, an hour long, for years."""
    slot = Slot("w", days=days, start=start, duration=60)
    return Series("s", timezone=timezone, starts_on="2000-01-03", slots=[slot], config=rules(weeks_ahead=weeks))


def dates(series: Series, now: str) -> list[str]:
    return [f"{session.occurs_on:%m-%d}" for session in made(series, now=utc(now))]


@st.composite
def near_clock_changes(draw: DrawFn) -> tuple[str, datetime]:
    """A zone, and a moment up to five weeks before or after its clocks change, and often within hours."""
    name = draw(st.sampled_from(TELLING_ZONES))
    year = draw(st.integers(2006, 2030))
    changes = zone_named(name).transitions(year, year)
    change = draw(st.sampled_from([each.at for each in changes])) if changes else datetime(year, 5, 1, tzinfo=UTC)
    minutes = draw(st.integers(-35 * 1440, 35 * 1440) | st.integers(-180, 180))
    return name, change + timedelta(minutes=minutes)


@given(
    near_clock_changes(), st.integers(1, 6), st.integers(1, 7), st.integers(0, 95) | st.integers(0, 16) | st.just(92)
)
def test_a_weekly_slot_has_exactly_as_many_sessions_as_weeks_ahead(
    place: tuple[str, datetime], weeks: int, weekday: int, quarter: int
) -> None:
    zone, now = place
    series = weekly(f"{quarter // 4:02}:{quarter % 4 * 15:02}", zone, days=weekday, weeks=weeks)

    sessions = made(series, now=now)

    assert len(sessions) == weeks
    assert all(session.starts_at >= now for session in sessions)


@pytest.mark.parametrize(
    ("start", "now", "expected"),
    [
        ("18:00", "2026-06-07 15:59", ["06-07", "06-14", "06-21", "06-28"]),
        ("18:00", "2026-06-07 16:00", ["06-07", "06-14", "06-21", "06-28"]),
        ("18:00", "2026-06-07 16:01", ["06-14", "06-21", "06-28", "07-05"]),
        # Clocks go forward on March 29th: 28 days of 24 hours would reach a fifth lesson.
        ("18:00", "2026-03-15 17:00", ["03-15", "03-22", "03-29", "04-05"]),
        # They go back on October 25th: 28 days of 24 hours would not reach the fourth.
        ("17:30", "2026-10-11 15:59", ["10-18", "10-25", "11-01", "11-08"]),
        # 03:10, and 02:30 did not come.
        ("02:30", "2026-03-29 01:10", ["04-05", "04-12", "04-19", "04-26"]),
        ("03:15", "2026-03-29 01:10", ["03-29", "04-05", "04-12", "04-19"]),
        # The first 02:30, ten minutes after it, then the second 02:10 and the second 02:30.
        ("02:30", "2026-10-25 00:30", ["10-25", "11-01", "11-08", "11-15"]),
        ("02:30", "2026-10-25 00:40", ["11-01", "11-08", "11-15", "11-22"]),
        ("02:30", "2026-10-25 01:10", ["11-01", "11-08", "11-15", "11-22"]),
        ("02:30", "2026-10-25 01:30", ["11-01", "11-08", "11-15", "11-22"]),
    ],
)
def test_the_weeks_ahead_are_counted_on_the_clock_of_the_series(start: str, now: str, expected: list[str]) -> None:
    assert dates(weekly(start), now) == expected


def test_each_series_counts_the_weeks_on_its_own_clock() -> None:
    tokyo = Series("tokyo", timezone="Asia/Tokyo", starts_on="2026-01-01", slots=[a_slot("t", days="TU")])
    paris = Series("paris", timezone=PARIS, starts_on="2026-01-01", slots=[a_slot("p", days="TU")])

    sessions = made([tokyo, paris], now=utc("2026-09-01 10:00"))

    assert ids(sessions) == [
        *[f"paris/p/2026-09-{day:02}" for day in (1, 8, 15, 22)],
        *[f"tokyo/t/2026-09-{day:02}" for day in (8, 15, 22, 29)],
    ]


def test_a_window_makes_what_starts_in_it_and_not_what_starts_when_it_ends() -> None:
    sessions = made(window=window("2026-09-07 16:00", "2026-09-28 16:00"))

    assert ids(sessions) == list(FOUR[:3])


@pytest.mark.parametrize("start", ["2026-08-01 00:00", "2026-09-14 16:00"])
def test_nothing_that_starts_before_now_is_made_whatever_the_window_says(start: str) -> None:
    given_window = window(start, "2026-09-22 00:00")

    assert ids(made(window=given_window, now=utc("2026-09-14 16:00"))) == list(FOUR[1:3])
    assert ids(made(window=given_window, now=utc("2026-09-14 16:00") + timedelta(seconds=1))) == list(FOUR[2:3])


def test_days_are_those_of_each_series_where_it_takes_place() -> None:
    zones = ("Pacific/Kiritimati", "America/Los_Angeles", PARIS)
    at_both_ends = [a_slot("early", start="00:00", end="00:30"), a_slot("late", start="23:30", end="24:00")]
    every = [attrs.evolve(a_series(*at_both_ends), id=f"s{number}", timezone=zone) for number, zone in enumerate(zones)]

    sessions = made(every, window=Days("2026-09-14", "2026-09-21"), now=utc("2026-09-01 10:00"))

    assert sorted(ids(sessions)) == [
        f"s{number}/{slot}/2026-09-{day}" for number in range(3) for slot in ("early", "late") for day in (14, 21)
    ]
    for series in every:
        own = made(series, window=Window.dates("2026-09-14", "2026-09-21", series.timezone or ""))
        assert [each for each in sessions if each.series_id == series.id] == list(own)


def test_a_window_that_is_over_or_empty_makes_nothing() -> None:
    assert made(window=window("2026-07-01 00:00", "2026-08-01 00:00")) == ()
    assert made(window=window("2026-09-07 16:00", "2026-09-07 16:00")) == ()


def test_a_session_that_starts_now_is_made_but_not_touched_any_more() -> None:
    start = utc("2026-09-07 16:00")
    session = made(now=start)[0]
    gone = a_series(a_slot(active=False))

    assert session.id == FOUR[0]
    assert steps(planned(gone, session, now=start)) == []
    assert steps(planned(gone, session, now=start - timedelta(seconds=1))) == [
        ("CANCEL", "slot-inactive", FOUR[0], "cancellation_reason", "cause_id", "status")
    ]


def test_stored_sessions_far_beyond_the_window_are_updated_and_cancelled() -> None:
    far = made(window=Window.dates("2028-01-03", "2028-01-10", PARIS))
    series = a_series(
        a_slot().changed_from("2027-01-01", start="19:00"),
        cancellations=[Cancellation.day("trip", "a", "2028-01-10")],
    )

    plan = planned(series, *far, window=window("2026-09-07 00:00", "2026-09-08 00:00"))

    assert steps(plan) == [
        ("CREATE", "due", "s/a/2026-09-07"),
        ("UPDATE", "moved", "s/a/2028-01-03", "ends_at", "starts_at"),
        ("CANCEL", "called-off", "s/a/2028-01-10", "cancellation_reason", "cause_id", "status"),
    ]
    assert plan.updates[0].after == later(far[0], HOUR, version=2)


def test_stored_sessions_between_now_and_the_window_are_updated_too() -> None:
    early = made(window=Window.dates("2026-09-07", "2026-09-07", PARIS))

    plan = planned(a_series(a_slot(start="17:00")), *early, window=Window.dates("2026-10-05", "2026-10-05", PARIS))

    assert [step(change)[:3] for change in plan.changes] == [
        ("UPDATE", "moved", "s/a/2026-09-07"),
        ("CREATE", "due", "s/a/2026-10-05"),
    ]


def test_the_layers_of_the_config_say_how_many_weeks() -> None:
    north = a_series(a_slot(), branch_id="north")
    own = Series("own", timezone=PARIS, starts_on="2026-09-07", slots=[a_slot()], config=rules(weeks_ahead=1))
    school = School([north, own], base=rules(weeks_ahead=8), branches={"north": rules(weeks_ahead=2)})

    assert ids(made(school, now=NOW + 6 * DAY)) == ["own/a/2026-09-07", "s/a/2026-09-07", "s/a/2026-09-14"]


def test_a_series_that_starts_within_the_weeks_has_only_the_dates_from_its_first_day_to_its_last() -> None:
    series = a_series(a_slot(), starts_on="2026-09-14", ends_on="2026-09-21")

    assert ids(made(series)) == list(FOUR[1:3])
