"""A school from plain data, TOML or JSON: everything that is wrong at once, each with its path and line."""

from typing import Any

import pytest

from recurly_sessions import (
    Assignment,
    Config,
    Consecutive,
    Manual,
    Member,
    Money,
    RoundRobin,
    School,
    Series,
    Slot,
    Tutor,
    Weekly,
)
from recurly_sessions.config import resolve_config
from recurly_sessions.errors import DocumentError, Problem

# Four lines, so that what a test adds begins on line 5.
SERIES = """\
[[series]]
id = "maths"
timezone = "Europe/Paris"
starts_on = 2026-09-07
"""
DATE = "must be a date like 2026-09-07"
TIME = "must be a time from 00:00 to 23:59, written HH:MM"
DAYS = "must be weekdays like MO,WE or ISO numbers (Monday=1)"
SLOT_FIELDS = (
    "id, days, rrule, start, end, duration, starts_on, ends_on, extra_dates, excluded_dates, subject, room_id, active, "
    "phases"
)
KINDS = "must be a table with kind = one of round_robin, weekly, consecutive, manual"


def problems_of(text: str) -> list[tuple[int | None, str, str]]:
    """Say line, path and message of each problem of a text in TOML."""
    with pytest.raises(DocumentError) as error:
        School.from_toml(text)
    return [(problem.line, problem.path, problem.message) for problem in error.value.problems]


def problems_of_data(data: Any) -> list[tuple[str, str]]:
    """Say path and message of each problem of plain data."""
    with pytest.raises(DocumentError) as error:
        School.from_dict(data)
    assert [problem.line for problem in error.value.problems] == [None] * len(error.value.problems)
    return [(problem.path, problem.message) for problem in error.value.problems]


# What a file may say


def test_a_file_says_a_school_in_toml() -> None:
    school = School.from_toml(
        SERIES
        + """\
members = ["ben", { id = "cleo", name = "Cléo" }]
ends_on = "2027-07-31"
status = "draft"
slots = [
    { id = "mon", days = ["MO", "wednesday", 5], start = 18:00:00, end = "19:30" },
]

[[series.assignments]]
id = "a"
tutor_id = "amina"
pattern = "ROUND_ROBIN"
created_at = 2026-09-01T10:00:00+02:00

[[series.assignments]]
id = "b"
tutor_id = "luc"
pattern = { kind = "weekly", weeks = [1, 3], cycle = 4 }

[[series.assignments]]
id = "c"
tutor_id = "zoe"
slot_id = "mon"
pattern.kind = "consecutive"
pattern.n = 5

[[series.assignments]]
id = "d"
tutor_id = "zoe"
pattern = { kind = "manual" }

[[tutors]]
id = "amina"
hourly_rate = 29.50
subjects = "maths"
availability = []

[[tutors]]
id = "luc"
hourly_rate = "30 EUR"

[base]
weeks_ahead = 8
max_changes = 0.25

[branches."the north"]
on_gap = "skip"
"""
    )

    assert school == School(
        Series(
            "maths",
            timezone="Europe/Paris",
            starts_on="2026-09-07",
            ends_on="2027-07-31",
            status="DRAFT",
            members=["ben", Member("cleo", name="Cléo")],
            slots=[Slot("mon", days="MO,WE,FR", start="18:00", end="19:30")],
            assignments=[
                Assignment("a", tutor_id="amina", pattern=RoundRobin(), created_at="2026-09-01T08:00Z"),
                Assignment("b", tutor_id="luc", pattern=Weekly(weeks=[1, 3], cycle=4)),
                Assignment("c", tutor_id="zoe", slot_id="mon", pattern=Consecutive(5)),
                Assignment("d", tutor_id="zoe", pattern=Manual()),
            ],
        ),
        tutors=[
            Tutor("amina", hourly_rate="29.50", subjects=["maths"], availability=[]),
            Tutor("luc", hourly_rate=Money(30, "EUR")),
        ],
        base=Config(weeks_ahead=8, max_changes=0.25),
        branches={"the north": Config(on_gap="skip")},
    )


def test_nothing_in_json_is_what_is_not_said() -> None:
    text = '{"series": [{"id": "m", "starts_on": "2026-09-07", "ends_on": null, "subject": null}]}'

    assert School.from_json(text) == School([Series("m", starts_on="2026-09-07")])


