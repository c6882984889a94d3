"""Occurrences to whose turn each is, who teaches, and why."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import (
    Assignment,
    AssignmentStatus,
    Availability,
    Cancellation,
    Closure,
    Config,
    Consecutive,
    Decision,
    Manual,
    Occurrence,
    RoundRobin,
    Series,
    Tutor,
    Weekly,
    Window,
    assign_tutors,
    expand_slots,
    resolve_config,
    round_robin,
)
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.patterns import Deal, Turn
from tests.planning.helpers import a_series, a_slot, autumn, by, days, tutors_of, whys

DAY = timedelta(days=1)
# Eight Mondays: September 7th to October 26th.
EIGHT = days("2026-09-07", "2026-10-26")


def rules(**said: Any) -> Any:
    return resolve_config(Config(**said))


def eight(*assignments: Assignment, window: Window = EIGHT, **more: Any) -> str:
    """Who has eight Mondays."""
    return tutors_of(a_series(a_slot(), assignments=assignments), window, **more)


def cancel(*dates: str) -> list[Cancellation]:
    return [Cancellation.day(f"off-{day}", None, f"2026-{day}") for day in dates]


def test_a_decision_says_who_by_what_and_why() -> None:
    series = a_series(a_slot(), assignments=[by("a"), by("b", Weekly(weeks=[2])), by("c", Consecutive(3))])

    decisions = assign_tutors(series, expand_slots(series, days("2026-09-07", "2026-09-14")))

    assert decisions == {
        ("a", date(2026, 9, 7)): Decision("A", "a", "round_robin", "A's turn: nobody else is in the rotation"),
        ("a", date(2026, 9, 14)): Decision("A", "a", "round_robin", "A's turn: nobody else is in the rotation"),
    }


# Patterns


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        ([], "- - - - - - - -"),
        ([by("a")], "A A A A A A A A"),
        ([by("a"), by("b"), by("c")], "A B C A B C A B"),
        ([by("a", Consecutive(3)), by("b", Consecutive(1))], "A A A B A A A B"),
        ([by("a", Weekly(weeks=[1, 3, 4]))], "A - A A - - - -"),
        ([by("a", Weekly(weeks=[1, 3], cycle=4))], "A - A - A - A -"),
        ([by("a", Weekly(every=2)), by("b", Weekly(every=2, start_week=2))], "A B A B A B A B"),
        ([by("a", Manual())], "- - - - - - - -"),
        # The first in order that claims a turn has it; a turn that it takes from a rotation is spent all the same.
        ([by("a", Manual()), by("b")], "B B B B B B B B"),
        ([by("a", Weekly(weeks=[2, 3])), by("b"), by("c")], "B A A C B C B C"),
        ([by("b"), by("c"), by("a", Weekly(weeks=[2, 3]))], "B C B C B C B C"),
        ([by("b"), by("a", Weekly(weeks=[2, 3])), by("c")], "B A B C B C B C"),
        ([by("a", Consecutive(2)), by("b")], "A A A A A A A A"),
        ([by("b"), by("a", Consecutive(2)), by("c"), by("d", Consecutive(1))], "B A B A B C B A"),
    ],
)
def test_patterns_share_out_the_turns(assignments: list[Assignment], expected: str) -> None:
    assert eight(*assignments) == expected


@pytest.mark.requirement("P11")
@given(
    tutors=st.integers(1, 7),
    begin=st.integers(0, 60),
    weeks=st.integers(1, 60),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
)
def test_round_robin_counts_differ_by_at_most_one_in_any_stretch(
    *, tutors: int, begin: int, weeks: int, weekdays: set[int]
) -> None:
    ids = [f"t{number}" for number in range(tutors)]
    series = a_series(a_slot(days=weekdays), assignments=round_robin(*ids))
    first = date(2026, 9, 7) + begin * DAY
    occurrences = expand_slots(series, days(str(first), str(first + 7 * weeks * DAY)))

    taught = [decision.tutor_id for decision in assign_tutors(series, occurrences).values()]

    counts = [taught.count(id) for id in ids]
    assert sum(counts) == len(occurrences)
    assert max(counts) - min(counts) <= 1
    assert taught == [ids[each.index % tutors] for each in occurrences]


@pytest.mark.requirement("P12")
@given(
    weeks=st.sets(st.integers(1, 20), min_size=1),
    starts_on=st.integers(0, 30),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
)
def test_weekly_serves_only_the_named_weeks(weeks: set[int], starts_on: int, weekdays: set[int]) -> None:
    first = date(2026, 9, 7) + starts_on * DAY
    series = a_series(a_slot(days=weekdays), assignments=[by("a", Weekly(weeks=weeks), starts_on=first)])
    occurrences = expand_slots(series, days("2026-09-07", "2027-02-28"))

    decisions = assign_tutors(series, occurrences)

    monday = first - first.weekday() * DAY
    expected = {
        each.occurs_on: each.occurs_on >= first and (each.occurs_on - monday).days // 7 + 1 in weeks
        for each in occurrences
    }
    assert {day: decision.tutor_id for (_, day), decision in decisions.items()} == {
        day: "A" if served else None for day, served in expected.items()
    }


@pytest.mark.requirement("P13")
@given(blocks=st.lists(st.integers(1, 6), min_size=2, max_size=5), weeks=st.integers(1, 40))
def test_consecutive_gives_exactly_its_number_of_turns_and_then_the_next(blocks: list[int], weeks: int) -> None:
    assignments = [by(f"t{place}", Consecutive(block)) for place, block in enumerate(blocks)]
    series = a_series(a_slot(), assignments=assignments)
    occurrences = expand_slots(series, days("2026-09-07", str(date(2026, 9, 7) + 7 * (weeks - 1) * DAY)))

    taught = [decision.tutor_id for decision in assign_tutors(series, occurrences).values()]

    runs = [(tutor_id, len(list(turns))) for tutor_id, turns in groupby(taught)]
    whole = [(f"T{place % len(blocks)}", blocks[place % len(blocks)]) for place in range(len(runs))]
    assert len(taught) == weeks
    assert runs[:-1] == whole[:-1]
    assert runs[-1][0] == whole[-1][0]
    assert runs[-1][1] <= whole[-1][1]


@pytest.mark.parametrize(
    ("assignment", "series", "expected"),
    [
        # Week 1 is the week of the assignment's first day, also if that is a Sunday.
        (by("a", Weekly(weeks=[1]), starts_on="2026-09-20"), {}, "- - - - - - - -"),
        (by("a", Weekly(weeks=[2]), starts_on="2026-09-20"), {}, "- - A - - - - -"),
        (by("a", Weekly(weeks=[1]), starts_on="2026-09-21"), {}, "- - A - - - - -"),
        (by("a", Weekly(weeks=[1, 2]), starts_on="2026-08-31"), {}, "A - - - - - - -"),
        # Without one, it is the week in which it was created, on the calendar of the series.
        (by("a", Weekly(weeks=[1]), created_at="2026-09-13T21:59Z"), {}, "A - - - - - - -"),
        (by("a", Weekly(weeks=[1]), created_at="2026-09-13T22:00Z"), {}, "- A - - - - - -"),
        (by("a", Weekly(weeks=[1]), created_at="2026-09-13T22:00Z"), {"timezone": "UTC"}, "A - - - - - - -"),
        (by("a", Weekly(weeks=[1]), starts_on="2026-09-14", created_at="2026-09-01T00:00Z"), {}, "- A - - - - - -"),
        # Before its first week nothing is claimed, although no first day forbids it.
        (by("a", Weekly(every=1), created_at="2026-09-23T00:00Z"), {}, "- - A A A A A A"),
        # Else, the week of the first day of the series.
        (by("a", Weekly(weeks=[2])), {}, "- A - - - - - -"),
        (by("a", Weekly(weeks=[2])), {"starts_on": "2026-09-13"}, "A - - - - - -"),
        (by("a", Weekly(weeks=[2]), ends_on="2026-09-14"), {}, "- A - - - - - -"),
        (by("a", Weekly(weeks=[2]), ends_on="2026-09-13"), {}, "- - - - - - - -"),
    ],
)
def test_weeks_count_from_the_first_of_the_assignment(
    assignment: Assignment, series: dict[str, str], expected: str
) -> None:
    assert tutors_of(a_series(a_slot(), assignments=[assignment], **series), EIGHT) == expected


# Which assignments count, and in which order


@pytest.mark.requirement("P10")
@given(
    said=st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from(AssignmentStatus),
            st.sampled_from([None, "a", "b"]),
            st.sampled_from([None, "Maths", "MATHS", "art"]),
        ),
        max_size=6,
    ),
    subjects=st.tuples(*[st.sampled_from([None, "maths", "Art"])] * 2),
)
def test_only_active_accepted_assignments_of_the_slot_and_the_subject_are_used(
    said: list[tuple[bool, AssignmentStatus, str | None, str | None]], subjects: tuple[str | None, str | None]
) -> None:
    of_slot, of_series = subjects
    assignments = [
        by(f"t{place}", active=active, status=status, slot_id=slot_id, subject=subject)
        for place, (active, status, slot_id, subject) in enumerate(said)
    ]
    series = a_series(a_slot("a", subject=of_slot), a_slot("b"), subject=of_series, assignments=assignments)

    decisions = assign_tutors(series, expand_slots(series, autumn()))

    for slot_id, subject in (("a", of_slot or of_series), ("b", of_series)):
        live = [
            each
            for each in assignments
            if each.active
            and each.status == "ACCEPTED"
            and each.slot_id in {None, slot_id}
            and (each.subject is None or subject is None or each.subject.lower() == subject.lower())
        ]
        taught = [decision.tutor_id for (slot, _), decision in decisions.items() if slot == slot_id]
        assert taught == [live[place % len(live)].tutor_id if live else None for place in range(len(taught))]


@pytest.mark.parametrize(
    ("slot", "series", "assignment", "used"),
    [
        (None, None, None, True),
        (None, None, "Maths", True),
        ("Maths", None, None, True),
        (None, "Maths", None, True),
        ("Maths", None, "maths", True),
        (None, "STRASSE", "straße", True),
        (None, "Maths", "art", False),
        ("Maths", "art", "art", False),
        ("art", "Maths", "ART", True),
    ],
)
def test_an_assignment_serves_its_subject_in_any_case(
    *, slot: str | None, series: str | None, assignment: str | None, used: bool
) -> None:
    school = a_series(a_slot(subject=slot), subject=series, assignments=[by("a", subject=assignment)])

    assert tutors_of(school, EIGHT) == ("A A A A A A A A" if used else "- - - - - - - -")


@pytest.mark.requirement("P16")
@given(
    hours=st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=6),
    weeks=st.lists(st.sets(st.integers(1, 8), min_size=1), min_size=6, max_size=6),
)
def test_assignments_are_tried_in_the_order_of_their_creation(hours: list[int | None], weeks: list[set[int]]) -> None:
    """Those that don't say when they were created come first; of two of the same moment, the first as given."""
    moments = [None if hour is None else datetime(2026, 9, 7, 12 + hour, tzinfo=UTC) for hour in hours]
    assignments = [
        by(f"t{place}", Weekly(weeks=weeks[place]), created_at=moment) for place, moment in enumerate(moments)
    ]

    found = eight(*assignments)

    order = sorted(range(len(hours)), key=lambda place: -1 if (hour := hours[place]) is None else hour)
    expected = [next((f"T{place}" for place in order if week in weeks[place]), "-") for week in range(1, 9)]
    assert found == " ".join(expected)


