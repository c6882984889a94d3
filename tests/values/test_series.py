"""Series and what stands in them by id: assignments, packages, cancellations, members."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from recurly_sessions import (
    Assignment,
    Cancellation,
    Closure,
    Config,
    Consecutive,
    Manual,
    Member,
    Package,
    RoundRobin,
    Series,
    Slot,
    Weekly,
    round_robin,
)
from tests.hangs import no_hang
from tests.values.examples import made, refused

DATE = "must be a date like 2026-09-07"
ZONE = "must be an IANA timezone like Europe/Paris"
PATTERN = "Assignment.pattern must be a pattern like RoundRobin() or Weekly(every=2)"
PATTERN_HINT = "or one of your own, with a kind and claims(), or with a kind, a block and why()"
NO_DAY = "Slot.rrule must name a day that comes, but no day within 100 years from"
MONDAY = Slot("mon", days="MO", start="18:00", end="19:30")


def assignment(id: str = "a1", **said: Any) -> Assignment:
    fields: dict[str, Any] = {"tutor_id": "amina", "pattern": RoundRobin()}
    return Assignment(id, **fields | said)


def package(id: str, first: str, last: str) -> Package:
    return Package(id, starts_on=first, ends_on=last, sessions=8)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"id": "a/b"}, """Series.id must not contain "/", got 'a/b'; a "/" parts the ids in a session's id"""),
        ({"timezone": "Europe/Pariss"}, f"Series.timezone {ZONE}, got 'Europe/Pariss'; did you mean 'Europe/Paris'?"),
        ({"timezone": "europe/paris"}, f"Series.timezone {ZONE}, got 'europe/paris'; did you mean 'Europe/Paris'?"),
        (
            {"timezone": "America/New York"},
            f"Series.timezone {ZONE}, got 'America/New York'; did you mean 'America/New_York'?",
        ),
        (
            {"timezone": "Paris"},
            f"Series.timezone {ZONE}, got 'Paris'; recurly_sessions.time.zones.zone_names() has them all",
        ),
        ({"timezone": ""}, f"Series.timezone {ZONE}, got ''; recurly_sessions.time.zones.zone_names() has them all"),
        ({"timezone": 1}, f"Series.timezone {ZONE}, got 1; recurly_sessions.time.zones.zone_names() has them all"),
        (
            {"timezone": "../../etc/passwd"},
            f"Series.timezone {ZONE}, got '../../etc/passwd'; recurly_sessions.time.zones.zone_names() has them all",
        ),
        ({"starts_on": "7.9.2026"}, f"Series.starts_on {DATE}, got '7.9.2026'"),
        ({"starts_on": "2026-9-7"}, f"Series.starts_on {DATE}, got '2026-9-7'"),
        ({"starts_on": "2026-02-30"}, f"Series.starts_on {DATE}, got '2026-02-30'"),
        ({"starts_on": "2026-09-07T00:00"}, f"Series.starts_on {DATE}, got '2026-09-07T00:00'"),
        ({"starts_on": None}, f"Series.starts_on {DATE}, got None"),
        ({"starts_on": 20260907}, f"Series.starts_on {DATE}, got 20260907"),
        (
            {"starts_on": datetime(2026, 9, 7, tzinfo=UTC)},
            f"Series.starts_on {DATE}, got datetime.datetime(2026, 9, 7, 0, 0, tzinfo=datetime.timezone.utc)",
        ),
        ({"slots": MONDAY}, f"Series.slots must be a list, got {MONDAY!r}"),
        ({"slots": {"mon": MONDAY}}, f"Series.slots must be a list, got {{'mon': {MONDAY!r}}}"),
        ({"slots": [1]}, "Series.slots must be a list of Slot values, got 1"),
        ({"slots": None}, "Series.slots must be a list, got None"),
        ({"slots": [MONDAY, MONDAY]}, "Series.slots must not have two of one id, got 'mon'"),
        ({"assignments": "amina"}, "Series.assignments must be a list, got 'amina'"),
        ({"assignments": [Member("ben")]}, "Series.assignments must be a list of Assignment values, got Member('ben')"),
        (
            {"assignments": [assignment(), assignment(tutor_id="luc")]},
            "Series.assignments must not have two of one id, got 'a1'",
        ),
        (
            {"assignments": round_robin("amina", "luc", "amina")},
            "Series.assignments must not have two of one id, got 'amina'",
        ),
        (
            {"assignments": [assignment(slot_id="mon")]},
            "Series.assignments must name a slot of the series (it has none), got 'mon'; it stands in 'a1'",
        ),
        (
            {
                "slots": [Slot("tue", days=2, start="9:00", end="9:30"), MONDAY],
                "assignments": [assignment(slot_id="x")],
            },
            "Series.assignments must name a slot of the series (mon, tue), got 'x'; it stands in 'a1'",
        ),
        (
            {"slots": [MONDAY], "assignments": [assignment(slot_id="Mon")]},
            "Series.assignments must name a slot of the series (mon), got 'Mon'; it stands in 'a1'",
        ),
        (
            {"slots": [MONDAY], "cancellations": [Cancellation.day("trip", "x", "2026-09-07")]},
            "Series.cancellations must name a slot of the series (mon), got 'x'; it stands in 'trip'",
        ),
        (
            {"cancellations": [Cancellation.day("trip", None, "2026-09-07")] * 2},
            "Series.cancellations must not have two of one id, got 'trip'",
        ),
        (
            {"packages": [package("p", "2026-09-07", "2026-09-30"), package("p", "2026-10-01", "2026-10-31")]},
            "Series.packages must not have two of one id, got 'p'",
        ),
        (
            {"packages": [package("q", "2026-10-31", "2026-11-30"), package("p", "2026-09-07", "2026-10-31")]},
            "Series.packages must not overlap, but 'p' lasts until 2026-10-31, got 'q'",
        ),
        (
            {
                "packages": [
                    package("year", "2026-01-01", "2026-12-31"),
                    package("may", "2026-05-01", "2026-05-31"),
                    package("june", "2026-06-01", "2026-06-30"),
                ]
            },
            "Series.packages must not overlap, but 'year' lasts until 2026-12-31, got 'may'",
        ),
        ({"members": "ben"}, "Series.members must be a list, got 'ben'"),
        ({"members": [1]}, "Series.members must be a list of Member values, got 1"),
        ({"members": ["ben", Member("ben", name="Ben")]}, "Series.members must not have two of one id, got 'ben'"),
        ({"members": [""]}, "Member.id must have 1 to 64 characters, got ''"),
        ({"branch_id": ""}, "Series.branch_id must have 1 to 64 characters, got ''"),
        ({"subject": "\0"}, r"Series.subject must not contain NUL or half a character, got '\x00'"),
        ({"room_id": 5}, "Series.room_id must be text, got 5"),
        ({"meeting_url": 1}, "Series.meeting_url must be text, got 1"),
        ({"config": {"weeks_ahead": 3}}, "Series.config must be a Config, got {'weeks_ahead': 3}"),
        ({"config": None}, "Series.config must be a Config, got None"),
        ({"status": "PAUSED"}, "Series.status must be one of DRAFT, ACTIVE, ENDED, got 'PAUSED'"),
        ({"status": 1}, "Series.status must be one of DRAFT, ACTIVE, ENDED, got 1"),
        (
            {"request_id": "a/b"},
            """Series.request_id must not contain "/", got 'a/b'; a "/" parts the ids in a session's id""",
        ),
        ({"created_by": "a\tb"}, r"Series.created_by must not contain control characters, got 'a\tb'"),
    ],
)
def test_a_series_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Series, **said)) == message


