"""Slots and phases: what they refuse and why, and how one is laid on top of another."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from recurly_sessions import Availability, Phase, Slot
from tests.values.examples import LEAST, made, refused

DAYS = "must be weekdays like MO,WE or ISO numbers (Monday=1)"
TIME = "must be a time from 00:00 to 23:59, written HH:MM"
DATE = "must be a date like 2026-09-07"
RULE_PARTS = (
    "must have only the parts FREQ, INTERVAL, COUNT, UNTIL, WKST, BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO, "
    "BYSETPOS"
)
TOO_LONG = "Slot.duration must not be longer than the time to the slot's next date"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"id": ""}, "Slot.id must have 1 to 64 characters, got ''"),
        ({"id": "x" * 65}, f"Slot.id must have 1 to 64 characters, got '{'x' * 65}'"),
        ({"id": "x" * 10_000}, f"Slot.id must have 1 to 64 characters, got '{'x' * 119}…"),
        ({"id": "a/b"}, """Slot.id must not contain "/", got 'a/b'; a "/" parts the ids in a session's id"""),
        ({"id": "a\n"}, r"Slot.id must not contain control characters, got 'a\n'"),
        ({"id": "a\x7f"}, r"Slot.id must not contain control characters, got 'a\x7f'"),
        ({"id": "a\u2028b"}, r"Slot.id must not contain control characters, got 'a\u2028b'"),
        ({"id": "\0"}, r"Slot.id must not contain control characters, got '\x00'"),
        ({"id": "a\ud800"}, r"Slot.id must not contain control characters, got 'a\ud800'"),
        ({"id": 1}, "Slot.id must be text, got 1"),
        ({"id": None}, "Slot.id must be text, got None"),
        ({"days": None}, """Slot must say its days or its rrule, got 'mon'; for example days="MO,WE\""""),
        ({"days": ""}, """Slot.days must name at least one weekday, got ''; for example "MO,WE\""""),
        ({"days": []}, """Slot.days must name at least one weekday, got []; for example "MO,WE\""""),
        ({"days": " , "}, """Slot.days must name at least one weekday, got ' , '; for example "MO,WE\""""),
        ({"days": "MO,XX"}, f"Slot.days {DAYS}, got 'XX'"),
        ({"days": "Mo-Fr"}, f"Slot.days {DAYS}, got 'Mo-Fr'"),
        ({"days": "13"}, f"Slot.days {DAYS}, got '13'"),
        ({"days": ["MO,WE"]}, f"Slot.days {DAYS}, got 'MO,WE'"),
        ({"days": 0}, f"Slot.days {DAYS}, got 0"),
        ({"days": 8}, f"Slot.days {DAYS}, got 8"),
        ({"days": True}, f"Slot.days {DAYS}, got True"),
        ({"days": [1, 1.0]}, f"Slot.days {DAYS}, got 1.0"),
        ({"days": ["²"]}, f"Slot.days {DAYS}, got '²'"),
        ({"days": 1.0}, "Slot.days must be a list, got 1.0"),
        ({"days": b"MO"}, "Slot.days must be a list, got b'MO'"),
        ({"days": {"MO": True}}, "Slot.days must be a list, got {'MO': True}"),
        ({"rrule": "FREQ=DAILY"}, "Slot must have days or rrule, not both, got 'FREQ=DAILY'"),
        ({"end": None}, """Slot must say its end or its duration, got 'mon'; for example end="19:30\""""),
        ({"duration": 90}, "Slot must have end or duration, not both, got 90 minutes"),
        ({"starts_on": "7.9.2026"}, f"Slot.starts_on {DATE}, got '7.9.2026'"),
        (
            {"ends_on": datetime(2026, 9, 7, tzinfo=UTC)},
            f"Slot.ends_on {DATE}, got datetime.datetime(2026, 9, 7, 0, 0, tzinfo=datetime.timezone.utc)",
        ),
        ({"extra_dates": "2026-09-07"}, "Slot.extra_dates must be a list of dates, got '2026-09-07'"),
        ({"extra_dates": date(2026, 9, 7)}, "Slot.extra_dates must be a list, got datetime.date(2026, 9, 7)"),
        ({"extra_dates": None}, "Slot.extra_dates must be a list, got None"),
        ({"excluded_dates": ["2026-09-07", "2026-02-30"]}, f"Slot.excluded_dates {DATE}, got '2026-02-30'"),
        ({"excluded_dates": [20260907]}, f"Slot.excluded_dates {DATE}, got 20260907"),
        ({"subject": 3}, "Slot.subject must be text, got 3"),
        ({"subject": "a\0b"}, r"Slot.subject must not contain NUL or half a character, got 'a\x00b'"),
        ({"subject": "é\ud800"}, r"Slot.subject must not contain NUL or half a character, got 'é\ud800'"),
        ({"room_id": "a/b"}, """Slot.room_id must not contain "/", got 'a/b'; a "/" parts the ids in a session's id"""),
        ({"active": "yes"}, "Slot.active must be true or false, got 'yes'"),
        ({"active": 1}, "Slot.active must be true or false, got 1"),
        (
            {"phases": Phase("2026-11-02", start="19:00")},
            "Slot.phases must be a list, got Phase('2026-11-02', start='19:00')",
        ),
        (
            {"phases": [{"from_day": "2026-11-02"}]},
            "Slot.phases must be a list of Phase values, got {'from_day': '2026-11-02'}",
        ),
        (
            {"phases": [Phase("2026-11-03", start="19:00"), Phase("2026-11-02", start="19:00")]},
            "Slot.phases must be in order, one a day, but one from 2026-11-03 comes first, got '2026-11-02'",
        ),
        (
            {"phases": [Phase("2026-11-02", start="19:00"), Phase("2026-11-02", days="TU")]},
            "Slot.phases must be in order, one a day, but one from 2026-11-02 comes first, got '2026-11-02'",
        ),
    ],
)
def test_a_slot_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Slot, **said)) == message


