"""Whether a tutor is free, on the tutor's own clock, and why or why not."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from recurly_sessions import Availability, is_available
from recurly_sessions.availability import Answer
from recurly_sessions.errors import InvalidValueError
from tests.reference.availability import is_free

PARIS = "Europe/Paris"


def weekly(id: str, weekday: str, start: str, end: str, **more: Any) -> Availability:
    return Availability(id, weekday=weekday, start=start, end=end, **more)


def once(id: str, day: str, start: str, end: str, mode: str = "add", **more: Any) -> Availability:
    return Availability(id, date=day, start=start, end=end, mode=mode, **more)


def ask(entries: list[Availability], start: str, end: str, timezone: str = PARIS) -> str:
    """The answer in words, for an hour given in UTC; and that the truth of the answer is what it says."""
    answer = is_available(
        entries, datetime.fromisoformat(f"{start}+00:00"), datetime.fromisoformat(f"{end}+00:00"), timezone
    )
    assert bool(answer) == answer.free == answer.why.startswith("free: ")
    return answer.why


MONDAYS = weekly("mondays", "MO", "09:00", "17:00")  # in summer 7:00 to 15:00 in UTC; May 4th, 2026 is one


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-05-04T07:00", "2026-05-04T15:00", "free: within mondays"),
        ("2026-05-04T10:00", "2026-05-04T10:01", "free: within mondays"),
        ("2026-05-04T06:59", "2026-05-04T08:00", "not free on Monday 2026-05-04 from 08:59: outside their hours"),
        ("2026-05-04T14:00", "2026-05-04T15:01", "not free on Monday 2026-05-04 from 17:00: outside their hours"),
        ("2026-05-04T15:00", "2026-05-04T16:00", "not free on Monday 2026-05-04 from 17:00: outside their hours"),
        ("2026-05-05T10:00", "2026-05-05T11:00", "not free on Tuesday 2026-05-05 from 12:00: outside their hours"),
        ("2026-05-10T10:00", "2026-05-10T11:00", "not free on Sunday 2026-05-10 from 12:00: outside their hours"),
        ("2026-01-05T08:00", "2026-01-05T16:00", "free: within mondays"),
        ("2026-01-05T07:59", "2026-01-05T16:00", "not free on Monday 2026-01-05 from 08:59: outside their hours"),
    ],
)
def test_the_whole_of_a_time_has_to_lie_within_the_hours(start: str, end: str, why: str) -> None:
    assert ask([MONDAYS], start, end) == why


def test_hours_that_are_not_tracked_are_always_free() -> None:
    answer = is_available(None, datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC), PARIS)

    assert answer == Answer(free=True, why="free: hours are not tracked")


@pytest.mark.parametrize(
    "entries", [[], [weekly("off", "MO", "09:00", "17:00", active=False)]], ids=["none", "inactive"]
)
def test_no_hours_are_never_free(entries: list[Availability]) -> None:
    assert ask(entries, "2026-05-04T10:00", "2026-05-04T11:00") == (
        "not free on Monday 2026-05-04 from 12:00: no hours at all"
    )


@pytest.mark.parametrize(
    ("entries", "start", "end", "why"),
    [
        # Added hours count beside the weekly ones.
        ([once("extra", "2026-05-04", "17:00", "19:00")], "14:00", "17:00", "free: within mondays, extra"),
        ([once("extra", "2026-05-05", "17:00", "19:00")], "14:00", "17:00", "from 17:00: outside their hours"),
        ([once("extra", "2026-05-04", "17:01", "19:00")], "14:00", "17:00", "from 17:00: outside their hours"),
        ([once("extra", "2026-05-04", "11:00", "12:00")], "07:00", "15:00", "free: within mondays"),
        # Replacing hours stand instead of the weekly ones.
        ([once("short", "2026-05-04", "10:00", "12:00", "replace")], "08:00", "10:00", "free: within short"),
        (
            [once("short", "2026-05-04", "10:00", "12:00", "replace")],
            "07:59",
            "10:00",
            "from 09:59: 'short' replaces that day's hours",
        ),
        (
            [once("short", "2026-05-04", "10:00", "12:00", "replace")],
            "08:00",
            "10:01",
            "from 12:00: 'short' replaces that day's hours",
        ),
        (
            [
                once("short", "2026-05-04", "10:00", "12:00", "replace"),
                once("later", "2026-05-04", "12:00", "13:00", "replace"),
                once("extra", "2026-05-04", "13:00", "14:00"),
            ],
            "08:00",
            "12:00",
            "free: within short, later, extra",
        ),
        ([once("short", "2026-05-05", "10:00", "12:00", "replace")], "07:00", "15:00", "free: within mondays"),
        # Blocked hours are taken out of whatever there is.
        ([once("dentist", "2026-05-04", "09:00", "11:00", "block")], "09:00", "15:00", "free: within mondays"),
        (
            [once("dentist", "2026-05-04", "09:00", "11:00", "block")],
            "08:59",
            "15:00",
            "from 10:59: blocked by 'dentist'",
        ),
        (
            [once("dentist", "2026-05-04", "12:00", "13:00", "block")],
            "09:00",
            "12:00",
            "from 12:00: blocked by 'dentist'",
        ),
        ([once("dentist", "2026-05-04", "12:00", "13:00", "block")], "09:00", "10:00", "free: within mondays"),
        ([once("dentist", "2026-05-04", "12:00", "13:00", "block")], "11:00", "15:00", "free: within mondays"),
        ([once("dentist", "2026-05-04", "15:00", "19:00", "block")], "07:00", "13:00", "free: within mondays"),
        (
            [
                once("extra", "2026-05-04", "12:00", "13:00"),
                once("short", "2026-05-04", "12:00", "13:00", "replace"),
                once("dentist", "2026-05-04", "12:00", "13:00", "block"),
            ],
            "10:30",
            "11:00",
            "from 12:30: blocked by 'dentist'",
        ),
        (
            [once("dentist", "2026-05-04", "12:00", "13:00", "block", active=False)],
            "09:00",
            "12:00",
            "free: within mondays",
        ),
        # What blocks one hour is no reason for another.
        (
            [once("dentist", "2026-05-04", "16:00", "17:00", "block")],
            "15:00",
            "15:30",
            "from 17:00: outside their hours",
        ),
        (
            [once("dentist", "2026-05-04", "12:00", "13:00", "block")],
            "14:00",
            "15:30",
            "from 17:00: outside their hours",
        ),
    ],
)
def test_a_one_time_entry_decides_the_time_that_it_speaks_of(
    entries: list[Availability], start: str, end: str, why: str
) -> None:
    expected = why if why.startswith("free") else f"not free on Monday 2026-05-04 {why}"

    assert ask([MONDAYS, *entries], f"2026-05-04T{start}", f"2026-05-04T{end}") == expected
    assert ask([*reversed(entries), MONDAYS], f"2026-05-04T{start}", f"2026-05-04T{end}").startswith(expected[:20])


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (
            [weekly("a", "MO", "20:00", "24:00"), weekly("b", "TU", "00:00", "02:00")],
            "free: within a, b",
        ),
        (
            [weekly("a", "MO", "20:00", "00:00"), once("b", "2026-05-05", "00:00", "02:00")],
            "free: within a, b",
        ),
        ([weekly("a", "MO", "20:00", "24:00")], "not free on Tuesday 2026-05-05 from 00:00: outside their hours"),
        (
            [weekly("a", "MO", "20:00", "23:59"), weekly("b", "TU", "00:00", "02:00")],
            "not free on Monday 2026-05-04 from 23:59: outside their hours",
        ),
        (
            [weekly("a", "MO", "20:00", "24:00"), weekly("b", "TU", "00:00", "01:59")],
            "not free on Tuesday 2026-05-05 from 01:59: outside their hours",
        ),
        (
            [weekly("a", "MO", "20:00", "24:00"), weekly("b", "TU", "00:01", "02:00")],
            "not free on Tuesday 2026-05-05 from 00:00: outside their hours",
        ),
        (
            [
                weekly("a", "MO", "20:00", "24:00"),
                weekly("b", "TU", "00:00", "02:00"),
                once("sleep", "2026-05-05", "01:00", "24:00", "block"),
            ],
            "not free on Tuesday 2026-05-05 from 01:00: blocked by 'sleep'",
        ),
        (
            [
                weekly("a", "MO", "20:00", "24:00"),
                weekly("b", "TU", "00:00", "02:00"),
                once("off", "2026-05-05", "09:00", "12:00", "replace"),
            ],
            "not free on Tuesday 2026-05-05 from 00:00: 'off' replaces that day's hours",
        ),
    ],
)
def test_a_time_over_midnight_needs_hours_on_both_days(entries: list[Availability], why: str) -> None:
    assert ask(entries, "2026-05-04T19:00", "2026-05-05T00:00") == why


def test_adjoining_entries_cover_a_time_together_and_only_those_that_help_are_named() -> None:
    entries = [
        weekly("0", "MO", "08:00", "09:00"),
        weekly("a", "MO", "09:00", "10:00"),
        weekly("b", "MO", "09:00", "11:00"),
        weekly("c", "MO", "09:30", "10:30"),
        weekly("d", "MO", "11:00", "12:00"),
        weekly("e", "MO", "12:00", "13:00"),
    ]

    assert ask(entries, "2026-05-04T07:00", "2026-05-04T10:00") == "free: within a, b, d"
    assert ask(entries[:4] + entries[5:], "2026-05-04T07:00", "2026-05-04T11:00") == (
        "not free on Monday 2026-05-04 from 11:00: outside their hours"
    )


def test_days_on_end_are_covered_by_hours_that_never_stop() -> None:
    always = [weekly(day, day, "00:00", "24:00") for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")]

    assert ask(always, "2026-03-27T12:00", "2026-03-30T12:00") == "free: within FR, SA, SU, MO"
    assert ask(always[:6], "2026-03-27T12:00", "2026-03-30T12:00") == (
        "not free on Sunday 2026-03-29 from 00:00: outside their hours"
    )


@pytest.mark.parametrize(
    ("entry", "start", "end", "timezone", "why"),
    [
        # The clock goes forward from 2:00 to 3:00, so nobody misses the hour between.
        (("SU", "01:00", "02:00"), "2026-03-29T00:00", "2026-03-29T01:00", PARIS, "free: within hours"),
        (
            ("SU", "01:00", "02:00"),
            "2026-03-29T00:00",
            "2026-03-29T01:01",
            PARIS,
            "not free on Sunday 2026-03-29 from 03:00: outside their hours",
        ),
        (("SU", "03:00", "04:00"), "2026-03-29T01:00", "2026-03-29T02:00", PARIS, "free: within hours"),
        (("SU", "02:00", "03:00"), "2026-03-29T00:59", "2026-03-29T01:00", PARIS, "01:59"),
        # It goes back from 3:00 to 2:00: what the clock shows has to lie within the hours both times.
        (("SU", "02:00", "03:00"), "2026-10-25T00:00", "2026-10-25T02:00", PARIS, "free: within hours"),
        (("SU", "02:30", "03:00"), "2026-10-25T00:30", "2026-10-25T01:00", PARIS, "free: within hours"),
        (("SU", "02:30", "03:00"), "2026-10-25T00:30", "2026-10-25T01:01", PARIS, "02:00"),
        (("SU", "02:00", "02:30"), "2026-10-25T00:00", "2026-10-25T01:00", PARIS, "02:30"),
        # A day without midnight, and one that was skipped.
        (("SU", "01:00", "02:00"), "2018-11-04T03:00", "2018-11-04T04:00", "America/Sao_Paulo", "free: within hours"),
        (("SA", "00:00", "10:00"), "2011-12-30T10:00", "2011-12-30T20:00", "Pacific/Apia", "free: within hours"),
    ],
)
def test_hours_are_those_of_the_clock_when_it_changes(
    *, entry: tuple[str, str, str], start: str, end: str, timezone: str, why: str
) -> None:
    found = ask([weekly("hours", *entry)], start, end, timezone)

    day = "2026-03-29" if start < "2026-10" else "2026-10-25"
    assert found == (why if len(why) > 5 else f"not free on Sunday {day} from {why}: outside their hours")


def test_the_hours_are_those_of_the_tutor_wherever_the_series_is() -> None:
    tokyo = [weekly("mondays", "MO", "09:00", "10:00")]

    assert ask(tokyo, "2026-05-04T00:00", "2026-05-04T01:00", "Asia/Tokyo") == "free: within mondays"
    assert ask(tokyo, "2026-05-04T07:00", "2026-05-04T08:00", "Asia/Tokyo") == (
        "not free on Monday 2026-05-04 from 16:00: outside their hours"
    )
    # Monday in Paris is Tuesday on Kiritimati by then.
    assert ask(tokyo, "2026-05-04T12:00", "2026-05-04T13:00", "Pacific/Kiritimati") == (
        "not free on Tuesday 2026-05-05 from 02:00: outside their hours"
    )


@pytest.mark.parametrize(
    ("start", "end", "timezone", "message"),
    [
        (
            datetime(2026, 5, 4, 10, tzinfo=UTC),
            datetime(2026, 5, 4, 10, tzinfo=UTC),
            PARIS,
            "is_available: end must be after start (2026-05-04T10:00:00+00:00), got '2026-05-04T10:00:00+00:00'",
        ),
        (
            datetime(2026, 5, 4, 10, tzinfo=UTC),
            datetime(2026, 5, 4, 9, tzinfo=UTC),
            PARIS,
            "is_available: end must be after start (2026-05-04T10:00:00+00:00), got '2026-05-04T09:00:00+00:00'",
        ),
        (
            datetime.combine(date(2026, 5, 4), time(10)),
            datetime(2026, 5, 4, 11, tzinfo=UTC),
            PARIS,
            "is_available: start must say its timezone, got datetime.datetime(2026, 5, 4, 10, 0); "
            "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo",
        ),
        (
            datetime(2026, 5, 4, 10, tzinfo=UTC),
            datetime.combine(date(2026, 5, 4), time(11)),
            PARIS,
            "is_available: end must say its timezone, got datetime.datetime(2026, 5, 4, 11, 0); "
            "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo",
        ),
        (
            datetime(2026, 5, 4, 10, tzinfo=UTC),
            datetime(2026, 5, 4, 11, tzinfo=UTC),
            "europe/paris",
            "is_available: timezone must be an IANA timezone like Europe/Paris, got 'europe/paris'; "
            "did you mean 'Europe/Paris'?",
        ),
    ],
)
@pytest.mark.parametrize("entries", [None, [MONDAYS]], ids=["not tracked", "tracked"])
def test_a_time_that_makes_no_sense_is_refused(
    *, entries: list[Availability] | None, start: datetime, end: datetime, timezone: str, message: str
) -> None:
    with pytest.raises(InvalidValueError) as error:
        is_available(entries, start, end, timezone)

    assert str(error.value) == message


class Counted(tuple[Availability, ...]):  # noqa: SLOT001 - what is counted has to be kept
    """Entries that count how often somebody looks through them."""

    looks = 0

    def __iter__(self) -> Iterator[Availability]:
        self.looks += 1
        return super().__iter__()


def test_the_entries_of_a_tutor_are_looked_through_once_however_many_questions_are_asked() -> None:
    entries = Counted([MONDAYS])

    answers = [is_available(entries, at(f"{hour:02}:00"), at(f"{hour:02}:30"), PARIS).free for hour in range(6, 9)]

    assert (answers, entries.looks) == ([False, True, True], 1)


def test_entries_that_have_changed_since_the_last_question_count() -> None:
    entries = [MONDAYS]
    before = is_available(entries, at("10:00"), at("11:00"), PARIS)

    entries[0] = weekly("mornings", "MO", "09:00", "12:00")

    assert (before.free, is_available(entries, at("10:00"), at("11:00"), PARIS).free) == (True, False)


def at(clock: str) -> datetime:
    """A time of Monday, May 4th, 2026, in UTC."""
    return datetime.fromisoformat(f"2026-05-04T{clock}+00:00")


def test_two_entries_of_one_id_are_refused() -> None:
    with pytest.raises(InvalidValueError) as error:
        ask([MONDAYS, MONDAYS], "2026-05-04T10:00", "2026-05-04T11:00")

    assert str(error.value.at("Tutor.availability")) == (
        "Tutor.availability must not have two entries of one id, got 'mondays'"
    )


# Against a check of every minute

ZONES = {
    PARIS: datetime(2026, 3, 27, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 10, 23, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2023, 9, 30, tzinfo=UTC),
    "Antarctica/Troll": datetime(2023, 10, 27, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 28, tzinfo=UTC),
    "America/Sao_Paulo": datetime(2018, 2, 16, tzinfo=UTC),
    "Asia/Kolkata": datetime(2026, 7, 1, tzinfo=UTC),
}


@st.composite
def hours(draw: st.DrawFn) -> tuple[str, str]:
    """A start and an end, mostly on the half hour, so that many adjoin."""
    minutes = st.integers(0, 47).map(lambda half: half * 30) | st.integers(0, 1439)
    start = draw(minutes)
    end = draw(st.just(1440) | minutes.filter(lambda end: end > start))
    return f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}"


@st.composite
def entries_around(draw: st.DrawFn, day: date) -> list[Availability]:
    entries = []
    for number in range(draw(st.integers(0, 9))):
        start, end = draw(hours())
        when: dict[str, Any] = {"weekday": draw(st.integers(1, 7))}
        if draw(st.booleans()):
            when = {"date": day + timedelta(days=draw(st.integers(0, 4))), "mode": draw(st.sampled_from(MODES))}
        entries.append(Availability(str(number), start=start, end=end, active=draw(st.integers(0, 5)) > 0, **when))
    if draw(st.booleans()):
        entries += [Availability(f"all-{n}", start="00:00", end="24:00", weekday=n) for n in range(1, 8)]
    return entries


MODES = ["add", "replace", "block"]
requests = st.sampled_from(sorted(ZONES)).flatmap(
    lambda zone: st.tuples(
        st.just(zone),
        entries_around(ZONES[zone].date()),
        st.integers(0, 5 * 24 * 4).map(lambda quarters: ZONES[zone] + timedelta(minutes=15 * quarters)),
        st.integers(1, 90) | st.integers(1, 2 * 24 * 60),
    )
)


@pytest.mark.requirement("P5", "P7")
@given(request=requests)
@example(request=(PARIS, [weekly("a", "SU", "01:00", "02:00")], datetime(2026, 3, 29, tzinfo=UTC), 60))
def test_a_tutor_is_free_if_the_hours_in_force_cover_every_minute(
    request: tuple[str, list[Availability], datetime, int],
) -> None:
    zone, entries, start, minutes = request
    end = start + timedelta(minutes=minutes)

    answer = is_available(entries, start, end, zone)

    event(f"free: {answer.free}")
    assert answer.free == is_free(entries, start, end, zone)


@given(request=requests)
def test_the_order_of_the_entries_makes_no_difference(request: tuple[str, list[Availability], datetime, int]) -> None:
    zone, entries, start, minutes = request
    end = start + timedelta(minutes=minutes)

    assert is_available(entries, start, end, zone).free == is_available(entries[::-1], start, end, zone).free


@pytest.mark.requirement("EH-6")
@given(start=st.integers(0, 1439), end=st.integers(0, 1440))
def test_hours_start_before_they_end(start: int, end: int) -> None:
    def built() -> bool:
        try:
            Availability("a", weekday=1, start=written(start), end=written(end))
        except InvalidValueError as error:
            return str(error) != (
                f"Availability.end must be after start ({written(start)}), got {written(end)!r}; "
                "hours over midnight are two entries, one that ends at 24:00 and one on the next day"
            )
        return True

    def written(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    # As an end, 0:00 is the midnight after.
    assert built() == (start < end or end == 0)