@pytest.mark.requirement("VAL-3")
@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        (Series, "starts_on", "ends_on"),
        (Slot, "starts_on", "ends_on"),
        (Assignment, "starts_on", "ends_on"),
        (Package, "starts_on", "ends_on"),
        (Cancellation, "first_day", "last_day"),
        (Closure, "first_day", "last_day"),
    ],
)
def test_a_last_day_before_the_first_is_refused(kind: type, first: str, last: str) -> None:
    reversed_days = {first: "2026-09-07", last: "2026-09-06"}

    assert refused(lambda: made(kind, **reversed_days)) == (
        f"{kind.__name__}.{last} must not be before {first} (2026-09-07), got '2026-09-06'"
    )
    assert getattr(made(kind, **{first: "2026-09-07", last: "2026-09-07"}), last) == date(2026, 9, 7)


def test_packages_that_follow_one_another_are_kept_in_order() -> None:
    series = made(Series, packages=[package("q", "2026-11-01", "2026-11-30"), package("p", "2026-09-07", "2026-10-31")])

    assert [each.id for each in series.packages] == ["p", "q"]


def test_members_that_are_not_tracked_differ_from_no_members() -> None:
    assert made(Series).members is None
    assert made(Series, members=[]).members == ()
    assert made(Series, members=[]) != made(Series)