@pytest.mark.requirement("VAL-1")
@pytest.mark.parametrize("kind", [Slot, Phase, Availability])
@pytest.mark.parametrize("field", ["start", "end"])
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("25:00", "'25:00'"),
        ("9:60", "'9:60'"),
        ("9:05:30", "'9:05:30'"),
        ("9", "'9'"),
        ("9:5", "'9:5'"),
        ("009:05", "'009:05'"),
        ("9.30", "'9.30'"),
        ("6pm", "'6pm'"),
        ("", "''"),
        ("-9:00", "'-9:00'"),
        ("٩:٠٥", "'٩:٠٥'"),  # noqa: RUF001 - digits, but not those of a clock
        (9, "9"),
        (9.5, "9.5"),
        (time(9, 5, 1), "datetime.time(9, 5, 1)"),
        (time(9, 5, 0, 1), "datetime.time(9, 5, 0, 1)"),
        (time(9, 5, tzinfo=UTC), "datetime.time(9, 5, tzinfo=datetime.timezone.utc)"),
        (timedelta(hours=9), "540 minutes"),
        (date(2026, 9, 7), "datetime.date(2026, 9, 7)"),
    ],
)
def test_a_time_of_day_is_hours_and_minutes_and_nothing_else(kind: type, field: str, typed: object, shown: str) -> None:
    assert refused(lambda: made(kind, **{field: typed})) == f"{kind.__name__}.{field} {TIME}, got {shown}"


@pytest.mark.parametrize("typed", ["9:05", "09:05", " 09:05 ", "09:05:00", time(9, 5), time(9, 5, fold=1)])
def test_a_time_of_day_may_be_typed_in_some_ways(typed: object) -> None:
    assert made(Slot, start=typed).start == time(9, 5)
    assert made(Slot, start=typed).start.fold == 0


