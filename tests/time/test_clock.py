"""Times on the clock to instants: gaps, overlaps, skipped days, and whole columns at once."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recurly_sessions.time.clock import DAY, DaysOnClock, Shift, on_clock, resolve, since_midnight
from recurly_sessions.time.zones import zone_named, zone_names

MINUTE = timedelta(minutes=1)


def at(wall: str, zone: str, *, on_overlap: str = "earlier") -> str:
    """The instant at which a zone's clock shows a wall, both as text."""
    shown = datetime.fromisoformat(wall)
    instant = resolve(zone_named(zone), shown.date(), since_midnight(shown.time()), on_overlap=on_overlap)
    assert instant.tzinfo is UTC
    return instant.isoformat(timespec="minutes").removesuffix("+00:00")


def days_on_clock(zone: str, days: list[date], *, on_overlap: str = "earlier") -> DaysOnClock:
    """Days on the clock of a zone."""
    return on_clock(zone_named(zone), tuple(day.toordinal() for day in days), on_overlap)


GAPS = [
    # The last minute before the gap, its first, its last, and the first after it.
    ("Europe/Paris", "2026-03-29T01:59", "2026-03-29T00:59"),
    ("Europe/Paris", "2026-03-29T02:00", "2026-03-29T01:00"),
    ("Europe/Paris", "2026-03-29T02:59", "2026-03-29T01:59"),
    ("Europe/Paris", "2026-03-29T03:00", "2026-03-29T01:00"),
    # Half an hour.
    ("Australia/Lord_Howe", "2023-10-01T01:59", "2023-09-30T15:29"),
    ("Australia/Lord_Howe", "2023-10-01T02:00", "2023-09-30T15:30"),
    ("Australia/Lord_Howe", "2023-10-01T02:29", "2023-09-30T15:59"),
    ("Australia/Lord_Howe", "2023-10-01T02:30", "2023-09-30T15:30"),
    # Two hours.
    ("Antarctica/Troll", "2023-03-26T00:59", "2023-03-26T00:59"),
    ("Antarctica/Troll", "2023-03-26T01:00", "2023-03-26T01:00"),
    ("Antarctica/Troll", "2023-03-26T02:59", "2023-03-26T02:59"),
    ("Antarctica/Troll", "2023-03-26T03:00", "2023-03-26T01:00"),
    # The end of Ramadan.
    ("Africa/Casablanca", "2023-04-23T01:59", "2023-04-23T01:59"),
    ("Africa/Casablanca", "2023-04-23T02:00", "2023-04-23T02:00"),
    ("Africa/Casablanca", "2023-04-23T02:59", "2023-04-23T02:59"),
    ("Africa/Casablanca", "2023-04-23T03:00", "2023-04-23T02:00"),
    # Days without a midnight.
    ("America/Sao_Paulo", "2018-11-03T23:59", "2018-11-04T02:59"),
    ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00"),
    ("America/Sao_Paulo", "2018-11-04T00:59", "2018-11-04T03:59"),
    ("America/Sao_Paulo", "2018-11-04T01:00", "2018-11-04T03:00"),
    ("Asia/Beirut", "2022-03-27T00:00", "2022-03-26T22:00"),
    ("Asia/Beirut", "2022-03-27T00:59", "2022-03-26T22:59"),
    ("Asia/Beirut", "2022-03-27T01:00", "2022-03-26T22:00"),
    ("Africa/Cairo", "2023-04-28T00:00", "2023-04-27T22:00"),
    ("Africa/Cairo", "2023-04-28T00:59", "2023-04-27T22:59"),
    ("Africa/Cairo", "2023-04-28T01:00", "2023-04-27T22:00"),
    # A day that a zone skipped: a gap of 24 hours.
    ("Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59"),
    ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
    ("Pacific/Apia", "2011-12-30T18:00", "2011-12-31T04:00"),
    ("Pacific/Apia", "2011-12-30T23:59", "2011-12-31T09:59"),
    ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
    ("Pacific/Kwajalein", "1993-08-21T18:00", "1993-08-22T06:00"),
    # Not only daylight saving time: a zone changes its mind.
    ("Asia/Pyongyang", "2018-05-04T23:30", "2018-05-04T15:00"),
    ("Asia/Pyongyang", "2018-05-04T23:59", "2018-05-04T15:29"),
    ("Asia/Pyongyang", "2018-05-05T00:00", "2018-05-04T15:00"),
]