def test_turns_are_dealt_in_the_order_of_creation() -> None:
    assert (
        eight(
            by("a", created_at="2026-03-01T00:00Z"),
            by("b", created_at="2026-01-01T00:00Z"),
            by("c"),
            by("d", created_at="2026-01-01T00:00Z"),
            by("e"),
        )
        == "C E B D A C E B"
    )


def test_an_assignment_of_no_slot_rotates_in_each_slot_by_itself() -> None:
    series = a_series(
        a_slot("a", days="MO"),
        a_slot("b", days="TU,WE"),
        assignments=[by("x"), by("y"), by("z", slot_id="b")],
    )

    assert tutors_of(series, days("2026-09-07", "2026-09-16")) == "X X Y Y Z X"


def test_the_days_of_one_slot_are_one_rotation() -> None:
    series = a_series(a_slot(days="MO,WE"), assignments=[by("x"), by("y"), by("z")])

    assert tutors_of(series, days("2026-09-07", "2026-09-23")) == "X Y Z X Y Z"


# Rosters that change


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        ([by("a"), by("b", starts_on="2026-09-28"), by("c")], "A C A B C A B C"),
        ([by("a"), by("b", starts_on="2026-09-29"), by("c")], "A C A C A B C A"),
        ([by("a"), by("b", ends_on="2026-09-28"), by("c")], "A B C A C A C A"),
        ([by("a"), by("b", ends_on="2026-09-14"), by("c")], "A B C A C A C A"),
        ([by("a"), by("b", ends_on="2026-09-13"), by("c")], "A C A C A C A C"),
        ([by("a", ends_on="2026-09-20"), by("b", starts_on="2026-10-05")], "A A - - B B B B"),
        ([by("a", Consecutive(3)), by("b", Consecutive(2), starts_on="2026-09-14")], "A A A B B A A A"),
        ([by("a", Consecutive(3), ends_on="2026-09-20"), by("b", Consecutive(2))], "A A B B B B B B"),
        ([by("a", starts_on="2027-01-01")], "- - - - - - - -"),
        ([by("a", ends_on="2026-09-01")], "- - - - - - - -"),
    ],
)
def test_a_rotation_goes_on_after_the_last_dealt_when_somebody_comes_or_goes(
    assignments: list[Assignment], expected: str
) -> None:
    assert eight(*assignments) == expected


