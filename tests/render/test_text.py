"""What a plan prints."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Decision, Issue, Member, School, Series, Session, Tutor
from recurly_sessions.fields import to_instant
from recurly_sessions.render.text import as_text, summary, when
from recurly_sessions.time.clock import DAY
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.conflict import Conflict

PARIS = "Europe/Paris"
MATHS = Series("maths", timezone=PARIS, starts_on="2026-09-07")
TUTORS = [Tutor("amina", name="Amina"), Tutor("luc", name="Luc"), Tutor("zoe", name="Zoé")]
SCHOOL = School([MATHS], tutors=TUTORS)
HOUR = timedelta(hours=1)
ANSI = re.compile(r"\x1b\[[0-9]+m")


def a_session(
    day: str, start: str = "18:00+02:00", hours: float = 1.5, *, slot_id: str = "mon", **more: Any
) -> Session:
    """A session of maths, from a time with its offset from UTC."""
    starts_at = to_instant(f"{day}T{start}")
    said: dict[str, Any] = {"series_id": "maths", "timezone": PARIS, "starts_at": starts_at}
    said |= {"ends_at": starts_at + hours * HOUR, "slot_id": slot_id, "occurs_on": day} | more
    return Session(**{"id": f"{said['series_id']}/{slot_id}/{day}"} | said)


def turn(tutor: str, roster: str = "Amina, Luc, Zoé", rest: str = "") -> Decision:
    return Decision(tutor.lower(), "a", "round_robin", f"{tutor}'s turn in the rotation {roster}{rest}")


def create(session: Session, **more: Any) -> Change:
    return Change("CREATE", after=session, code="due", **more)


def update(before: Session, code: str = "moved", *, because: str = "", **changes: Any) -> Change:
    after = attrs.evolve(before, **changes)
    return Change("UPDATE", before=before, after=after, fields=tuple(changes), code=code, because=because)


def move(before: Session, by: timedelta, **more: Any) -> Change:
    return update(before, starts_at=before.starts_at + by, ends_at=before.ends_at + by, **more)


def cancel(session: Session, because: str = "called off by trip") -> Change:
    after = attrs.evolve(session, status="CANCELLED", cause_id="trip", cancellation_reason=because)
    fields = ("status", "cause_id", "cancellation_reason")
    return Change("CANCEL", before=session, after=after, fields=fields, code="called-off", because=because)


def reinstate(session: Session, **changes: Any) -> Change:
    before = attrs.evolve(session, status="CANCELLED", cause_id="trip")
    after = attrs.evolve(session, **changes)
    fields = ("status", "cause_id", *changes)
    return Change("REINSTATE", before=before, after=after, fields=fields, code="wanted-again", because="no longer off")


def a_conflict(session_id: str = "maths/mon/2026-09-14", kind: str = "tutor", **more: Any) -> Conflict:
    said = {"starts_at": "2026-09-14T16:30Z", "ends_at": "2026-09-14T17:30Z", "who": "amina"}
    return Conflict(kind, session_id=session_id, **said | more)


def text(*changes: Change, school: School = SCHOOL, unchanged: int = 0, **more: Any) -> list[str]:
    return as_text(changes, school=school, unchanged=unchanged, **more).splitlines()


def lines(*changes: Change, school: School = SCHOOL) -> list[str]:
    """The lines of one series, without its heading, the legend and the total."""
    return text(*changes, school=school)[3:-2]


# Changes


def test_new_sessions_show_when_and_where_and_who_teaches_and_what_it_costs_and_why() -> None:
    shown = text(
        create(a_session("2026-09-14", tutor_id="luc", price="45 EUR"), decision=turn("Luc")),
        create(a_session("2026-09-07", tutor_id="amina", price="145 EUR"), decision=turn("Amina")),
        unchanged=2,
    )

    assert shown == [
        "  + create",
        "",
        "maths · Europe/Paris",
        "  + Mon  7 Sep 2026  18:00–19:30  mon  Amina  145.00 EUR  # Amina's turn in the rotation Amina, Luc, Zoé",
        "  + Mon 14 Sep 2026  18:00–19:30  mon  Luc     45.00 EUR  # Luc's turn in the rotation Amina, Luc, Zoé",
        "",
        "Plan: 2 to create, 2 as they are.",
    ]


def test_a_plan_of_everything_reads_like_a_terraform_plan() -> None:
    music = Series(
        "music", timezone="Europe/London", starts_on="2026-09-07", subject="Piano", members=[Member("ben", name="Ben")]
    )
    thursday = a_session(
        "2026-10-22", "17:00+02:00", 1, slot_id="thu", tutor_id="zoe", price="30 EUR", status="CONFIRMED"
    )
    slot_moved = "slot mon is at 19:00–20:30 from 2026-10-12 on"
    shown = text(
        move(a_session("2026-10-12", tutor_id="amina", price="45 EUR"), HOUR, because=slot_moved),
        move(a_session("2026-10-19", tutor_id="luc", price="45 EUR"), HOUR, because=slot_moved),
        move(a_session("2026-10-26", "18:00+01:00", tutor_id="amina", price="45 EUR"), HOUR, because=slot_moved),
        update(
            a_session("2026-10-15", "17:00+02:00", 1, slot_id="thu", tutor_id="luc", price="30 EUR"),
            code="reassigned",
            because="35 EUR × 1 h",
            tutor_id="amina",
            price="35 EUR",
        ),
        cancel(thursday, "called off by trip (to the sea)"),
        reinstate(a_session("2026-11-02", "19:00+01:00", tutor_id="zoe", price="45 EUR")),
        create(a_session("2026-10-12", "10:00+01:00", series_id="music", timezone="Europe/London")),
        school=attrs.evolve(SCHOOL, series=[music, MATHS]),
        unchanged=40,
        conflicts=[
            a_conflict("maths/mon/2026-10-19", starts_at="2026-10-19T17:00Z", ends_at="2026-10-19T18:30Z", who="luc",
                       other="choir/mon/2026-10-19", why="Luc is taken by choir/mon/2026-10-19"),
            a_conflict("maths/mon/2026-10-12", kind="room", starts_at="2026-10-12T17:00Z", ends_at="2026-10-12T18:00Z",
                       who="hall", other="b-17", reaction="skip"),
        ],
        issues=[
            Issue("package-short", series_id="music", message="p1 is 2 sessions short"),
            Issue("brake", message="4 of 44 sessions would change"),
        ],
        stand_ins=[("music/mon/2026-10-19", "s-17")],
    )  # fmt: skip

    assert shown == [
        "  + create   ~ change   - cancel   ± bring back",
        "",
        "maths · Europe/Paris  3 to move, 1 to reassign, 1 to cancel, 1 to bring back",
        "  ~ Mon 12 Oct 2026  19:00–20:30  mon  Amina  45.00 EUR  starts 18:00 → 19:00, ends 19:30 → 20:30  # [1]",
        "  ~ Thu 15 Oct 2026  17:00–18:00  thu  Amina  35.00 EUR  tutor Luc → Amina, price 30.00 EUR → 35.00 EUR"
        "  # 35 EUR × 1 h",
        "  ~ Mon 19 Oct 2026  19:00–20:30  mon  Luc    45.00 EUR  starts 18:00 → 19:00, ends 19:30 → 20:30  # [1]",
        "  - Thu 22 Oct 2026  17:00–18:00  thu  Zoé    30.00 EUR  was confirmed  # called off by trip (to the sea)",
        "  ── clocks go back 1 h on Sun 25 Oct 2026 (UTC+2 → UTC+1) ──",
        "  ~ Mon 26 Oct 2026  19:00–20:30  mon  Amina  45.00 EUR  starts 18:00 → 19:00, ends 19:30 → 20:30  # [1]",
        "  ± Mon  2 Nov 2026  19:00–20:30  mon  Zoé    45.00 EUR  # no longer off",
        "  [1] slot mon is at 19:00–20:30 from 2026-10-12 on",
        "",
        "music · Piano · Europe/London  1 to create",
        "  + Mon 12 Oct 2026  10:00–11:30  mon  no tutor  # due",
        "",
        "Conflicts (times in Europe/Paris)",
        "  tutor Luc is double-booked",
        "    ! Mon 19 Oct 2026  19:00–20:30  maths/mon/2026-10-19  only flagged"
        "  # Luc is taken by choir/mon/2026-10-19",
        "  room hall is double-booked",
        "    ! Mon 12 Oct 2026  19:00–20:00  maths/mon/2026-10-12  with b-17  not held",
        "",
        "Issues",
        "  ! -      brake          4 of 44 sessions would change",
        "  ! music  package-short  p1 is 2 sessions short",
        "",
        "Kept",
        "  s-17 stands in for music/mon/2026-10-19",
        "",
        "Who teaches when, before → after",
        "  Amina: none → 15 Oct",
        "  Luc: 15 Oct → none",
        "",
        "Plan: 1 to create, 3 to move, 1 to reassign, 1 to cancel, 1 to bring back, 40 as they are."
        " 2 conflicts, 2 issues.",
    ]


def test_colors_mark_what_happens() -> None:
    shown = text(
        create(a_session("2026-09-07"), because="new"),
        update(a_session("2026-09-14"), tutor_id="amina", because="free"),
        cancel(a_session("2026-09-21")),
        color=True,
    )

    assert shown == [
        "  \x1b[32m+\x1b[0m create   \x1b[33m~\x1b[0m change   \x1b[31m-\x1b[0m cancel",
        "",
        "\x1b[1mmaths · Europe/Paris\x1b[0m",
        "  \x1b[32m+\x1b[0m Mon  7 Sep 2026  18:00–19:30  mon  no tutor  \x1b[2m# new\x1b[0m",
        "  \x1b[33m~\x1b[0m Mon 14 Sep 2026  18:00–19:30  mon  Amina     tutor none → Amina  \x1b[2m# free\x1b[0m",
        "  \x1b[31m-\x1b[0m Mon 21 Sep 2026  18:00–19:30  mon  no tutor  \x1b[2m# called off by trip\x1b[0m",
        "",
        "\x1b[1mWho teaches when, before → after\x1b[0m",
        "  Amina: none → 14 Sep",
        "",
        "\x1b[1mPlan: 1 to create, 1 to move, 1 to cancel.\x1b[0m",
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"starts_at": "2026-09-14T17:00Z", "ends_at": "2026-09-14T18:30Z"},
            "starts 18:00 → 19:00, ends 19:30 → 20:30",
        ),
        (
            {"starts_at": "2026-09-15T16:00Z", "ends_at": "2026-09-15T17:30Z"},
            "starts Mon 14 Sep 2026 18:00 → Tue 15 Sep 2026 18:00, ends Mon 14 Sep 2026 19:30 → Tue 15 Sep 2026 19:30, "
            "was due on Mon 14 Sep 2026",
        ),
        ({"tutor_id": "luc"}, "tutor Amina → Luc"),
        ({"tutor_id": None}, "tutor Amina → none"),
        ({"tutor_id": "dora"}, "tutor Amina → dora"),
        ({"price": "52.5 EUR"}, "price 45.00 EUR → 52.50 EUR"),
        ({"price": None}, "price 45.00 EUR → none"),
        ({"status": "CONFIRMED"}, "status PENDING → CONFIRMED"),
        ({"room_id": "hall"}, "room the series' own → hall"),
        ({"package_id": "p1", "number": 3}, "package none → p1, number none → 3"),
        ({"timezone": "Europe/London"}, "timezone Europe/Paris → Europe/London"),
        ({"cause_id": "trip", "cancellation_reason": ""}, 'cause none → trip, reason none → ""'),
        (
            {"meeting_url": "https://meet.example", "notes": "a\nb"},
            'meeting url none → https://meet.example, notes "" → a\\nb',
        ),
    ],
)
def test_an_update_names_each_field_with_its_old_and_new_value(changes: dict[str, Any], told: str) -> None:
    shown = text(update(a_session("2026-09-14", tutor_id="amina", price="45 EUR"), **changes))[3]

    assert shown.endswith(f"  {told}  # moved")


def test_a_field_that_no_session_has_is_named_all_the_same() -> None:
    session = a_session("2026-09-14")
    change = Change("UPDATE", before=session, after=session, fields=("mood_of_day",), code="host")
    [shown] = lines(change)

    assert shown == "  ~ Mon 14 Sep 2026  18:00–19:30  mon  no tutor  mood of day none → none  # host"


def test_a_time_that_looks_the_same_is_told_apart_by_its_offset() -> None:
    [shown] = lines(move(a_session("2026-10-25", "02:30+02:00", 2), HOUR))

    assert shown == (
        "  ~ Sun 25 Oct 2026  02:30–04:30  mon  no tutor  starts 02:30 UTC+2 → 02:30 UTC+1, ends 03:30 → 04:30  # moved"
    )


def test_a_time_in_another_timezone_is_told_with_both() -> None:
    session = a_session("2026-09-14")
    change = update(
        session, timezone="Europe/London", starts_at=session.starts_at + HOUR, ends_at=session.ends_at + HOUR
    )
    [shown] = lines(change)

    assert shown == (
        "  ~ Mon 14 Sep 2026  18:00–19:30 Europe/London  mon  no tutor"
        "  starts 18:00 Europe/Paris → 18:00 Europe/London, ends 19:30 Europe/Paris → 19:30 Europe/London,"
        " timezone Europe/Paris → Europe/London  # moved"
    )


def test_what_a_session_that_is_brought_back_becomes_is_told_without_its_status() -> None:
    [shown] = lines(reinstate(a_session("2026-09-14", tutor_id="amina"), tutor_id="amina", price="30 EUR"))

    assert shown == (
        "  ± Mon 14 Sep 2026  18:00–19:30  mon  Amina  30.00 EUR"
        "  tutor Amina → Amina, price none → 30.00 EUR  # no longer off"
    )


def test_a_session_with_an_id_of_its_own_names_it() -> None:
    made = create(a_session("2026-09-14", id="s-17"))
    by_hand = move(attrs.evolve(a_session("2026-09-15", id="s-18"), slot_id=None, occurs_on=None), HOUR)

    assert lines(made, by_hand) == [
        "  + Mon 14 Sep 2026  18:00–19:30  mon  no tutor  session s-17  # due",
        "  ~ Tue 15 Sep 2026  19:00–20:30  -    no tutor  starts 18:00 → 19:00, ends 19:30 → 20:30, session s-18"
        "  # moved",
    ]


# Where and by whom


def test_a_subject_stands_in_the_heading_unless_the_id_says_it() -> None:
    def heading(subject: str) -> str:
        return text(create(a_session("2026-09-14")), school=School([attrs.evolve(MATHS, subject=subject)]))[2]

    assert [heading(subject) for subject in ("Geometry", "Maths", " ", "x\ty" + "z" * 60)] == [
        "maths · Geometry · Europe/Paris",
        "maths · Europe/Paris",
        "maths · Europe/Paris",
        f"maths · x\\ty{'z' * 25}… · Europe/Paris",
    ]


def test_a_series_without_a_timezone_is_shown_in_that_of_most_sessions() -> None:
    shown = text(
        create(a_session("2026-09-14", timezone="Europe/London")),
        create(a_session("2026-09-21")),
        create(a_session("2026-09-28")),
        school=School([]),
    )

    assert shown[2:-2] == [
        "maths · Europe/Paris",
        "  # due",
        "  + Mon 14 Sep 2026  17:00–18:30 Europe/London  mon  no tutor",
        "  + Mon 21 Sep 2026  18:00–19:30                mon  no tutor",
        "  + Mon 28 Sep 2026  18:00–19:30                mon  no tutor",
    ]


def test_tutors_of_one_name_are_told_apart_by_their_ids() -> None:
    school = School([MATHS], tutors=[Tutor("a1", name="Amina"), Tutor("a2", name="Amina "), Tutor("x", name="")])
    shown = lines(
        create(a_session("2026-09-14", tutor_id="a1")),
        create(a_session("2026-09-21", tutor_id="a2")),
        cancel(a_session("2026-09-28", tutor_id="x")),
        school=school,
    )

    assert shown == [
        "  + Mon 14 Sep 2026  18:00–19:30  mon  Amina (a1)  # due",
        "  + Mon 21 Sep 2026  18:00–19:30  mon  Amina (a2)  # due",
        "  - Mon 28 Sep 2026  18:00–19:30  mon  x           # called off by trip",
    ]


def test_columns_line_up_under_wide_and_combined_letters() -> None:
    names = {"a": "陳大文", "b": "Zoe\u0301", "c": "🎻 Kim", "d": "Amina"}
    school = School([MATHS], tutors=[Tutor(id, name=name) for id, name in names.items()])
    days = ("2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28")
    shown = lines(
        *(create(a_session(day, tutor_id=id, price="9 EUR")) for day, id in zip(days, names, strict=True)),
        school=school,
    )

    assert shown[1:] == [
        "  + Mon  7 Sep 2026  18:00–19:30  mon  陳大文  9.00 EUR",
        "  + Mon 14 Sep 2026  18:00–19:30  mon  Zoe\u0301     9.00 EUR",
        "  + Mon 21 Sep 2026  18:00–19:30  mon  🎻 Kim  9.00 EUR",
        "  + Mon 28 Sep 2026  18:00–19:30  mon  Amina   9.00 EUR",
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Amina\x1b[2J", "Amina\\x1b[2J"),
        ("Luc\r\nZoé", "Luc\\r\\nZoé"),
        ("Luc\u2028\u202egro", "Luc\\u2028\\u202egro"),
        ("Luc\x9b\u200b\u00ad", "Luc\\x9b\\u200b\\xad"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("Nebuchadnezzar the Second of Babylon", "Nebuchadnezzar the Second of …"),
        ("陳" * 16, "陳" * 14 + "…"),
        ("a" + "\u0301" * 1000, "a" + "\u0301" * 89 + "…"),
    ],
)
def test_a_name_steers_no_terminal_and_takes_no_more_than_30_columns(name: str, shown: str) -> None:
    [line] = lines(
        create(a_session("2026-09-14", tutor_id="x")), school=School([MATHS], tutors=[Tutor("x", name=name)])
    )

    assert line == f"  + Mon 14 Sep 2026  18:00–19:30  mon  {shown}  # due"


# Times


@pytest.mark.parametrize(
    ("start", "hours", "shown"),
    [
        ("18:00+02:00", 1.5, "18:00–19:30"),
        ("22:00+02:00", 2, "22:00–24:00"),
        ("23:00+02:00", 8, "23:00–07:00 +1"),
        ("18:00+02:00", 30, "18:00–00:00 +2"),
        ("18:00+02:00", 54, "18:00–00:00 +3"),
        ("18:00+02:00", 24, "18:00–18:00 +1"),
        ("18:00:30+02:00", 1, "18:00:30–19:00:30"),
        ("18:00:00.25+02:00", 1, "18:00:00.250000–19:00:00.250000"),
    ],
)
def test_times_are_those_of_the_clock_with_the_days_that_pass(start: str, hours: float, shown: str) -> None:
    [line] = lines(create(a_session("2026-09-14", start, hours)))

    assert line == f"  + Mon 14 Sep 2026  {shown}  mon  no tutor  # due"


def test_a_session_during_a_clock_change_says_how_long_it_lasts() -> None:
    assert lines(
        create(a_session("2026-10-24", "23:00+02:00", 9)),
        create(a_session("2027-03-27", "23:00+01:00", 7)),
    ) == [
        "  + Sat 24 Oct 2026  23:00–07:00 +1  mon  no tutor  lasts 9 h: clocks go back 1 h during it  # due",
        "  ── clocks go back 1 h on Sun 25 Oct 2026 (UTC+2 → UTC+1) ──",
        "  + Sat 27 Mar 2027  23:00–07:00 +1  mon  no tutor  lasts 7 h: clocks go forward 1 h during it  # due",
    ]


@pytest.mark.parametrize(
    ("timezone", "before", "after", "told"),
    [
        (PARIS, "2027-03-27", "2027-03-29", ["clocks go forward 1 h on Sun 28 Mar 2027 (UTC+1 → UTC+2)"]),
        ("Europe/London", "2026-10-24", "2026-10-26", ["clocks go back 1 h on Sun 25 Oct 2026 (UTC+1 → UTC)"]),
        (
            "Australia/Lord_Howe",
            "2026-04-04",
            "2026-04-06",
            ["clocks go back 30 min on Sun 5 Apr 2026 (UTC+11 → UTC+10:30)"],
        ),
        (
            "America/St_Johns",
            "2026-03-07",
            "2026-03-09",
            ["clocks go forward 1 h on Sun 8 Mar 2026 (UTC-3:30 → UTC-2:30)"],
        ),
        ("Pacific/Apia", "2011-12-29", "2012-01-01", ["clocks go forward 24 h on Fri 30 Dec 2011 (UTC-10 → UTC+14)"]),
        # In Beirut it is midnight that comes twice or not at all.
        ("Asia/Beirut", "2026-10-24", "2026-10-26", ["clocks go back 1 h on Sun 25 Oct 2026 (UTC+3 → UTC+2)"]),
        (
            "Europe/Amsterdam",
            "1937-06-30",
            "1937-07-02",
            [],
        ),
        (
            PARIS,
            "2026-09-14",
            "2027-09-13",
            [
                "clocks go back 1 h on Sun 25 Oct 2026 (UTC+2 → UTC+1)",
                "clocks go forward 1 h on Sun 28 Mar 2027 (UTC+1 → UTC+2)",
            ],
        ),
        (
            PARIS,
            "2026-09-14",
            "2028-01-03",
            ["clocks change 3 times, last: clocks go back 1 h on Sun 31 Oct 2027 (UTC+2 → UTC+1)"],
        ),
        (PARIS, "2026-09-14", "2226-09-14", []),
        ("UTC", "2026-09-14", "2027-09-13", []),
    ],
)
def test_clock_changes_stand_between_the_lines_that_they_part(
    timezone: str, before: str, after: str, told: list[str]
) -> None:
    sessions = [a_session(day, "12:00Z", timezone=timezone) for day in (before, after)]
    shown = lines(*map(create, sessions), school=School([attrs.evolve(MATHS, timezone=timezone)]))

    assert shown[1:-1] == [f"  ── {each} ──" for each in told]


def test_a_clock_that_leaves_local_time_shows_the_seconds_of_its_offset() -> None:
    sessions = [a_session(day, "12:00Z", timezone=PARIS) for day in ("1911-03-10", "1911-03-12")]
    shown = lines(*map(create, sessions))

    assert shown[1] == "  ── clocks go back 9 min 21 s on Sat 11 Mar 1911 (UTC+0:09:21 → UTC) ──"


def test_sessions_at_the_end_of_time_are_shown_in_utc() -> None:
    last = datetime(9999, 12, 31, 22, 30, tzinfo=UTC)
    session = a_session("2026-09-14", timezone="Asia/Tokyo", starts_at=last, ends_at=last + HOUR)

    assert lines(create(session)) == [
        "  + Fri 31 Dec 9999  22:30–23:30 Asia/Tokyo  mon  no tutor  was due on Mon 14 Sep 2026  # due"
    ]


# Reasons


def test_what_every_line_would_say_is_said_once() -> None:
    alone = Decision("amina", "a", "round_robin", "Amina's turn: nobody else is in the rotation")
    days = ("2026-09-07", "2026-09-14", "2026-09-21")
    shown = lines(*(create(a_session(day, tutor_id="amina"), decision=alone) for day in days))

    assert shown == [
        "  # Amina's turn: nobody else is in the rotation",
        "  + Mon  7 Sep 2026  18:00–19:30  mon  Amina",
        "  + Mon 14 Sep 2026  18:00–19:30  mon  Amina",
        "  + Mon 21 Sep 2026  18:00–19:30  mon  Amina",
    ]


def test_a_roster_that_many_lines_name_becomes_a_note() -> None:
    away = ", but Amina is not free on Monday 2026-09-28 from 18:00: outside their hours; left open"
    block = Decision("luc", "b", "consecutive", "Luc's 2nd of 2 in a row, in the order Luc, Zoé")
    shown = lines(
        create(a_session("2026-09-07", tutor_id="amina"), decision=turn("Amina")),
        create(a_session("2026-09-14", tutor_id="luc"), decision=turn("Luc"), because="it makes up for one"),
        create(a_session("2026-09-21", tutor_id="zoe"), decision=turn("Zoé")),
        create(a_session("2026-09-28"), decision=turn("Amina", rest=away)),
        create(a_session("2026-10-05", tutor_id="luc"), decision=block),
    )

    assert shown == [
        "  + Mon  7 Sep 2026  18:00–19:30  mon  Amina     # Amina's turn [1]",
        "  + Mon 14 Sep 2026  18:00–19:30  mon  Luc       # it makes up for one; Luc's turn [1]",
        "  + Mon 21 Sep 2026  18:00–19:30  mon  Zoé       # Zoé's turn [1]",
        "  + Mon 28 Sep 2026  18:00–19:30  mon  no tutor  # Amina's turn [1], but Amina is not free on Monday"
        " 2026-09-28 from 18:00: outside their hours; left open",
        "  + Mon  5 Oct 2026  18:00–19:30  mon  Luc       # Luc's 2nd of 2 in a row, in the order Luc, Zoé",
        "  [1] in the rotation Amina, Luc, Zoé",
    ]


def test_a_long_reason_of_many_lines_becomes_a_note_and_a_short_one_stays() -> None:
    long = "slot mon is at 18:00–19:30 (Europe/Paris, tzdata 2026a)"
    days = ("2026-09-07", "2026-09-14", "2026-09-21")
    moved = [move(a_session(day), HOUR, because=long) for day in days]
    off = [cancel(a_session(day, slot_id="thu"), "called off by trip") for day in days]
    shown = lines(*moved, *off)

    assert [line.partition("# ")[2] for line in shown[:-1]] == ["called off by trip", "[1]"] * 3
    assert shown[-1] == f"  [1] {long}"


def test_a_reason_is_cut_at_400_columns_and_can_not_break_the_line() -> None:
    [shown] = lines(cancel(a_session("2026-09-14"), "a\nb" + "c" * 500))

    assert shown == f"  - Mon 14 Sep 2026  18:00–19:30  mon  no tutor  # a\\nb{'c' * 395}…"


# Conflicts, issues, stand-ins


def test_conflicts_are_told_by_what_is_wrong_and_with_whom() -> None:
    members = [Member("ben", name="Ben"), Member("amina", name="Amina the student")]
    shown = text(
        school=attrs.evolve(SCHOOL, series=[attrs.evolve(MATHS, members=members)]),
        conflicts=[
            a_conflict(kind="closed", who=None, other="autumn"),
            a_conflict(kind="unavailable", who="luc", reaction="unassign", why="outside their hours"),
            a_conflict(kind="room", who="hall", other="b-1", reaction="skip"),
            a_conflict(kind="student", who="ben", other="choir/mon/2026-09-14"),
            a_conflict(kind="student", who="amina", other="choir/mon/2026-09-14"),
            a_conflict(kind="tutor", who="dora", other="choir/mon/2026-09-14"),
            a_conflict("maths/mon/2026-09-21", kind="tutor", other="choir/mon/2026-09-21", ends_at="2026-09-14T23:30Z"),
            a_conflict(kind="tutor", other="s-1"),
            a_conflict(kind="tutor", who=None),
            a_conflict(kind="unavailable", who=None),
        ],
    )

    assert shown == [
        "Conflicts (times in Europe/Paris)",
        "  the tutor is double-booked",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  only flagged",
        "  tutor Amina is double-booked, 2 times",
        "    ! Mon 14 Sep 2026  18:30–19:30     maths/mon/2026-09-14  with s-1                   only flagged",
        "    ! Mon 14 Sep 2026  18:30–01:30 +1  maths/mon/2026-09-21  with choir/mon/2026-09-21  only flagged",
        "  tutor dora is double-booked",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  with choir/mon/2026-09-14  only flagged",
        "  student Amina the student is double-booked",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  with choir/mon/2026-09-14  only flagged",
        "  student Ben is double-booked",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  with choir/mon/2026-09-14  only flagged",
        "  room hall is double-booked",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  with b-1  not held",
        "  the tutor is not available",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  only flagged",
        "  tutor Luc is not available",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  left without a tutor  # outside their hours",
        "  closed that day",
        "    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  with autumn  only flagged",
        "",
        "No changes. 10 conflicts.",
    ]


def test_conflicts_in_several_timezones_name_them() -> None:
    shown = text(
        create(a_session("2026-09-14", id="host-7", timezone="Europe/London")),
        conflicts=[a_conflict("host-7"), a_conflict(), a_conflict("elsewhere/mon/2026-09-14")],
    )

    assert shown[5:9] == [
        "Conflicts",
        "  tutor Amina is double-booked, 3 times",
        "    ! Mon 14 Sep 2026  16:30–17:30  UTC            elsewhere/mon/2026-09-14  only flagged",
        "    ! Mon 14 Sep 2026  17:30–18:30  Europe/London  host-7                    only flagged",
    ]


def test_ten_thousand_conflicts_of_one_tutor_are_told_by_the_first_twenty() -> None:
    conflicts = [a_conflict(other=f"b-{number:05}") for number in range(10_000)]
    shown = text(conflicts=conflicts)

    assert shown[1] == "  tutor Amina is double-booked, 10,000 times"
    assert shown[2:22] == [
        f"    ! Mon 14 Sep 2026  18:30–19:30  maths/mon/2026-09-14  with b-{number:05}  only flagged"
        for number in range(20)
    ]
    assert shown[22:] == [
        "    … and 9,980 more; see plan.conflicts",
        "",
        "No changes. 10,000 conflicts.",
    ]


def test_issues_are_told_by_code_each_code_at_most_twenty_times() -> None:
    shown = text(
        issues=[
            *(Issue("no-members", series_id=f"s{number:02}", message="nobody takes part") for number in range(22)),
            Issue("bad-pattern", series_id="maths", message="week 0\nis no week"),
            Issue("bad-pattern", message="x" * 500),
        ]
    )

    assert shown == [
        "Issues",
        f"  ! -      bad-pattern  {'x' * 399}…",
        "  ! maths  bad-pattern  week 0\\nis no week",
        *(f"  ! s{number:02}    no-members   nobody takes part" for number in range(20)),
        "  … and 2 more no-members; see plan.issues",
        "",
        "No changes. 24 issues.",
    ]


def test_stand_ins_say_what_they_stand_in_for() -> None:
    shown = text(stand_ins=[("maths/mon/2026-09-21", "s-1"), ("maths/mon/2026-09-14", "s-2")], unchanged=2)

    assert shown == [
        "Kept",
        "  s-2 stands in for maths/mon/2026-09-14",
        "  s-1 stands in for maths/mon/2026-09-21",
        "",
        "No changes. 2 sessions are as they should be.",
    ]


# The total

SOME = a_session("2026-09-14")


@pytest.mark.parametrize(
    ("changes", "more", "told"),
    [
        ([], {"unchanged": 0}, "No changes."),
        ([], {"unchanged": 1}, "No changes. 1 session is as it should be."),
        ([], {"unchanged": 40_000}, "No changes. 40,000 sessions are as they should be."),
        (
            [],
            {"unchanged": 2, "conflicts": 1, "issues": 2},
            "No changes. 2 sessions are as they should be. 1 conflict, 2 issues.",
        ),
        ([], {"unchanged": 0, "issues": 1}, "No changes. 1 issue."),
        ([create(SOME)] * 1_200, {"unchanged": 1}, "Plan: 1,200 to create, 1 as it is."),
        ([cancel(SOME)], {"unchanged": 0, "conflicts": 2}, "Plan: 1 to cancel. 2 conflicts."),
        (
            [
                reinstate(SOME),
                cancel(SOME),
                cancel(SOME),
                *(
                    update(SOME, code, notes="x")
                    for code in (
                        "recaused",
                        "relinked",
                        "repriced",
                        "unconfirmed",
                        "confirmed",
                        "reassigned",
                        "moved",
                        "moved",
                    )
                ),
                create(SOME),
            ],
            {"unchanged": 3},
            "Plan: 1 to create, 2 to move, 1 to reassign, 1 to confirm, 1 to unconfirm, 1 to reprice, 2 to update, "
            "2 to cancel, 1 to bring back, 3 as they are.",
        ),
    ],
)
def test_the_total_says_how_much_a_plan_does(changes: list[Change], more: dict[str, int], told: str) -> None:
    assert summary(iter(changes), **more) == told


@pytest.mark.parametrize(
    ("instant", "timezone", "told"),
    [
        (datetime(2026, 9, 14, 16, tzinfo=UTC), PARIS, "Mon 14 Sep 2026 18:00"),
        (datetime(2026, 9, 6, 22, 30, 5, tzinfo=UTC), PARIS, "Mon 7 Sep 2026 00:30:05"),
        (datetime.max.replace(tzinfo=UTC), "Asia/Tokyo", "Fri 31 Dec 9999 23:59:59.999999"),
    ],
)
def test_an_instant_is_told_on_the_clock_of_a_timezone(instant: datetime, timezone: str, told: str) -> None:
    assert when(instant, timezone) == told


# Whatever the plan


NASTY = "\n\r\t\x1b\x07\x9b\u00ad\u061c\u200b\u200d\u2028\u202e\u2066\ufeff\U000e0041"
USUAL = "ab 1;,#[]→陳🎻a\u0301\u05d0"


def texts(most: int = 12) -> st.SearchStrategy[str]:
    return st.text(NASTY + USUAL, max_size=most) | st.text(
        st.characters(exclude_characters="\0", codec="utf-8"), max_size=5
    )


def ids() -> st.SearchStrategy[str]:
    return st.text("ab \u00ad\u200b\u202e\u2066陳", min_size=1, max_size=5)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """What a plan shows: changes of every kind in a few series, and findings, with any words in them."""
    tutor_ids = draw(st.lists(ids(), min_size=1, max_size=3, unique=True))
    series_ids = draw(st.lists(ids(), min_size=1, max_size=3, unique=True))
    zones = st.sampled_from((PARIS, "America/New_York", "Australia/Lord_Howe"))
    some_tutor = st.none() | st.sampled_from(tutor_ids)
    changes = []
    for number in range(draw(st.integers(0, 8))):
        day = datetime(2026, 9, 14, tzinfo=UTC) + draw(st.integers(0, 400)) * DAY
        session = a_session(
            day.date().isoformat(),
            f"{draw(st.integers(0, 23)):02}:00Z",
            slot_id=f"slot{number}",
            series_id=draw(st.sampled_from(series_ids)),
            timezone=draw(zones),
            tutor_id=draw(some_tutor),
        )
        kind: ChangeKind = draw(st.sampled_from(ChangeKind))
        match kind:
            case ChangeKind.CREATE:
                change = create(session, decision=turn(draw(texts()), draw(texts()), draw(texts())))
            case ChangeKind.UPDATE if draw(st.booleans()):
                change = update(session, because=draw(texts()), tutor_id=draw(some_tutor), notes=draw(texts()))
            case ChangeKind.UPDATE:
                change = move(session, draw(st.integers(-30, 30)) * HOUR, because=draw(texts()))
            case ChangeKind.CANCEL:
                change = cancel(session, draw(texts()))
            case ChangeKind.REINSTATE:
                change = reinstate(session, tutor_id=draw(some_tutor))
        changes.append(change)
    known = [
        Series(id, timezone=draw(st.none() | zones), starts_on="2026-09-07", subject=draw(texts())) for id in series_ids
    ]
    tutors = [Tutor(id, name=draw(texts(40))) for id in tutor_ids]
    conflicts = [
        a_conflict(f"{draw(ids())}/mon/2026-09-14", who=draw(some_tutor), other=draw(texts()), why=draw(texts()))
        for _ in range(draw(st.integers(0, 3)))
    ]
    issues = [Issue(draw(texts()), message=draw(texts())) for _ in range(draw(st.integers(0, 3)))]
    stand_ins = [(draw(ids()), draw(ids())) for _ in range(draw(st.integers(0, 3)))]
    return {
        "changes": changes,
        "school": School(known, tutors=tutors),
        "unchanged": draw(st.integers(0, 3)),
        "conflicts": conflicts,
        "issues": issues,
        "stand_ins": stand_ins,
    }


@given(plans())
def test_nothing_that_people_typed_steers_a_terminal(plan: dict[str, Any]) -> None:
    shown = as_text(**plan)

    left = {character for character in shown if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert left <= {"\n", "\u200c", "\u200d"}


@given(plans())
def test_without_its_colors_a_colored_plan_is_the_plain_one(plan: dict[str, Any]) -> None:
    plain, colored = as_text(**plan), as_text(**plan, color=True)

    assert ANSI.sub("", colored) == plain


@given(plans())
def test_every_changed_session_has_exactly_one_line(plan: dict[str, Any]) -> None:
    shown = as_text(**plan)

    found = re.findall(r"^  [-+~±] .*?  (slot[0-9]+)  ", shown, re.MULTILINE)
    assert sorted(found) == sorted(f"{change.after.slot_id}" for change in plan["changes"])


@given(plans(), st.randoms(use_true_random=False))
def test_the_order_of_what_a_plan_holds_changes_nothing(plan: dict[str, Any], random: Any) -> None:
    def shuffled(values: Sequence[Any]) -> list[Any]:
        return random.sample(values, len(values))  # type: ignore[no-any-return]

    school = attrs.evolve(
        plan["school"], series=shuffled(plan["school"].series), tutors=shuffled(plan["school"].tutors)
    )
    other = {name: shuffled(plan[name]) for name in ("changes", "conflicts", "issues", "stand_ins")}

    assert as_text(**plan | other | {"school": school}) == as_text(**plan)