OVERLAPS = [
    # The last minute before the overlap, its first, its last, and the first after it; the earlier and the later instant
    ("Europe/Paris", "2026-10-25T01:59", "2026-10-24T23:59", "2026-10-24T23:59"),
    ("Europe/Paris", "2026-10-25T02:00", "2026-10-25T00:00", "2026-10-25T01:00"),
    ("Europe/Paris", "2026-10-25T02:59", "2026-10-25T00:59", "2026-10-25T01:59"),
    ("Europe/Paris", "2026-10-25T03:00", "2026-10-25T02:00", "2026-10-25T02:00"),
    ("Australia/Lord_Howe", "2023-04-02T01:29", "2023-04-01T14:29", "2023-04-01T14:29"),
    ("Australia/Lord_Howe", "2023-04-02T01:30", "2023-04-01T14:30", "2023-04-01T15:00"),
    ("Australia/Lord_Howe", "2023-04-02T01:59", "2023-04-01T14:59", "2023-04-01T15:29"),
    ("Australia/Lord_Howe", "2023-04-02T02:00", "2023-04-01T15:30", "2023-04-01T15:30"),
    ("Antarctica/Troll", "2023-10-29T01:00", "2023-10-28T23:00", "2023-10-29T01:00"),
    ("Antarctica/Troll", "2023-10-29T02:59", "2023-10-29T00:59", "2023-10-29T02:59"),
    ("Antarctica/Troll", "2023-10-29T03:00", "2023-10-29T03:00", "2023-10-29T03:00"),
    ("Africa/Casablanca", "2023-03-19T02:00", "2023-03-19T01:00", "2023-03-19T02:00"),
    ("Africa/Casablanca", "2023-03-19T02:59", "2023-03-19T01:59", "2023-03-19T02:59"),
    ("Africa/Casablanca", "2023-03-19T03:00", "2023-03-19T03:00", "2023-03-19T03:00"),
    # Over midnight: the end of a day is there twice.
    ("America/Sao_Paulo", "2018-02-17T22:59", "2018-02-18T00:59", "2018-02-18T00:59"),
    ("America/Sao_Paulo", "2018-02-17T23:00", "2018-02-18T01:00", "2018-02-18T02:00"),
    ("America/Sao_Paulo", "2018-02-17T23:59", "2018-02-18T01:59", "2018-02-18T02:59"),
    ("America/Sao_Paulo", "2018-02-18T00:00", "2018-02-18T03:00", "2018-02-18T03:00"),
    # A day that was there twice.
    ("Pacific/Kwajalein", "1969-09-30T12:00", "1969-09-30T01:00", "1969-10-01T00:00"),
]


@pytest.mark.parametrize(("zone", "wall", "instant"), GAPS)
@pytest.mark.parametrize("on_overlap", ["earlier", "later"])
def test_a_time_that_does_not_exist_moves_forward_by_the_gap(
    zone: str, wall: str, instant: str, on_overlap: str
) -> None:
    assert at(wall, zone, on_overlap=on_overlap) == instant


@pytest.mark.parametrize(("zone", "wall", "earlier", "later"), OVERLAPS)
def test_a_time_that_exists_twice_is_the_instant_that_is_asked_for(
    zone: str, wall: str, earlier: str, later: str
) -> None:
    assert at(wall, zone) == earlier
    assert at(wall, zone, on_overlap="later") == later


@pytest.mark.parametrize(
    ("clock_time", "shifts"),
    [
        (time(1, 59), {}),
        (time(2, 0), {1: "gap", 3: "overlap"}),
        (time(2, 59), {1: "gap", 3: "overlap"}),
        (time(3, 0), {}),
    ],
)
def test_shifts_tell_the_days_without_the_time_and_with_two_of_it(clock_time: time, shifts: dict[int, Shift]) -> None:
    days = [date(2026, 3, 22), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25), date(2026, 11, 1)]

    assert days_on_clock("Europe/Paris", days).shifts(since_midnight(clock_time)) == shifts


def test_a_time_of_day_is_the_time_since_midnight() -> None:
    assert since_midnight(time(18, 45)) == timedelta(hours=18, minutes=45)


@pytest.mark.parametrize("step", [1, 7, 14])
def test_evenly_spaced_days_come_out_like_any_others(step: int) -> None:
    paris, days = zone_named("Europe/Paris"), range(date(2026, 3, 1).toordinal(), date(2026, 12, 1).toordinal(), step)
    evenly, one_by_one = on_clock(paris, days), on_clock(paris, tuple(days))

    assert evenly.instants(timedelta(hours=2.5)) == one_by_one.instants(timedelta(hours=2.5))
    assert evenly.shifts(timedelta(hours=2.5)) == one_by_one.shifts(timedelta(hours=2.5))
    assert evenly.dates == one_by_one.dates == [date.fromordinal(day) for day in days]


def test_no_days_have_no_instants() -> None:
    nothing = days_on_clock("Europe/Paris", [])

    assert (nothing.dates, nothing.instants(timedelta(hours=2)), nothing.shifts(timedelta(hours=2))) == ([], [], {})