@pytest.mark.parametrize("kind", [Slot, Availability])
def test_midnight_may_be_written_as_the_end_of_a_day_but_not_as_its_start(kind: type) -> None:
    assert made(kind, end="24:00").end == time(0)
    assert refused(lambda: made(kind, start="24:00")) == f"{kind.__name__}.start {TIME}, got '24:00'"


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("MO", (1,)),
        ("SU,MO,SU", (1, 7)),
        ("we, Monday ,FRI", (1, 3, 5)),
        ("1,3", (1, 3)),
        (7, (7,)),
        ([5, "MO", "tuesday"], (1, 2, 5)),
        ({3}, (3,)),
        ({2: "TU", 1: "MO"}.keys(), (1, 2)),
    ],
)
def test_weekdays_may_be_typed_in_some_ways(typed: object, days: tuple[int, ...]) -> None:
    assert made(Slot, days=typed).days == days


@pytest.mark.parametrize("kind", [Slot, Phase])
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (0, "must be longer than zero, got 0 minutes"),
        (-90, "must be longer than zero, got -90 minutes"),
        (timedelta(0), "must be longer than zero, got 0 minutes"),
        (timedelta(seconds=-1), "must be longer than zero, got -1 seconds"),
        (True, "must be minutes or a timedelta, got True"),
        (90.0, "must be minutes or a timedelta, got 90.0"),
        ("90", "must be minutes or a timedelta, got '90'"),
        ("1:30", "must be minutes or a timedelta, got '1:30'"),
        (time(1, 30), "must be minutes or a timedelta, got datetime.time(1, 30)"),
        (10**12, "must be at most 10,000,000 minutes, got 1000000000000"),
        (timedelta(milliseconds=1), "must be in whole seconds, got 0.001 seconds"),
        (timedelta.max, "must be in whole seconds, got 1440000000000 minutes"),
    ],
)
def test_a_length_is_positive_and_in_whole_seconds(kind: type, typed: object, problem: str) -> None:
    assert refused(lambda: made(kind, end=None, duration=typed)) == f"{kind.__name__}.duration {problem}"


def test_a_length_below_anything_that_a_computer_can_hold_is_refused() -> None:
    least = -(10**30)

    assert refused(lambda: made(Slot, end=None, duration=least)) == (
        f"Slot.duration must be longer than zero, got {least}"
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"from_day": "x"}, f"Phase.from_day {DATE}, got 'x'"),
        ({"from_day": None}, f"Phase.from_day {DATE}, got None"),
        ({"start": None}, "Phase must change something, got '2026-11-02'"),
        ({"days": "MO", "rrule": "FREQ=DAILY"}, "Phase must have days or rrule, not both, got 'FREQ=DAILY'"),
        ({"end": "19:00", "duration": 3}, "Phase must have end or duration, not both, got 3 minutes"),
        ({"rrule": "FREQ=DAILY;COUNT=0"}, "Phase.rrule must have a number from 1 to 999999999 as COUNT, got '0'"),
        ({"days": []}, """Phase.days must name at least one weekday, got []; for example "MO,WE\""""),
    ],
)
def test_a_phase_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Phase, **said)) == message