# Rules that never come


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30;BYDAY=MO,TU,WE,TH,FR,SA,SU",
        "FREQ=MONTHLY;BYMONTH=2,4,6,9,11;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=2",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=DAILY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
    ],
)
@pytest.mark.parametrize("first_day", ["1900-01-01", "2026-09-07"])
def test_a_rule_that_never_comes_is_refused_quickly(rule: str, first_day: str) -> None:
    slot = Slot("mon", rrule=rule, start="18:00", end="19:30")

    with no_hang():
        message = refused(lambda: made(Series, starts_on=first_day, slots=[slot]))

    assert message == f"{NO_DAY} {first_day} is one, got {rule!r}; it stands in slot 'mon'"


def test_a_rule_of_leap_days_comes_though_it_may_take_eight_years() -> None:
    slot = Slot("leap", rrule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", start="18:00", end="19:30")

    assert made(Series, starts_on="2097-01-01", slots=[slot]).slots == (slot,)


def test_a_rule_that_never_comes_from_the_day_of_its_phase_on_is_refused() -> None:
    slot = MONDAY.changed_from("2027-01-01", rrule="FREQ=YEARLY;INTERVAL=2;BYYEARDAY=366")

    assert refused(lambda: made(Series, slots=[slot])) == (
        f"{NO_DAY} 2027-01-01 is one, got 'FREQ=YEARLY;INTERVAL=2;BYYEARDAY=366'; it stands in slot 'mon'"
    )


# Assignments and their patterns


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"tutor_id": None}, "Assignment.tutor_id must be text, got None"),
        ({"pattern": "weekly"}, f"{PATTERN}, got 'weekly'; {PATTERN_HINT}"),
        ({"pattern": RoundRobin}, f"{PATTERN}, got {RoundRobin!r}; {PATTERN_HINT}"),
        ({"pattern": None}, f"{PATTERN}, got None; {PATTERN_HINT}"),
        ({"slot_id": ""}, "Assignment.slot_id must have 1 to 64 characters, got ''"),
        ({"status": "YES"}, "Assignment.status must be one of PENDING, ACCEPTED, DECLINED, got 'YES'"),
        ({"active": "true"}, "Assignment.active must be true or false, got 'true'"),
        ({"subject": 5}, "Assignment.subject must be text, got 5"),
        ({"starts_on": "soon"}, f"Assignment.starts_on {DATE}, got 'soon'"),
        (
            {"created_at": datetime(2026, 9, 7)},  # noqa: DTZ001 - naive on purpose
            "Assignment.created_at must say its timezone, got datetime.datetime(2026, 9, 7, 0, 0); "
            "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo",
        ),
        (
            {"created_at": date(2026, 9, 7)},
            "Assignment.created_at must be an instant (an aware datetime), got datetime.date(2026, 9, 7)",
        ),
        ({"created_at": "x"}, "Assignment.created_at must be an instant like 2026-09-07T16:00:00Z, got 'x'"),
        (
            {"created_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))},
            "Assignment.created_at must lie within the years 1 to 9999, got datetime.datetime(1, 1, 1, 0, 0, "
            "tzinfo=datetime.timezone(datetime.timedelta(seconds=3600)))",
        ),
    ],
)
def test_an_assignment_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Assignment, **said)) == message