@pytest.mark.parametrize(
    ("slot", "begins", "expected"),
    [
        ({"excluded_dates": ["2026-09-21"]}, "2026-09-21", "A A B A B A B"),
        ({"excluded_dates": ["2026-09-21"]}, "2026-09-22", "A A B A B A B"),
        ({"excluded_dates": ["2026-09-21"]}, "2026-09-14", "A B A B A B A"),
        ({"extra_dates": ["2026-09-16"]}, "2026-09-16", "A A B A B A B A B"),
        ({"extra_dates": ["2026-09-16"]}, "2026-09-17", "A A A B A B A B A"),
    ],
)
def test_somebody_may_come_on_a_date_that_was_added_or_taken_out(
    slot: dict[str, Any], begins: str, expected: str
) -> None:
    series = a_series(a_slot(**slot), assignments=[by("a"), by("b", starts_on=begins)])

    assert tutors_of(series, EIGHT) == expected


@given(
    said=st.lists(
        st.tuples(
            st.sampled_from([RoundRobin(), Consecutive(2), Consecutive(3), Weekly(every=3), Manual()]),
            st.none() | st.integers(-5, 90),
            st.none() | st.integers(0, 90),
        ),
        max_size=6,
    ),
    edges=st.lists(st.integers(0, 120), min_size=2, max_size=5).map(sorted),
)
def test_turns_do_not_depend_on_the_window(said: list[tuple[Any, int | None, int | None]], edges: list[int]) -> None:
    first = date(2026, 9, 7)
    assignments = [
        by(
            f"t{place}",
            pattern,
            starts_on=None if since is None else first + since * DAY,
            ends_on=None if length is None else first + ((since or 0) + length) * DAY,
        )
        for place, (pattern, since, length) in enumerate(said)
    ]
    slot = a_slot(days="MO,TH").changed_from("2026-10-06", days="TU").changed_from("2026-11-02", start="10:00")
    series = a_series(slot, assignments=assignments, cancellations=cancel("09-14", "10-13"))
    config = rules(cancellation_turn="pass")
    whole = assign_tutors(series, expand_slots(series, days("2026-09-01", "2027-02-01")), config=config)

    for begin, end in pairwise(edges):
        window = days(str(first + begin * DAY), str(first + end * DAY))
        found = assign_tutors(series, expand_slots(series, window), config=config)

        assert found == {key: whole[key] for key in found}