@pytest.mark.parametrize("field", ["members", "tutors", "availability"])
def test_what_is_not_tracked_may_be_nothing_in_json(field: str) -> None:
    series = {"id": "m", "starts_on": "2026-09-07"} | ({"members": None} if field == "members" else {})
    tutor = {"id": "t"} | ({"availability": None} if field == "availability" else {})
    data = {"series": [series], "tutors": None if field == "tutors" else [tutor]}

    school = School.from_dict(data)

    assert school == School([Series("m", starts_on="2026-09-07")], tutors=None if field == "tutors" else ["t"])


def test_rules_that_nobody_knows_are_kept_for_issues() -> None:
    school = School.from_toml(
        SERIES
        + """\
config = { weeks_ahed = 3 }
[base]
on_gapp = "skip"
unknown = { a = 1 }
"""
    )

    assert school.base == Config(unknown={"on_gapp": "skip", "unknown": "{'a': 1}"})
    assert school.series[0].config == Config(unknown={"weeks_ahed": "3"})
    assert [issue.code for issue in resolve_config(school.base).issues] == ["config-unknown-key"] * 2


# Everything that is wrong, at once


def test_all_problems_of_a_file_are_told_at_once_with_path_and_line() -> None:
    with pytest.raises(DocumentError) as error:
        School.from_toml(
            SERIES
            + """\
ends_on = 2026-09-06
sbject = "maths"

[[series.slots]]
id = "mon"
days = "MO,XX"
start = "25:00"
end = "19:30"

[[series.slots]]
id = "tue"
dayz = "TU"
start = "9:00"
end = "10:00"

[[series.slots.phases]]
from_day = 2026-11-02
start = "9:60"

[[series.slots.phases]]
from_day = "soon"
days = [8]

[[series]]
starts_on = 2026-09-07
slots = [{ id = "a/b", days = 1, start = "9:00", duration = 0 }]

[[tutors]]
id = "amina"
hourly_rate = "30 EURO"
availability = [
    { id = "mondays", weekday = 1, start = "17:00", end = "9:00" },
]

[base]
weeks_ahead = 0
"""
        )

    assert str(error.value) == "\n".join(
        [
            "the text has 14 problems:",
            "  line 5, series[0].ends_on: Series.ends_on must not be before starts_on (2026-09-07), got '2026-09-06'",
            "  line 6, series[0].sbject: is not a field of Series; did you mean subject?",
            f"  line 10, series[0].slots[0].days: {DAYS}, got 'XX'",
            f"  line 11, series[0].slots[0].start: {TIME}, got '25:00'",
            "  line 16, series[0].slots[1].dayz: is not a field of Slot; did you mean days?",
            f"  line 22, series[0].slots[1].phases[0].start: {TIME}, got '9:60'",
            f"  line 25, series[0].slots[1].phases[1].from_day: {DATE}, got 'soon'",
            f"  line 26, series[0].slots[1].phases[1].days: {DAYS}, got 8",
            "  line 28, series[1]: id is missing",
            """  line 30, series[1].slots[0].id: must not contain "/", got 'a/b'; """
            """a "/" parts the ids in a session's id""",
            "  line 30, series[1].slots[0].duration: must be longer than zero, got 0 minutes",
            "  line 34, tutors[0].hourly_rate: must be an amount and a currency, got '30 EURO'; for example \"30 EUR\"",
            "  line 35, tutors[0].availability[0]: Availability.end must be after start (17:00), got '09:00'; "
            "hours over midnight are two entries, one that ends at 24:00 and one on the next day",
            "  line 40, base.weeks_ahead: must be a whole number from 1 to 520, got 0",
        ]
    )


def test_what_parts_get_wrong_together_is_told_beside_other_problems() -> None:
    text = (
        SERIES
        + """\
subject = 5
assignments = [
    { id = "a", tutor_id = "t", pattern = "manual", slot_id = "x" },
    { id = "a", tutor_id = "t", pattern = "manual" },
]
slots = [{ id = "mon", rrule = "FREQ=MONTHLY;BYDAY=6MO", start = "9:00", end = "10:00" }]
"""
    )

    assert problems_of(text) == [
        (5, "series[0].subject", "must be text, got 5"),
        (6, "series[0].assignments", "Series.assignments must not have two of one id, got 'a'"),
        (
            6,
            "series[0].assignments[0].slot_id",
            "Series.assignments must name a slot of the series (mon), got 'x'; it stands in 'a'",
        ),
        (
            10,
            "series[0].slots[0].rrule",
            "Slot.rrule must name a day that comes, but no day within 100 years from 2026-09-07 is one, "
            "got 'FREQ=MONTHLY;BYDAY=6MO'; it stands in slot 'mon'",
        ),
    ]