@pytest.mark.parametrize("typed", ["2026-09-07", "2026-09-07T16:00"])
def test_an_instant_without_a_timezone_is_refused_as_it_was_typed(typed: str) -> None:
    assert refused(lambda: made(Assignment, created_at=typed)) == (
        f"Assignment.created_at must say its timezone, got '{typed}'; "
        "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo"
    )


class _EveryThirdMonth:
    """A host's own pattern."""

    kind = "every_third_month"

    def claims(self, turn: object) -> str | None:
        return None


def test_an_assignment_takes_a_pattern_of_the_hosts_own() -> None:
    own = _EveryThirdMonth()

    assert made(Assignment, pattern=own).pattern is own


@pytest.mark.parametrize(
    ("typed", "pattern"), [("manual", Manual()), ("ROUND_ROBIN", RoundRobin()), ("Round_robin", RoundRobin())]
)
def test_patterns_that_have_no_more_to_say_may_be_named(typed: str, pattern: object) -> None:
    assert made(Assignment, pattern=typed).pattern == pattern


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"weeks": [0]}, "Weekly.weeks must be a whole number from 1 to 5200, got 0"),
        ({"weeks": [1, 5201]}, "Weekly.weeks must be a whole number from 1 to 5200, got 5201"),
        ({"weeks": ["1"]}, "Weekly.weeks must be a whole number from 1 to 5200, got '1'"),
        ({"weeks": [True]}, "Weekly.weeks must be a whole number from 1 to 5200, got True"),
        ({"weeks": []}, "Weekly.weeks must name at least one week, got []"),
        ({"weeks": 3}, "Weekly.weeks must be a list, got 3"),
        ({"weeks": "1,3"}, "Weekly.weeks must be a list, got '1,3'"),
        (
            {"weeks": None},
            "Weekly must have either weeks or every, got Weekly(); "
            "weeks=(1, 3) names weeks, every=2 takes every second one",
        ),
        (
            {"weeks": [1], "every": 2},
            "Weekly must have either weeks or every, got Weekly(weeks=[1], every=2); "
            "weeks=(1, 3) names weeks, every=2 takes every second one",
        ),
        ({"weeks": [1, 5], "cycle": 4}, "Weekly.cycle must be no less than the last of weeks, got 4"),
        ({"cycle": 0}, "Weekly.cycle must be a whole number from 1 to 5200, got 0"),
        ({"start_week": 2}, "Weekly.start_week goes with every, got 2"),
        ({"weeks": None, "every": 0}, "Weekly.every must be a whole number from 1 to 5200, got 0"),
        (
            {"weeks": None, "every": 2, "start_week": 0},
            "Weekly.start_week must be a whole number from 1 to 5200, got 0",
        ),
    ],
)
def test_weeks_that_do_not_make_sense_are_refused(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Weekly, **said)) == message


def test_a_cycle_beside_every_is_refused_with_what_it_goes_with() -> None:
    assert refused(lambda: made(Weekly, weeks=None, every=2, cycle=4)) == "Weekly.cycle goes with weeks, got 4"


@pytest.mark.parametrize("n", [0, -1, 1001, True, "5", 5.0, None])
def test_a_block_is_a_whole_number_within_bounds(n: object) -> None:
    assert refused(lambda: made(Consecutive, n=n)) == f"Consecutive.n must be a whole number from 1 to 1000, got {n!r}"


