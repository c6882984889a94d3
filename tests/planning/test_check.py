"""What a person should see to in the rules and the roster of a series."""

from typing import Any

import pytest

from recurly_sessions import (
    Assignment,
    Cancellation,
    Config,
    Consecutive,
    Issue,
    Manual,
    Series,
    Tutor,
    Weekly,
    assign_tutors,
    expand_slots,
    resolve_config,
)
from recurly_sessions.patterns import from_stored
from recurly_sessions.planning.check import check_series
from recurly_sessions.values.issue import Audience
from tests.planning.helpers import a_series, a_slot, by, days


def details(id: str) -> dict[str, str]:
    return {"assignment_id": id, "tutor_id": id.upper()}


def never(id: str, until: str) -> Issue:
    message = (
        f"{id.upper()} ({id}) gets no turn up to {until}: no date or subject fits, "
        "or assignments before it have them all; change the pattern or the roster"
    )
    return Issue("never-a-turn", series_id="s", message=message, details=details(id))


def no_profile(id: str) -> Issue:
    message = (
        f"{id.upper()} ({id}) has no tutor profile, so they can't be proposed; add the tutor or end the assignment"
    )
    return Issue("no-tutor-profile", series_id="s", message=message, audience=Audience.ADMIN, details=details(id))


def checked(*assignments: Assignment, **series: Any) -> list[Issue]:
    return check_series(a_series(a_slot(), assignments=assignments, **series))


def test_a_series_in_which_everybody_has_turns_is_in_order() -> None:
    assignments = [by("a"), by("b", Consecutive(2)), by("w", Weekly(every=2)), by("m", Manual()), by("x", active=False)]

    assert checked(*assignments[2:], *assignments[:1]) == []
    assert check_series(a_series(a_slot()), tutors=[]) == []
    assert check_series(a_series()) == []


def test_what_is_wrong_with_the_rules_comes_first() -> None:
    series = a_series(a_slot(), config=Config.from_mapping({"zzz": 1}), assignments=[by("w", Weekly(every=1)), by("a")])
    config = resolve_config(Config.from_mapping({"yyy": 2}))

    assert [issue.code for issue in check_series(series)] == ["config-unknown-key", "never-a-turn"]
    assert check_series(series, config=config) == [*config.issues, never("a", "2029-09-06")]


def test_a_pattern_that_could_not_be_read_is_told_to_the_creator() -> None:
    bad = by("a", from_stored("WEEKLY", {"weeks": [0]}))

    assert checked(bad) == [
        Issue(
            "bad-pattern",
            series_id="s",
            message=(
                "the pattern of A (a) can't be read, so it proposes nobody: "
                "Weekly.weeks must be a whole number from 1 to 5200, got 0; state the pattern again"
            ),
            audience=Audience.CREATOR,
            details=details("a"),
        )
    ]


@pytest.mark.requirement("EH-3")
def test_a_tutor_without_a_profile_has_no_sessions_and_an_issue() -> None:
    series = a_series(a_slot(), assignments=[by("a"), by("b"), by("c", status="DECLINED")])
    tutors = [Tutor("A")]

    decisions = assign_tutors(series, expand_slots(series, days("2026-09-07", "2026-09-28")), tutors=tutors)

    assert [decision.tutor_id for decision in decisions.values()] == ["A", None, "A", None]
    assert check_series(series, tutors=tutors) == [no_profile("b")]
    assert check_series(series, tutors=[]) == [no_profile("a"), no_profile("b")]
    assert check_series(series) == []


def test_issues_come_by_assignment_as_given() -> None:
    series = a_series(
        a_slot(), assignments=[by("z"), by("w", Weekly(every=1), created_at="2026-01-01T00:00Z"), by("a", "manual")]
    )
    last = by("b", Weekly(weeks=[1]), created_at="2026-02-01T00:00Z", ends_on="2026-01-31")

    found = check_series(a_series(a_slot(), assignments=[last, *series.assignments]), tutors=[Tutor("W")])

    assert [(issue.code, dict(issue.details)["assignment_id"]) for issue in found] == [
        ("no-tutor-profile", "b"),
        ("never-a-turn", "b"),
        ("no-tutor-profile", "z"),
        ("never-a-turn", "w"),
        ("no-tutor-profile", "a"),
    ]