# Dates that are called off


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        # September 14th and 28th are cancelled, 21st is closed, October 5th is both.
        ({}, "A B C A B C A B"),
        ({"cancellation_turn": "pass"}, "A - B - - C A B"),
        ({"closure_turn": "pass"}, "A B - C A B C A"),
        ({"cancellation_turn": "pass", "closure_turn": "pass"}, "A - - - - B C A"),
        # A closure that calls nothing off passes nothing on.
        ({"closure_turn": "pass", "on_closure": "flag"}, "A B C A B C A B"),
    ],
)
def test_a_date_that_is_called_off_spends_its_turn_or_passes_it_on(policies: dict[str, str], expected: str) -> None:
    series = a_series(
        a_slot(), assignments=[by("a"), by("b"), by("c")], cancellations=cancel("09-14", "09-28", "10-05")
    )
    closures = [Closure("shut", "2026-09-21", "2026-09-21"), Closure("shut-2", "2026-10-05", "2026-10-05")]

    assert tutors_of(series, EIGHT, config=rules(closures=closures, **policies)) == expected


def test_a_turn_is_passed_on_in_the_slot_that_is_called_off_and_in_no_other() -> None:
    series = a_series(
        a_slot("a"),
        a_slot("b", days="TU"),
        assignments=[by("x"), by("y")],
        cancellations=[Cancellation("off", first_day="2026-09-07", last_day="2026-09-20", slot_id="b")],
        config=Config(cancellation_turn="pass"),
    )

    assert tutors_of(series, days("2026-09-07", "2026-09-29")) == "X - Y - X X Y Y"


def test_turns_that_passed_are_not_counted_when_somebody_comes_or_goes() -> None:
    """B comes on October 5th, after the turns of two Mondays, and A's block of three isn't over."""
    series = a_series(
        a_slot(),
        assignments=[by("a", Consecutive(3)), by("b", Consecutive(2), starts_on="2026-10-05", ends_on="2026-10-12")],
        cancellations=cancel("09-14", "09-28", "10-12"),
        config=Config(cancellation_turn="pass"),
    )

    assert tutors_of(series, EIGHT) == "A - A - A - A A"