@pytest.mark.parametrize("sessions", [0, -1, 10_001, True, "8", 8.0, None])
def test_a_package_is_a_whole_number_of_sessions_within_bounds(sessions: object) -> None:
    assert refused(lambda: made(Package, sessions=sessions)) == (
        f"Package.sessions must be a whole number from 1 to 10000, got {sessions!r}"
    )


# Round robin in one call


def test_tutors_take_turns_in_the_order_in_which_they_are_written() -> None:
    assert round_robin("amina", "luc", slot_id="mon", starts_on="2026-09-07", ends_on="2026-10-31") == (
        Assignment(
            "mon-amina",
            tutor_id="amina",
            pattern=RoundRobin(),
            slot_id="mon",
            starts_on="2026-09-07",
            ends_on="2026-10-31",
        ),
        Assignment(
            "mon-luc",
            tutor_id="luc",
            pattern=RoundRobin(),
            slot_id="mon",
            starts_on="2026-09-07",
            ends_on="2026-10-31",
        ),
    )


@pytest.mark.parametrize(
    ("tutors", "slot_id", "message"),
    [
        ((["amina", "luc"],), None, "Assignment.tutor_id must be text, got ['amina', 'luc']"),
        ((["amina", "luc"],), "mon", "Assignment.tutor_id must be text, got ['amina', 'luc']"),
        (("a/b",), None, """Assignment.id must not contain "/", got 'a/b'; a "/" parts the ids in a session's id"""),
        (("amina",), 5, "Assignment.slot_id must be text, got 5"),
        (("x" * 60,), "monday", f"Assignment.id must have 1 to 64 characters, got 'monday-{'x' * 60}'"),
    ],
)
def test_who_can_not_take_turns_is_refused(tutors: tuple[Any, ...], slot_id: Any, message: str) -> None:
    assert refused(lambda: round_robin(*tutors, slot_id=slot_id)) == message


def test_the_same_tutors_take_turns_again_under_other_names() -> None:
    turns = [*round_robin("amina", "luc"), *round_robin("amina", prefix="2027-", created_at="2027-01-01T00:00Z")]

    assert [(each.id, each.tutor_id) for each in turns] == [("amina", "amina"), ("luc", "luc"), ("2027-amina", "amina")]
    assert [each.created_at for each in turns] == [None, None, datetime(2027, 1, 1, tzinfo=UTC)]


# One slot changed


def test_a_slot_of_a_series_is_changed_in_its_place() -> None:
    tuesday, later = Slot("tue", days="TU", start="9:00", end="9:30"), MONDAY.changed_from("2026-11-02", start="19:00")
    series = made(Series, slots=[MONDAY, tuesday])

    assert series.with_slot(later) == made(Series, slots=[later, tuesday])


def test_a_slot_that_a_series_does_not_have_is_added() -> None:
    tuesday = Slot("tue", days="TU", start="9:00", end="9:30")

    assert made(Series, slots=[MONDAY]).with_slot(tuesday) == made(Series, slots=[MONDAY, tuesday])


# Many of them


def test_ten_thousand_assignments_are_fine() -> None:
    with no_hang():
        series = made(Series, slots=[MONDAY], assignments=[assignment(f"a{n}", slot_id="mon") for n in range(10_000)])

    assert len(series.assignments) == 10_000


def test_the_message_about_an_unknown_slot_does_not_name_thousands() -> None:
    slots = [Slot(f"s{n:04}", days=1, start="9:00", end="9:30") for n in range(1_000)]

    message = refused(lambda: made(Series, slots=slots, assignments=[assignment(slot_id="x")]))

    assert len(message) < 1_000


def test_config_and_timezone_may_both_be_left_to_the_layers_below() -> None:
    series = made(Series)

    assert (series.timezone, series.config) == (None, Config())
