"""The conflict sheet."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from recurly_sessions import Member, School, Series, Session, Slot, Tutor
from recurly_sessions.render.sheet import Row, as_table, sheet
from recurly_sessions.values.conflict import Conflict

SCHOOL = School(
    [
        Series("choir", timezone="Europe/London", starts_on="2026-09-07", members=["ben"]),
        Series(
            "maths",
            timezone="Europe/Paris",
            starts_on="2026-09-07",
            subject="Maths",
            slots=[
                Slot("mon", days="MO", start="18:00", end="19:30"),
                Slot("tue", days="TU", start="18:00", end="19:30", subject="Geometry"),
            ],
            members=[Member("ben", name="Ben"), Member("bea", name="Ben"), Member("cleo", name="Cléo")],
        ),
        Series("zither", timezone="Europe/Paris", starts_on="2026-09-07", members=[Member("ben", name="Benedict")]),
    ],
    tutors=[Tutor("amina", name="Amina")],
)
AT = datetime(2026, 9, 14, 16, tzinfo=UTC)
SESSION = Session(
    "maths/mon/2026-09-14",
    series_id="maths",
    slot_id="mon",
    occurs_on="2026-09-14",
    timezone="Europe/Paris",
    starts_at=AT,
    ends_at=AT + timedelta(hours=1.5),
)


def a_conflict(session_id: str = SESSION.id, kind: str = "tutor", **more: Any) -> Conflict:
    said = {"starts_at": "2026-09-14T16:30Z", "ends_at": "2026-09-14T17:30Z", "who": "amina"}
    return Conflict(kind, session_id=session_id, **said | more)


def rows_of(*conflicts: Conflict, sessions: tuple[Session, ...] = (SESSION,)) -> list[Row]:
    by_id = {session.id: session for session in sessions}
    return sheet(conflicts, sessions=by_id, school=SCHOOL, choices=lambda conflict: ("keep", f"not {conflict.kind}"))


def a_row(**more: Any) -> Row:
    said: dict[str, Any] = {
        "starts_at": AT,
        "timezone": "Europe/Paris",
        "session_id": "maths/mon/2026-09-14",
        "title": "Maths",
        "kind": "tutor",
        "who": "Amina",
        "other": "choir/mon/2026-09-14",
        "reaction": "flag",
        "why": "",
        "choices": ("keep", "skip"),
    }
    return Row(**said | more)


# The rows


def test_a_row_says_when_the_session_starts_and_what_can_be_done() -> None:
    assert rows_of(a_conflict(other="choir/mon/2026-09-14", reaction="skip", why="Amina is taken")) == [
        Row(
            starts_at=AT,
            timezone="Europe/Paris",
            session_id="maths/mon/2026-09-14",
            title="Maths",
            kind="tutor",
            who="Amina",
            other="choir/mon/2026-09-14",
            reaction="skip",
            why="Amina is taken",
            choices=("keep", "not tutor"),
        )
    ]


def test_the_rows_are_by_start_whatever_the_order_of_the_conflicts() -> None:
    conflicts = [
        a_conflict("choir/mon/2026-09-07", starts_at="2026-09-07T16:30Z"),
        a_conflict("choir/mon/2026-09-14", starts_at="2026-09-14T16:00Z"),
        a_conflict(kind="room", who="hall", other="b-1"),
        a_conflict(kind="tutor", other="b-1"),
        a_conflict(kind="tutor", other="b-2"),
    ]
    expected = [(each.session_id, each.kind, each.other) for each in conflicts]

    assert [(row.session_id, row.kind, row.other) for row in rows_of(*conflicts)] == expected
    assert rows_of(*reversed(conflicts)) == rows_of(*conflicts)


def test_a_session_that_is_not_there_is_shown_by_its_id_and_where_it_overlaps() -> None:
    rows = rows_of(
        a_conflict("maths/tue/2026-09-15", starts_at="2026-09-14T16:10Z"),
        a_conflict("choir/x/2026-09-15", starts_at="2026-09-14T16:20Z"),
        a_conflict("gone/x/2026-09-15", starts_at="2026-09-14T16:30Z"),
        a_conflict("host-7", starts_at="2026-09-14T16:40Z"),
    )

    assert [(row.title, row.timezone, f"{row.starts_at:%H:%M}") for row in rows] == [
        ("Geometry", "Europe/Paris", "16:10"),
        ("choir", "Europe/London", "16:20"),
        ("gone", "UTC", "16:30"),
        ("host-7", "UTC", "16:40"),
    ]


def test_who_is_a_name_where_there_is_one() -> None:
    rows = rows_of(
        a_conflict(kind="tutor", who="amina"),
        a_conflict(kind="tutor", who="ben"),
        a_conflict(kind="unavailable", who="amina"),
        a_conflict(kind="student", who="amina"),
        a_conflict(kind="student", who="ben"),
        a_conflict(kind="student", who="bea"),
        a_conflict(kind="student", who="cleo"),
        a_conflict(kind="room", who="amina"),
        a_conflict(kind="closed", who=None),
    )

    assert [(row.kind, row.who) for row in rows] == [
        ("closed", None),
        ("room", "amina"),
        ("student", "Ben (bea)"),
        ("student", "Ben (ben)"),
        ("student", "Cléo"),
        ("student", "amina"),
        ("tutor", "Amina"),
        ("tutor", "ben"),
        ("unavailable", "Amina"),
    ]


# The table


def test_a_table_says_each_date_once() -> None:
    table = as_table(
        [
            a_row(),
            a_row(kind="room", who="hall", reaction="skip", choices=()),
            a_row(
                session_id="maths/mon/2026-09-21",
                starts_at=AT + timedelta(days=7),
                kind="unavailable",
                other=None,
                reaction="unassign",
                why="outside their hours",
            ),
        ]
    )

    assert table.splitlines() == [
        "date             time   lesson  session               problem                       with                  "
        "done                  choices     why",
        "Mon 14 Sep 2026  18:00  Maths   maths/mon/2026-09-14  tutor Amina is double-booked  choir/mon/2026-09-14  "
        "only flagged          keep, skip",
        "                 18:00  Maths   maths/mon/2026-09-14  room hall is double-booked    choir/mon/2026-09-14  "
        "not held",
        "Mon 21 Sep 2026  18:00  Maths   maths/mon/2026-09-21  tutor Amina is not available                        "
        "left without a tutor  keep, skip  outside their hours",
        "(times in Europe/Paris)",
    ]


def test_several_timezones_have_a_column() -> None:
    table = as_table(
        [
            a_row(kind="closed", who=None, other="autumn"),
            a_row(timezone="Europe/London", starts_at=AT + timedelta(hours=6, minutes=30), kind="student", who="Ben"),
            a_row(timezone="Europe/Paris", starts_at=AT + timedelta(hours=6, minutes=30), kind="tutor", who=None),
        ]
    )

    assert table.splitlines() == [
        "date             time   timezone       lesson  session               problem                       "
        "with                  done          choices",
        "Mon 14 Sep 2026  18:00  Europe/Paris   Maths   maths/mon/2026-09-14  closed that day               "
        "autumn                only flagged  keep, skip",
        "                 23:30  Europe/London  Maths   maths/mon/2026-09-14  student Ben is double-booked"
        "  choir/mon/2026-09-14  only flagged  keep, skip",
        "Tue 15 Sep 2026  00:30  Europe/Paris   Maths   maths/mon/2026-09-14  the tutor is double-booked    "
        "choir/mon/2026-09-14  only flagged  keep, skip",
    ]


def test_a_table_of_nothing_says_so() -> None:
    assert as_table([]) == "No conflicts."
    assert as_table([], color=True) == "No conflicts."


def test_a_colored_table_without_its_colors_is_the_plain_one() -> None:
    colored = as_table([a_row()], color=True)

    assert re.sub(r"\x1b\[[0-9]+m", "", colored) == as_table([a_row()])
    assert [line.startswith("\x1b[") for line in colored.splitlines()] == [True, False, True]


def test_nothing_in_a_table_breaks_its_lines() -> None:
    said = ("title", "session_id", "kind", "who", "other", "reaction", "why")
    table = as_table([a_row(choices=("a\x1bb",), **{name: f"{name}\n\u202e\x1b[2J" for name in said})])

    assert [re.split("  +", line) for line in table.split("\n")] == [
        ["date", "time", "lesson", "session", "problem", "with", "done", "choices", "why"],
        [
            "Mon 14 Sep 2026",
            "18:00",
            r"title\n\u202e\x1b[2J",
            r"session_id\n\u202e\x1b[2J",
            r"kind\n\u202e\x1b[2J who\n\u202e\x1b[2J is double-booked",
            r"other\n\u202e\x1b[2J",
            r"reaction\n\u202e\x1b[2J",
            r"a\x1bb",
            r"why\n\u202e\x1b[2J",
        ],
        ["(times in Europe/Paris)"],
    ]