def test_a_cancellation_without_dates_of_the_slot_passes_nothing_on() -> None:
    series = a_series(
        a_slot(excluded_dates=["2026-09-14"]),
        assignments=[by("a"), by("b")],
        cancellations=cancel("09-14", "09-15", "08-31"),
        config=Config(cancellation_turn="pass"),
    )

    assert tutors_of(series, EIGHT) == "A B A B A B A"


def test_the_turn_of_a_date_that_the_clock_skips_is_spent() -> None:
    slot = a_slot(days="SU", start="02:30", end="04:00")
    series = a_series(slot, starts_on="2026-03-22", assignments=[by("a"), by("b")], config=Config(on_gap="skip"))

    assert tutors_of(series, days("2026-03-22", "2026-04-12")) == "A A B"


def test_whose_turn_was_spent_is_told_whoever_is_missing_or_away() -> None:
    series = a_series(
        a_slot(),
        assignments=[by("a"), by("b", ends_on="2026-09-14")],
        cancellations=cancel("09-07", "09-14"),
        config=Config(absence_turn="next"),
    )

    assert tutors_of(series, days("2026-09-07", "2026-09-14"), tutors=[Tutor("A", availability=[])]) == "A B"


# Who is missing or away

ALL_WEEK = [Availability(f"day-{day}", weekday=day, start="00:00", end="24:00") for day in range(1, 8)]


def tutor(id: str, *away: str) -> Tutor:
    """A tutor who is free but for some days."""
    blocked = [Availability(day, date=f"2026-{day}", start="00:00", end="24:00", mode="block") for day in away]
    return Tutor(id, availability=[*ALL_WEEK, *blocked])


@pytest.mark.parametrize(
    ("absence_turn", "expected"),
    [("keep", "A B C A B C A B"), ("open", "A - C A B C - B"), ("next", "A C C A B C B B")],
)
def test_a_tutor_who_is_away_keeps_the_turn_or_leaves_it_open_or_to_the_next(absence_turn: str, expected: str) -> None:
    tutors = [tutor("A", "10-19"), tutor("B", "09-14"), Tutor("C")]

    assert eight(by("a"), by("b"), by("c"), tutors=tutors, config=rules(absence_turn=absence_turn)) == expected


@pytest.mark.parametrize(("absence_turn", "expected"), [("keep", "A - A -"), ("open", "A - A -"), ("next", "A A A A")])
def test_a_tutor_without_a_profile_never_teaches(absence_turn: str, expected: str) -> None:
    window, config = days("2026-09-07", "2026-09-28"), rules(absence_turn=absence_turn)

    assert eight(by("a"), by("b"), tutors=[Tutor("A")], config=config, window=window) == expected


def test_nobody_is_missing_where_profiles_are_not_tracked() -> None:
    assert eight(by("a"), by("b"), tutors=None, config=rules(absence_turn="next")) == "A B A B A B A B"
    assert eight(by("a"), by("b"), tutors=[], config=rules(absence_turn="next")) == "- - - - - - - -"


@pytest.mark.parametrize(
    ("assignments", "away", "expected"),
    [
        # The others of the rotation in the order in which their turns would come, round to the one before.
        ([by("a"), by("b"), by("c"), by("d")], "BC", "A D D D A D D D"),
        ([by("a"), by("b"), by("c"), by("d")], "BD", "A C C A A C C A"),
        ([by("a"), by("b"), by("c"), by("d")], "ABC", "D D D D D D D D"),
        # Only those who are in the rotation at the time.
        ([by("a"), by("b", starts_on="2026-09-21"), by("c")], "A", "C C B B C B B C"),
        # Then the later assignments that claim the turn, and no earlier ones.
        ([by("a"), by("b"), by("w", Weekly(every=2))], "AB", "W - W - W - W -"),
        ([by("a"), by("w", Weekly(every=2)), by("x", Weekly(every=1))], "A", "W X W X W X W X"),
        ([by("a"), by("w", Weekly(every=2)), by("x", Weekly(every=1))], "AW", "X X X X X X X X"),
        ([by("w", Weekly(every=2)), by("a"), by("b")], "A", "W B W B W B W B"),
        ([by("w", Weekly(every=2)), by("a"), by("b")], "W", "A B A B A B A B"),
        ([by("w", Weekly(every=2)), by("a"), by("b")], "WA", "B B B B B B B B"),
        ([by("a"), by("m", Manual())], "A", "- - - - - - - -"),
        # Of another rotation, the one whose turn it is, and then the rest of it.
        ([by("a"), by("c", Consecutive(2)), by("d", Consecutive(1))], "A", "C C D C C D C C"),
        ([by("a"), by("c", Consecutive(2)), by("d", Consecutive(1))], "AC", "D D D D D D D D"),
        # Blocks go on whoever stands in.
        ([by("c", Consecutive(2)), by("d", Consecutive(3))], "D", "C C C C C C C C"),
    ],
)
def test_the_next_is_asked_in_order_and_the_turns_do_not_move(
    assignments: list[Assignment], away: str, expected: str
) -> None:
    ids = [each.tutor_id for each in assignments]
    tutors = [Tutor(id, availability=() if id in away else None) for id in ids]

    assert eight(*assignments, tutors=tutors, config=rules(absence_turn="next")) == expected