def test_a_slot_that_lacks_something_is_still_one_that_can_be_named() -> None:
    text = SERIES + 'slots = [{ id = "mon", days = "MO", end = "10:00" }]\n[[series.assignments]]\n'
    text += 'id = "a"\ntutor_id = "t"\npattern = "manual"\nslot_id = "mon"\n'

    assert problems_of(text) == [(5, "series[0].slots[0]", "start is missing")]


PACKAGE = '[[series.packages]]\nid = "{}"\nstarts_on = {}\nends_on = {}\nsessions = {}\n'


def test_packages_in_another_order_do_not_overlap_because_something_else_is_wrong() -> None:
    text = SERIES + PACKAGE.format("q", "2026-10-01", "2026-10-31", 8)
    text += PACKAGE.format("p", "2026-09-07", "2026-09-30", 0)

    assert problems_of(text) == [
        (14, "series[0].packages[1].sessions", "must be a whole number from 1 to 10000, got 0")
    ]


def test_a_package_that_lacks_a_day_is_told_like_any_other_problem() -> None:
    text = SERIES + PACKAGE.format("p", "2026-09-07", "2026-09-30", 8)
    text += '[[series.packages]]\nid = "q"\nends_on = 2026-10-31\nsessions = 8\n'

    assert problems_of(text) == [(10, "series[0].packages[1]", "starts_on is missing")]


# Patterns


@pytest.mark.parametrize(
    ("pattern", "path", "message"),
    [
        ('{ kind = "fortnightly" }', "", f"{KINDS}, got {{'kind': 'fortnightly'}}"),
        ("{ weeks = [1] }", "", f"{KINDS}, got {{'weeks': [1]}}"),
        ('{ kind = ["weekly"] }', "", f"{KINDS}, got {{'kind': ['weekly']}}"),
        ("5", "", f"{KINDS}, got 5"),
        ("[]", "", f"{KINDS}, got []"),
        ('{ kind = "weekly", week = 1 }', "", "must not have week, got {'kind': 'weekly', 'week': 1}"),
        (
            '{ kind = "weekly" }',
            "",
            "must have either weeks or every, got Weekly(); weeks=(1, 3) names weeks, every=2 takes every second one",
        ),
        ('{ kind = "consecutive" }', "", "must have what Consecutive needs, got {'kind': 'consecutive'}"),
        ('{ kind = "consecutive", n = 0 }', ".n", "must be a whole number from 1 to 1000, got 0"),
        ('{ kind = "weekly", weeks = [0] }', ".weeks", "must be a whole number from 1 to 5200, got 0"),
        ('{ kind = "weekly", weeks = [5], cycle = 4 }', ".cycle", "must be no less than the last of weeks, got 4"),
        (
            '"weekly"',
            "",
            'must be round_robin or manual, or a table with a kind, like { kind = "weekly", every = 2 } or '
            "{ kind = \"consecutive\", n = 2 }, got 'weekly'",
        ),
    ],
)
def test_a_pattern_that_can_not_be_is_told_with_its_place(pattern: str, path: str, message: str) -> None:
    text = SERIES + f'[[series.assignments]]\nid = "a"\ntutor_id = "t"\npattern = {pattern}\n'

    assert problems_of(text) == [(8, f"series[0].assignments[0].pattern{path}", message)]


@pytest.mark.parametrize("problem", ["5", '["x"]', "{ a = 1 }", "true"])
def test_the_problem_of_a_manual_pattern_is_text(problem: str) -> None:
    text = (
        SERIES
        + f'[[series.assignments]]\nid = "a"\ntutor_id = "t"\npattern = {{ kind = "manual", problem = {problem} }}\n'
    )

    [(line, path, message)] = problems_of(text)

    assert (line, path) == (8, "series[0].assignments[0].pattern.problem")
    assert message.startswith("must be text, got ")