# Rules


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "must be parts like FREQ=WEEKLY;BYDAY=MO, got ''; '' is none"),
        ("every monday", "must be parts like FREQ=WEEKLY;BYDAY=MO, got 'every monday'; 'EVERY MONDAY' is none"),
        ("FREQ=DAILY;FOO", "must be parts like FREQ=WEEKLY;BYDAY=MO, got 'FREQ=DAILY;FOO'; 'FOO' is none"),
        ("FREQ=DAILY;BYDAY=", "must be parts like FREQ=WEEKLY;BYDAY=MO, got 'FREQ=DAILY;BYDAY='; 'BYDAY=' is none"),
        (
            "FREQ=DAYLY",
            "must have FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, got 'FREQ=DAYLY'; a slot names days; its time is `start`",
        ),
        (
            "FREQ=HOURLY",
            "must have FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, got 'FREQ=HOURLY'; "
            "a slot names days; its time is `start`",
        ),
        (
            "BYDAY=MO",
            "must have FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, got 'BYDAY=MO'; a slot names days; its time is `start`",
        ),
        (
            "FREQ=DAILY;BYHOUR=9",
            "must name dates only, not hours (BYHOUR), got 'FREQ=DAILY;BYHOUR=9'; "
            "the time of day is the slot's `start`",
        ),
        (
            "FREQ=DAILY;BYSECOND=0",
            "must name dates only, not hours (BYSECOND), got 'FREQ=DAILY;BYSECOND=0'; "
            "the time of day is the slot's `start`",
        ),
        ("FREQ=DAILY;BYEASTER=1", f"{RULE_PARTS}, got 'FREQ=DAILY;BYEASTER=1'; 'BYEASTER' is none of them"),
        ("FREQ=DAILY;FREQ=DAILY", "must say FREQ once, got 'FREQ=DAILY;FREQ=DAILY'"),
        ("FREQ=DAILY;COUNT=0", "must have a number from 1 to 999999999 as COUNT, got '0'"),
        ("FREQ=DAILY;COUNT=9999999999", "must have a number from 1 to 999999999 as COUNT, got '9999999999'"),
        ("FREQ=DAILY;INTERVAL=0", "must have a number from 1 to 999999999 as INTERVAL, got '0'"),
        ("FREQ=DAILY;INTERVAL=-1", "must have a number from 1 to 999999999 as INTERVAL, got '-1'"),
        ("FREQ=DAILY;INTERVAL=1.5", "must have a number from 1 to 999999999 as INTERVAL, got '1.5'"),
        ("FREQ=DAILY;INTERVAL=²", "must have a number from 1 to 999999999 as INTERVAL, got '²'"),
        (
            "FREQ=DAILY;COUNT=1;UNTIL=20261231",
            "must have COUNT or UNTIL, not both, got 'FREQ=DAILY;COUNT=1;UNTIL=20261231'",
        ),
        (
            "FREQ=DAILY;UNTIL=2026-12-31",
            "must have a date like 20261231 or a time like 20261231T170000Z as UNTIL, got '2026-12-31'",
        ),
        (
            "FREQ=DAILY;UNTIL=20261331",
            "must have a date like 20261231 or a time like 20261231T170000Z as UNTIL, got '20261331'",
        ),
        (
            "FREQ=DAILY;UNTIL=20261231T250000",
            "must have a date like 20261231 or a time like 20261231T170000Z as UNTIL, got '20261231T250000'",
        ),
        ("FREQ=WEEKLY;WKST=XX", "must have one of MO, TU, WE, TH, FR, SA, SU as WKST, got 'XX'"),
        ("FREQ=MONTHLY;BYDAY=0MO", "must have weekdays like MO or 2TU or -1FR as BYDAY, got '0MO'"),
        ("FREQ=MONTHLY;BYDAY=54MO", "must have weekdays like MO or 2TU or -1FR as BYDAY, got '54MO'"),
        ("FREQ=MONTHLY;BYDAY=MONDAY", "must have weekdays like MO or 2TU or -1FR as BYDAY, got 'MONDAY'"),
        ("FREQ=MONTHLY;BYDAY=MO,", "must have weekdays like MO or 2TU or -1FR as BYDAY, got ''"),
        (
            "FREQ=WEEKLY;BYDAY=2TU",
            "must not count weekdays in a rule that is neither MONTHLY nor YEARLY, got '2TU'",
        ),
        ("FREQ=DAILY;BYDAY=-1MO", "must not count weekdays in a rule that is neither MONTHLY nor YEARLY, got '-1MO'"),
        (
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
            "must not count weekdays beside BYWEEKNO, got 'FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO'",
        ),
        ("FREQ=MONTHLY;BYMONTH=13", "must have numbers from 1 to 12 as BYMONTH, got '13'"),
        ("FREQ=MONTHLY;BYMONTH=-1", "must have numbers from 1 to 12 as BYMONTH, got '-1'"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "must have numbers from 1 to 31 or -31 to -1 as BYMONTHDAY, got '0'"),
        ("FREQ=MONTHLY;BYMONTHDAY=-32", "must have numbers from 1 to 31 or -31 to -1 as BYMONTHDAY, got '-32'"),
        ("FREQ=YEARLY;BYYEARDAY=367", "must have numbers from 1 to 366 or -366 to -1 as BYYEARDAY, got '367'"),
        ("FREQ=YEARLY;BYWEEKNO=54", "must have numbers from 1 to 53 or -53 to -1 as BYWEEKNO, got '54'"),
        (
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367",
            "must have numbers from 1 to 366 or -366 to -1 as BYSETPOS, got '367'",
        ),
        ("FREQ=MONTHLY;BYSETPOS=1", "must have another BY part beside BYSETPOS, got 'FREQ=MONTHLY;BYSETPOS=1'"),
        (
            "DTSTART:20260907T180000\nRRULE:FREQ=DAILY",
            f"{RULE_PARTS}, got 'DTSTART:20260907T180000\\nRRULE:FREQ=DAILY'; "
            r"'DTSTART:20260907T180000\nRRULE:FREQ' is none of them",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 5_000),
            f"must have at most 2,000 characters, got 'FREQ=MONTHLY;BYMONTHDAY={'1,' * 47}1…",
        ),
        ("FREQ=DAILY;" * 500, f"must have at most 2,000 characters, got '{('FREQ=DAILY;' * 11)[:119]}…"),
        (5, "must be the text of an RFC 5545 rule, got 5"),
    ],
)
def test_a_rule_that_does_not_name_dates_is_refused(rule: object, message: str) -> None:
    assert refused(lambda: made(Slot, days=None, rrule=rule)) == f"Slot.rrule {message}"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=999999999",
        "FREQ=WEEKLY;INTERVAL=999999999;BYDAY=MO;BYSETPOS=1",
        "FREQ=MONTHLY;INTERVAL=999999999;BYDAY=1MO",
        "FREQ=YEARLY;INTERVAL=999999999;BYDAY=1MO",
        "FREQ=DAILY;COUNT=999999999",
        "RRULE:FREQ=DAILY",
        "freq=weekly;byday=mo,tu;",
        "FREQ=DAILY;UNTIL=20261231T170000",
    ],
)
def test_a_rule_may_be_odd_and_is_kept_as_typed(rule: str) -> None:
    assert Slot("mon", rrule=rule, start="9:00", duration=1440).rrule == rule