def test_a_tutor_is_asked_about_the_whole_session_on_the_own_clock() -> None:
    """18:00 to 19:30 in Paris is 1:00 to 2:30 in Tokyo, on Tuesday."""
    config, window = rules(absence_turn="open"), days("2026-09-07", "2026-09-07")

    def asked(timezone: str | None, weekday: int, start: str, end: str) -> str:
        hours = [Availability("hours", weekday=weekday, start=start, end=end)]
        return eight(by("a"), tutors=[Tutor("A", timezone=timezone, availability=hours)], config=config, window=window)

    assert asked("Asia/Tokyo", 2, "01:00", "02:30") == "A"
    assert asked("Asia/Tokyo", 2, "01:01", "02:30") == "-"
    assert asked("Asia/Tokyo", 2, "01:00", "02:29") == "-"
    assert asked(None, 1, "18:00", "19:30") == "A"
    assert asked(None, 1, "18:00", "19:29") == "-"


def test_the_clock_of_a_tutor_who_names_none_is_that_of_the_config_if_the_series_names_none_either() -> None:
    hours = [Availability("hours", weekday=1, start="18:00", end="19:30")]
    series = a_series(a_slot(), timezone=None, assignments=[by("a")])
    config = rules(absence_turn="open", timezone="Asia/Tokyo")

    assert tutors_of(series, EIGHT, config=config, tutors=[Tutor("A", availability=hours)]) == "A A A A A A A A"


# Why


def test_every_decision_says_why() -> None:
    series = a_series(
        a_slot(),
        assignments=[by("w", Weekly(weeks=[2])), by("a", ends_on="2026-10-01"), by("b", ends_on="2026-10-01")],
        cancellations=cancel("09-21", "10-05"),
    )

    assert whys(series, "2026-09-07", "2026-09-14", "2026-09-21", "2026-10-05", "2026-10-12") == [
        "A's turn in the rotation A, B",
        "W's turn: week 2 is one of the weeks 2",
        "A's turn in the rotation A, B; the turn is spent: called off by off-09-21",
        "called off by off-10-05, and nobody's turn",
        "nobody's turn: no assignment claims this date",
    ]


def test_a_turn_that_passes_on_says_so() -> None:
    series = a_series(a_slot(), assignments=[by("a")], cancellations=cancel("09-14"))
    closed = rules(
        closures=[Closure("shut", "2026-09-21", "2026-09-21")], closure_turn="pass", cancellation_turn="pass"
    )

    decisions = assign_tutors(series, expand_slots(series, EIGHT, config=closed), config=closed)

    assert decisions["a", date(2026, 9, 14)] == Decision(
        None, why="called off by off-09-14: the turn passes to the next date"
    )
    assert decisions["a", date(2026, 9, 21)] == Decision(
        None, why="called off by shut: the turn passes to the next date"
    )


@pytest.mark.parametrize(
    ("assignments", "why"),
    [
        ([], "nobody's turn: no accepted assignment counts for this slot"),
        ([by("a", active=False)], "nobody's turn: no accepted assignment counts for this slot"),
        ([by("a", Manual())], "nobody's turn: a tutor is assigned by hand"),
        ([by("a", Manual()), by("b", starts_on="2027-01-01")], "nobody's turn: no assignment claims this date"),
        ([by("b", Weekly(weeks=[9]))], "nobody's turn: no assignment claims this date"),
    ],
)
def test_a_turn_of_nobody_says_why(assignments: list[Assignment], why: str) -> None:
    series = a_series(a_slot(), assignments=assignments)

    decisions = assign_tutors(series, expand_slots(series, days("2026-09-07", "2026-09-07")))

    assert decisions == {("a", date(2026, 9, 7)): Decision(None, why=why)}