@pytest.mark.parametrize(
    ("assignments", "series", "waiting"),
    [
        # Whoever stands behind one that claims every date.
        ([by("w", Weekly(every=1)), by("a"), by("b")], {}, {"a": "2029-09-06", "b": "2029-09-06"}),
        ([by("w", Weekly(every=1)), by("a")], {"ends_on": "2026-12-31"}, {"a": "2026-12-31"}),
        ([by("a"), by("c", Consecutive(3))], {}, {"c": "2029-09-06"}),
        ([by("w", Weekly(every=1), ends_on="2026-10-01"), by("a")], {}, {}),
        # A week that doesn't come.
        ([by("a", Weekly(weeks=[20]))], {"ends_on": "2026-12-31"}, {"a": "2026-12-31"}),
        ([by("a", Weekly(weeks=[17]))], {"ends_on": "2026-12-31"}, {}),
        ([by("a", Weekly(weeks=[300]))], {}, {}),
        ([by("w", Weekly(weeks=[1])), by("a", Weekly(weeks=[1, 300]))], {}, {}),
        ([by("a", Weekly(every=600, start_week=600))], {}, {}),
        ([by("a", Weekly(weeks=[2000]))], {}, {}),
        ([by("a", Weekly(weeks=[5200]))], {}, {"a": "2125-08-14"}),
        # Whose subject is none of the slots'.
        ([by("a", subject="music")], {"subject": "maths"}, {"a": "2029-09-06"}),
        ([by("a", subject="Maths")], {"subject": "maths"}, {}),
        # Who comes late, and who was gone before.
        ([by("a"), by("b", starts_on="2031-01-01")], {}, {}),
        ([by("a"), by("b", starts_on="2031-01-01")], {"ends_on": "2030-12-31"}, {"b": "2030-12-31"}),
        ([by("a", ends_on="2026-09-06")], {}, {"a": "2029-09-06"}),
        ([by("a", ends_on="2026-09-07")], {}, {}),
        # Of a roster of four, some have to wait for more Mondays than there are.
        ([by("a"), by("b"), by("c"), by("d")], {"ends_on": "2026-09-27"}, {"d": "2026-09-27"}),
        ([by("a"), by("b"), by("c"), by("d")], {"ends_on": "2026-09-28"}, {}),
        # Those that don't count at all, or wait for a person, are no surprise.
        ([by("w", Weekly(every=1)), by("a", status="PENDING"), by("b", active=False), by("m", Manual())], {}, {}),
    ],
)
def test_a_tutor_who_never_has_a_turn_is_an_issue(
    assignments: list[Assignment], series: dict[str, str], waiting: dict[str, str]
) -> None:
    assert checked(*assignments, **series) == [never(id, until) for id, until in waiting.items()]


def test_a_turn_in_any_slot_is_enough() -> None:
    slots = [a_slot("a", ends_on="2027-01-31"), a_slot("b", days="TU"), a_slot("c", days="WE", active=False)]
    series = a_series(
        *slots,
        assignments=[by("w", Weekly(every=1), slot_id="b"), by("x"), by("y", slot_id="b"), by("z", slot_id="c")],
    )

    assert check_series(series) == [never("y", "2029-09-06")]


def test_the_day_up_to_which_was_looked_is_the_last_of_all_slots() -> None:
    slots = [
        a_slot("a", ends_on="2027-01-31"),
        a_slot("b", days="TU", ends_on="2027-03-31"),
        a_slot("c", ends_on="2027-02-28"),
    ]
    series = a_series(*slots, assignments=[by("w", Weekly(every=1)), by("x")])

    assert check_series(series) == [never("x", "2027-03-31")]


def test_turns_that_pass_on_are_no_turns() -> None:
    def checked_with(turn: str) -> list[Issue]:
        series = a_series(
            a_slot(),
            ends_on="2026-09-21",
            assignments=[by("a"), by("b"), by("w", Weekly(weeks=[2]))],
            cancellations=[Cancellation.day("off", None, "2026-09-14")],
            config=Config(cancellation_turn=turn),
        )
        return check_series(series)

    assert checked_with("spend") == [never("w", "2026-09-21")]
    assert checked_with("pass") == [never("w", "2026-09-21")]


def test_a_roster_that_waits_for_a_date_that_passed_on_has_one_who_never_teaches() -> None:
    def waiting(turn: str) -> list[Issue]:
        off = [Cancellation.day("off", None, "2026-09-14")]
        return checked(
            by("a"), by("b"), by("c"), ends_on="2026-09-21", cancellations=off, config=Config(cancellation_turn=turn)
        )

    assert waiting("spend") == []
    assert waiting("pass") == [never("c", "2026-09-21")]


def test_weeks_that_count_from_the_creation_of_an_assignment_are_waited_for() -> None:
    """Week 150 of an assignment that was made in the series' second year comes after more than three years."""
    late = by("a", Weekly(weeks=[150]), created_at="2028-01-03T00:00Z")

    assert checked(late) == []


def test_a_slot_without_dates_gives_nobody_a_turn() -> None:
    series = Series(
        "s",
        timezone="UTC",
        starts_on="2026-09-07",
        slots=[a_slot(ends_on="2026-09-01")],
        assignments=[by("a")],
    )

    assert check_series(series) == [never("a", "2026-09-01")]