def test_several_times_of_a_day_come_one_after_the_other_each_on_all_days() -> None:
    days = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)]
    paris = days_on_clock("Europe/Paris", days)
    times = [timedelta(hours=2), timedelta(hours=18), timedelta(hours=1)]

    assert [each.isoformat() for each in paris.instants(*times)] == [
        "2026-03-28T01:00:00+00:00",
        "2026-03-29T01:00:00+00:00",
        "2026-10-25T00:00:00+00:00",
        "2026-03-28T17:00:00+00:00",
        "2026-03-29T16:00:00+00:00",
        "2026-10-25T17:00:00+00:00",
        "2026-03-28T00:00:00+00:00",
        "2026-03-29T00:00:00+00:00",
        "2026-10-24T23:00:00+00:00",
    ]
    assert paris.shifts(*times) == {1: "gap", 2: "overlap"}


@pytest.mark.parametrize(
    ("days", "has_shifts"),
    [
        ([date(2026, 3, 28), date(2026, 3, 30)], False),
        ([date(2026, 3, 28), date(2026, 3, 29)], True),
        ([date(2026, 10, 25)], True),
    ],
)
def test_days_know_whether_the_clock_changes_on_one_of_them(days: list[date], has_shifts: bool) -> None:
    assert days_on_clock("Europe/Paris", days).has_shifts == has_shifts


def test_times_of_a_day_that_was_skipped_are_all_in_a_gap() -> None:
    days = [date(2011, 12, 29) + place * DAY for place in range(3)]
    apia = days_on_clock("Pacific/Apia", days)

    found = [apia.shifts(since_midnight(clock)) for clock in (time(0), time(12), time(23, 59))]

    assert found == [{1: "gap"}] * 3


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize(
    "days",
    [[date(1, 1, 2)], [date(9999, 12, 30)], [date(1, 1, 2), date(1, 2, 1)], [date(9999, 12, 1), date(9999, 12, 30)]],
    ids=["the first", "the last", "from the first", "to the last"],
)
def test_days_may_lie_at_the_ends_of_the_calendar(zone: str, days: list[date]) -> None:
    """Some times of the outermost days are instants that no datetime can hold, so those beside them are tried."""
    noon = timedelta(hours=12)

    instants = days_on_clock(zone, days).instants(noon)

    assert instants == [one_by_one(datetime.combine(day, time(12)), zone, "earlier")[0] for day in days]


@cache
def info(zone: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *zone.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


def one_by_one(wall: datetime, zone: str, on_overlap: str) -> tuple[datetime, Shift | None]:
    """What PEP 495 says of a wall: `fold=0` is the earlier instant, and in a gap the one that moves forward."""
    first, second = (wall.replace(tzinfo=info(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first, None
    if first > second:
        return first, "gap"
    return (second if on_overlap == "later" else first), "overlap"


@given(
    zone=st.sampled_from(sorted(zone_names())),
    first=st.dates(date(1900, 1, 1), date(2150, 1, 1)),
    steps=st.lists(st.integers(1, 30), min_size=1, max_size=60),
    minutes=st.integers(0, 24 * 60 - 1),
    on_overlap=st.sampled_from(["earlier", "later"]),
)
@example(zone="Pacific/Apia", first=date(2011, 12, 28), steps=[1] * 5, minutes=0, on_overlap="earlier")
@example(zone="Africa/Casablanca", first=date(2023, 3, 17), steps=[1] * 40, minutes=150, on_overlap="later")
@example(zone="Antarctica/Troll", first=date(2023, 10, 27), steps=[1] * 4, minutes=179, on_overlap="later")
def test_whole_columns_are_what_resolving_each_day_by_itself_gives(
    *, zone: str, first: date, steps: list[int], minutes: int, on_overlap: str
) -> None:
    days = [first]
    for step in steps:
        days.append(days[-1] + timedelta(days=step))
    clock_time = minutes * MINUTE
    prepared = days_on_clock(zone, days, on_overlap=on_overlap)

    instants, shifts = prepared.instants(clock_time), prepared.shifts(clock_time)

    walls = [datetime.combine(day, time()) + clock_time for day in days]
    expected = [one_by_one(wall, zone, on_overlap) for wall in walls]
    assert instants == [instant for instant, _ in expected]
    assert shifts == {place: shift for place, (_, shift) in enumerate(expected) if shift}


@given(
    zone=st.sampled_from(sorted(zone_names())),
    year=st.integers(1900, 2100),
    pick=st.integers(0, 1000),
    minutes=st.integers(-200, 200),
    on_overlap=st.sampled_from(["earlier", "later"]),
)
def test_the_minutes_around_a_transition_are_what_zoneinfo_says(
    *, zone: str, year: int, pick: int, minutes: int, on_overlap: str
) -> None:
    transitions = zone_named(zone).transitions(year, year + 20)
    if not transitions:
        return
    change = transitions[pick % len(transitions)]
    wall = (change.at + (change.before if pick % 2 else change.after)).replace(second=0, tzinfo=None) + minutes * MINUTE

    instant = resolve(zone_named(zone), wall.date(), since_midnight(wall.time()), on_overlap=on_overlap)

    assert instant == one_by_one(wall, zone, on_overlap)[0]