def test_who_cannot_teach_is_told_with_the_reason_and_who_stands_in() -> None:
    series = a_series(a_slot(), assignments=[by("a"), by("b"), by("w", Weekly(every=1))])
    tutors = [tutor("A", "09-07", "09-14", "09-21"), tutor("W", "09-21")]

    def decided(absence_turn: str) -> list[Decision]:
        occurrences = expand_slots(series, days("2026-09-07", "2026-09-21"))
        return list(assign_tutors(series, occurrences, tutors=tutors, config=rules(absence_turn=absence_turn)).values())

    turn = "turn in the rotation A, B"
    away = "A is not free on Monday 2026-09-{} from 18:00: blocked by '09-{}'"
    assert decided("open") == [
        Decision(None, "a", "round_robin", f"A's {turn}, but {away.format('07', '07')}; left open"),
        Decision(None, "b", "round_robin", f"B's {turn}, but B has no tutor profile; left open"),
        Decision(None, "a", "round_robin", f"A's {turn}, but {away.format('21', '21')}; left open"),
    ]
    assert decided("next") == [
        Decision("W", "w", "weekly", f"A's {turn}, but {away.format('07', '07')}; W is next"),
        Decision("W", "w", "weekly", f"B's {turn}, but B has no tutor profile; W is next"),
        Decision(None, "a", "round_robin", f"A's {turn}, but {away.format('21', '21')}; and nobody else can"),
    ]
    assert decided("keep")[1] == Decision(
        None, "b", "round_robin", f"B's {turn}, but B has no tutor profile; left open"
    )


def test_blocks_say_where_in_them_a_turn_is() -> None:
    series = a_series(a_slot(), assignments=[by("a", Consecutive(2)), by("b", Consecutive(3))])

    assert whys(series, "2026-09-14", "2026-09-21", "2026-10-05") == [
        "A's 2nd of 2 in a row, in the order A, B",
        "B's 1st of 3 in a row, in the order A, B",
        "B's 3rd of 3 in a row, in the order A, B",
    ]


def test_a_rotation_names_those_who_are_in_it_at_the_time() -> None:
    series = a_series(a_slot(), assignments=[by("a"), by("b", ends_on="2026-09-14"), by("c", starts_on="2026-09-28")])

    assert whys(series, "2026-09-07", "2026-09-21", "2026-09-28") == [
        "A's turn in the rotation A, B",
        "A's turn: nobody else is in the rotation",
        "C's turn in the rotation A, C",
    ]


# A host's own patterns


class LastOfMonth:
    """Claims the last date of each month."""

    kind = "last_of_month"

    def claims(self, turn: Turn) -> str | None:
        last = (turn.occurs_on + 7 * DAY).month != turn.occurs_on.month
        return f"turn {turn.number} of {turn.slot_id} in week {turn.week} is the month's last" if last else None


class Doubles:
    """Two turns in a row, in a rotation of its own."""

    kind = "doubles"
    block = 2

    def why(self, deal: Deal) -> str:
        return f"{deal.tutor} {deal.nth}/{deal.block} of {'+'.join(deal.roster)}"


def test_a_pattern_of_a_host_claims_turns_like_any_other() -> None:
    assignments = [by("m", LastOfMonth(), created_at="2026-09-14T00:00Z"), by("a", created_at="2026-09-15T00:00Z")]
    series = a_series(a_slot(), assignments=assignments)

    decisions = assign_tutors(series, expand_slots(series, EIGHT))

    assert [decision.tutor_id for decision in decisions.values()] == ["A", "A", "A", "M", "A", "A", "A", "M"]
    assert decisions["a", date(2026, 9, 28)] == Decision(
        "M", "m", "last_of_month", "M's turn: turn 3 of a in week 3 is the month's last"
    )


def test_the_turn_that_a_pattern_of_a_host_sees_leaves_out_those_that_passed() -> None:
    series = a_series(
        a_slot(),
        assignments=[by("m", LastOfMonth())],
        cancellations=cancel("09-14"),
        config=Config(cancellation_turn="pass"),
    )

    assert whys(series, "2026-09-28") == ["M's turn: turn 2 of a in week 4 is the month's last"]


def test_a_rotating_pattern_of_a_host_takes_turns_with_its_own_kind() -> None:
    assignments = [by("a", Doubles()), by("b", Doubles()), by("d", Doubles(), starts_on="2026-09-28"), by("c")]
    series = a_series(a_slot(), assignments=assignments)

    assert tutors_of(series, EIGHT) == "A A B B D D A A"
    assert whys(series, "2026-09-14", "2026-10-05") == ["A 2/2 of A+B", "D 1/2 of A+B+D"]


# What is refused


def test_an_occurrence_of_another_series_is_refused() -> None:
    series = a_series(a_slot())
    other = Series("t", timezone="UTC", starts_on="2026-09-07", slots=[a_slot()])

    with pytest.raises(InvalidValueError) as error:
        assign_tutors(series, expand_slots(other, days("2026-09-07", "2026-09-07")))

    assert str(error.value) == "assign_tutors: occurrences must be of the series 's', got 't/a/2026-09-07'"