# How long a lesson may be


@pytest.mark.parametrize(
    ("said", "minutes", "problem"),
    [
        ({"days": "MO"}, 8 * 1440, "(7 days), got 11520 minutes"),
        ({"days": "MO,TU"}, 36 * 60, "(1 day), got 2160 minutes"),
        ({"days": "MO,FR"}, 3 * 1440 + 1, "(3 days), got 4321 minutes"),
        ({"days": "SU,MO"}, 1441, "(1 day), got 1441 minutes"),
        ({"days": None, "rrule": "FREQ=DAILY;INTERVAL=2"}, 3 * 1440, "(2 days), got 4320 minutes"),
        ({"days": None, "rrule": "FREQ=WEEKLY;INTERVAL=2"}, 15 * 1440, "(14 days), got 21600 minutes"),
        ({"days": None, "rrule": "FREQ=MONTHLY;BYMONTHDAY=31,1"}, 1441, "(1 day), got 1441 minutes"),
        ({"days": None, "rrule": "FREQ=YEARLY"}, 366 * 1440, "(365 days), got 527040 minutes"),
    ],
)
def test_a_lesson_that_is_still_on_at_the_slots_next_date_is_refused(
    said: dict[str, Any], minutes: int, problem: str
) -> None:
    assert refused(lambda: made(Slot, **said, end=None, duration=minutes)) == f"{TOO_LONG} {problem}"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ({"days": "MO"}, 25 * 60),
        ({"days": "MO"}, 7 * 1440),
        ({"days": "MO,TU"}, 1440),
        ({"days": "MO,FR"}, 3 * 1440),
        ({"days": None, "rrule": "FREQ=DAILY;INTERVAL=2"}, 2 * 1440),
        ({"days": None, "rrule": "FREQ=WEEKLY;INTERVAL=2"}, 14 * 1440),
        ({"days": None, "rrule": "FREQ=DAILY;COUNT=1"}, 30 * 1440),
        ({"days": None, "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"}, 370 * 1440),
    ],
)
def test_a_lesson_may_last_until_the_slots_next_date(said: dict[str, Any], minutes: int) -> None:
    assert made(Slot, **said, end=None, duration=minutes).duration == timedelta(minutes=minutes)