# Shapes that are none


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        ([], "", "must be a table of School fields, got []"),
        (None, "", "must be a table of School fields, got None"),
        ({}, "", "series is missing"),
        ({"series": {"id": "x"}}, "series", "must be a list of Series tables, got {'id': 'x'}"),
        ({"series": "x"}, "series", "must be a list of Series tables, got 'x'"),
        ({"series": ["maths"]}, "series[0]", "must be a table of Series fields, got 'maths'"),
        ({"series": [], "base": []}, "base", "must be a table of Config fields, got []"),
        ({"series": [], "branches": []}, "branches", "must be tables by id, like [branches.north], got []"),
        ({"series": [], "branches": {"north": 1}}, "branches.north", "must be a table of Config fields, got 1"),
        ({"series": [], "tutors": [5]}, "tutors[0]", "must be a table of Tutor fields, got 5"),
        (
            {"series": [], "clojures": []},
            "clojures",
            "is not a field of School; did you mean closures?",
        ),
        (
            {"series": [], 7: []},
            "7",
            "is not a field of School; there is series, tutors, closures, base, branches",
        ),
        (
            {"series": [{"id": "m", "starts_on": "2026-09-07", "slots": ["mon"]}]},
            "series[0].slots[0]",
            "must be a table of Slot fields, got 'mon'",
        ),
        (
            {"series": [{"id": "m", "starts_on": "2026-09-07", "slots": [
                {"id": "s", "days": 1, "start": "9:00", "end": "9:30", "zzz": 5}
            ]}]},
            "series[0].slots[0].zzz",
            f"is not a field of Slot; there is {SLOT_FIELDS}",
        ),
        ({"series": [], "tutors": ["t", "t"]}, "tutors", "must not have two of one id, got 't'"),
    ],
)  # fmt: skip
def test_data_of_another_shape_is_told_with_its_place(data: object, path: str, message: str) -> None:
    assert problems_of_data(data) == [(path, message)]


def test_the_id_of_a_branch_is_told_with_its_place() -> None:
    text = SERIES + '[branches."a/b"]\non_gap = "skip"\n[branches.""]\non_gap = "skip"\n'

    assert problems_of(text) == [
        (5, "branches.a/b", """must not contain "/", got 'a/b'; a "/" parts the ids in a session's id"""),
        (7, "branches.", "must have 1 to 64 characters, got ''"),
    ]


def test_a_string_may_stand_for_a_person_and_for_nothing_else() -> None:
    assert problems_of(SERIES + 'members = ["ben", "", 5, { name = "Cléo" }]\n') == [
        (5, "series[0].members[2]", "must be a table of Member fields, got 5"),
        (5, "series[0].members[3]", "id is missing"),
    ]


@pytest.mark.parametrize(
    ("line", "path", "message"),
    [
        ("starts_on = 2026-09-07T00:00:00", "starts_on", f"{DATE}, got datetime.datetime(2026, 9, 7, 0, 0)"),
        ("starts_on = 18:00:00", "starts_on", f"{DATE}, got datetime.time(18, 0)"),
        (
            'starts_on = 2026-09-07\nslots = [{ id = "s", days = 1, start = 2026-09-07, end = 19:30:01 }]',
            "slots[0].start",
            f"{TIME}, got datetime.date(2026, 9, 7)",
        ),
    ],
)
def test_native_dates_and_times_stand_where_they_belong(line: str, path: str, message: str) -> None:
    assert (f"series[0].{path}", message) in [problem[1:] for problem in problems_of(f'[[series]]\nid = "m"\n{line}\n')]


def test_problems_are_told_up_to_a_thousand() -> None:
    found = problems_of(SERIES + "".join(f"k{n} = 1\n" for n in range(5_000)))

    assert len(found) == 1_001
    assert found[0][:2] == (5, "series[0].k0")
    assert found[999][:2] == (1_004, "series[0].k999")
    assert found[1_000] == (None, "", "and maybe more: stopped here")


def test_a_problem_that_shows_twice_is_told_once() -> None:
    package = {"id": "p", "starts_on": "2026-09-07", "ends_on": "2026-09-30", "sessions": 8}

    assert problems_of_data({"series": [{"id": "m", "starts_on": "2026-09-07", "packages": [package] * 3}]}) == [
        ("series[0].packages", "Series.packages must not have two of one id, got 'p'"),
        ("series[0].packages", "Series.packages must not overlap, but 'p' lasts until 2026-09-30, got 'p'"),
    ]


def test_a_problem_says_its_line_and_path_if_it_has_them() -> None:
    assert [str(Problem("a.b", "is wrong", 3)), str(Problem("a.b", "is wrong")), str(Problem("", "is wrong"))] == [
        "line 3, a.b: is wrong",
        "a.b: is wrong",
        "is wrong",
    ]