def test_an_occurrence_of_a_slot_that_the_series_has_not_is_refused() -> None:
    occurrences = expand_slots(a_series(a_slot("gone")), days("2026-09-07", "2026-09-07"))

    with pytest.raises(UnknownNameError) as error:
        assign_tutors(a_series(a_slot("a"), a_slot("b")), occurrences)

    assert str(error.value) == "no slot of s 'gone'; there is a, b"


def test_a_series_without_any_timezone_is_refused() -> None:
    with pytest.raises(InvalidValueError) as error:
        assign_tutors(a_series(a_slot(), timezone=None), [])

    assert str(error.value) == (
        "Series.timezone must be said by the series or by a config, got None; "
        "series 's' has none, and no config says one"
    )


def test_no_occurrences_need_no_decisions() -> None:
    assert assign_tutors(a_series(a_slot(), assignments=[by("a")]), []) == {}


def test_the_order_of_the_occurrences_makes_no_difference() -> None:
    series = a_series(a_slot(), a_slot("b", days="TU"), assignments=[by("a"), by("b", starts_on="2026-09-21"), by("c")])
    occurrences: list[Occurrence] = expand_slots(series, autumn())

    assert assign_tutors(series, reversed(occurrences)) == assign_tutors(series, iter(occurrences))


def test_an_inactive_slot_may_be_asked_about() -> None:
    """Its occurrences are those from before it was switched off."""
    occurrences = expand_slots(a_series(a_slot()), days("2026-09-07", "2026-09-14"))
    off = a_series(a_slot(active=False), assignments=[by("a"), by("b")])

    assert [decision.tutor_id for decision in assign_tutors(off, occurrences).values()] == ["A", "B"]


def test_a_slot_that_has_lost_its_dates_may_be_asked_about() -> None:
    occurrences = expand_slots(a_series(a_slot()), days("2026-09-07", "2026-09-14"))
    over = a_series(a_slot(ends_on="2026-09-01"), assignments=[by("a"), by("b")])

    for config in (rules(), rules(cancellation_turn="pass")):
        taught = [each.tutor_id for each in assign_tutors(over, occurrences, config=config).values()]

        assert taught == ["A", "B"]


def test_occurrences_that_were_expanded_by_other_rules_are_refused() -> None:
    series = a_series(a_slot(), assignments=[by("a")])
    closed = resolve_config(Config(closures=[Closure("autumn", "2026-09-14", "2026-09-20")]))
    open_, shut = (expand_slots(series, autumn(), config=config) for config in (None, closed))

    with pytest.raises(InvalidValueError) as error:
        assign_tutors(series, open_, config=closed)

    assert str(error.value) == (
        "assign_tutors: occurrences must be expanded by the same config and series: s/a/2026-09-14 is called off by "
        "autumn, got None; give expand_slots and assign_tutors the same config"
    )
    with pytest.raises(InvalidValueError):
        assign_tutors(series, shut)


def test_a_layer_of_rules_is_no_config() -> None:
    series = a_series(a_slot())

    with pytest.raises(InvalidValueError) as error:
        expand_slots(series, autumn(), config=Config(on_gap="skip"))  # type: ignore[arg-type]

    assert str(error.value) == (
        "config must be resolved, got Config(on_gap='skip'); by resolve_config() or config_for(school, series)"
    )


@pytest.mark.parametrize("last", ["9999-12-31", "2199-12-31"])
def test_a_last_day_that_means_for_ever_is_one(last: str) -> None:
    series = a_series(
        a_slot(rrule="FREQ=MONTHLY;BYDAY=2TU"),
        assignments=[by("a", ends_on=last), by("b"), by("c", starts_on=last)],
    )
    occurrences = expand_slots(series, autumn())

    found = assign_tutors(series, occurrences)

    assert [decision.tutor_id for decision in found.values()][:4] == ["A", "B", "A", "B"]


def test_a_decision_speaks_of_people_by_name_and_of_days_off_by_their_reason() -> None:
    off = Cancellation.day("x", None, "2026-09-14", reason="a concert")
    series = a_series(a_slot(), assignments=[by("a"), by("b")], cancellations=[off])
    tutors = [Tutor("A", name="Amina"), Tutor("B", name="Ben")]

    found = assign_tutors(series, expand_slots(series, autumn()), tutors=tutors)

    assert [decision.why for decision in found.values()][:2] == [
        "Amina's turn in the rotation Amina, Ben",
        "Ben's turn in the rotation Amina, Ben; the turn is spent: called off by x (a concert)",
    ]