def test_a_phase_that_makes_lessons_overlap_is_refused() -> None:
    slot = Slot("mon", days="MO", start="18:00", duration=36 * 60)

    assert refused(lambda: slot.changed_from("2026-11-02", days="MO,TU")) == f"{TOO_LONG} (1 day), got 2160 minutes"


# This and following


def test_a_change_from_a_day_on_is_a_phase() -> None:
    slot = Slot("mon", days="MO", start="18:00", end="19:30", subject="maths")

    assert slot.changed_from("2026-11-02", start="19:00") == Slot(
        "mon",
        days="MO",
        start="18:00",
        end="19:30",
        subject="maths",
        phases=[Phase("2026-11-02", start="19:00")],
    )


def test_changes_come_in_the_order_of_their_days() -> None:
    slot = Slot("mon", days="MO", start="18:00", end="19:30")

    changed = slot.changed_from("2026-12-07", days="TU").changed_from("2026-11-02", start="19:00")

    assert changed.phases == (Phase("2026-11-02", start="19:00"), Phase("2026-12-07", days="TU"))


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ({"start": "19:00"}, {"start": "20:00"}, {"start": "20:00"}),
        ({"start": "19:00"}, {"days": "TU"}, {"start": "19:00", "days": "TU"}),
        ({"days": "TU"}, {"rrule": "FREQ=DAILY"}, {"rrule": "FREQ=DAILY"}),
        ({"rrule": "FREQ=DAILY"}, {"days": "TU"}, {"days": "TU"}),
        ({"end": "20:00"}, {"duration": 45}, {"duration": 45}),
        ({"duration": 45}, {"end": "20:00"}, {"end": "20:00"}),
        ({"duration": 45}, {"start": "19:00"}, {"duration": 45, "start": "19:00"}),
        ({"start": "19:00", "end": "20:00"}, {"start": "22:30"}, {"start": "22:30", "end": "23:30"}),
        ({"start": "22:00", "end": "01:00"}, {"start": "23:00"}, {"start": "23:00", "end": "02:00"}),
        ({"start": "9:00", "end": "10:00"}, {"start": "23:30"}, {"start": "23:30", "end": "00:30"}),
        ({"start": "19:00", "end": "20:00"}, {"end": "21:00"}, {"start": "19:00", "end": "21:00"}),
    ],
)
def test_a_second_change_from_the_same_day_on_lies_on_top_of_the_first(
    first: dict[str, Any], second: dict[str, Any], both: dict[str, Any]
) -> None:
    slot = Slot("mon", days="MO", start="18:00", end="19:30")

    changed = slot.changed_from("2026-11-02", **first).changed_from("2026-11-02", **second)

    assert changed == slot.changed_from("2026-11-02", **both)


def test_a_new_end_and_then_a_new_start_from_the_same_day_on_keep_the_length_of_the_end() -> None:
    slot = Slot("mon", days="MO", start="18:00", end="19:30")

    changed = slot.changed_from("2026-11-02", end="20:00").changed_from("2026-11-02", start="10:00")

    assert changed == slot.changed_from("2026-11-02", start="10:00", end="12:00")


def test_a_change_that_changes_nothing_is_refused() -> None:
    slot = made(Slot)

    assert refused(lambda: slot.changed_from("2026-11-02")) == "Phase must change something, got '2026-11-02'"


def test_a_change_of_what_a_phase_does_not_have_is_a_mistake_in_the_call() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'room_id'"):
        made(Slot).changed_from("2026-11-02", room_id="r1")


def test_a_slot_that_was_changed_keeps_what_it_was() -> None:
    slot = made(Slot)

    slot.changed_from("2026-11-02", start="19:00")

    assert slot == Slot(**LEAST[Slot])
