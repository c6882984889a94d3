"""What a person should see to: every issue of a plan with its whole message; and input that is no input."""

from datetime import date, datetime
from typing import Any

import attrs
import pytest

from recurly_sessions import (
    Config,
    Member,
    Package,
    Plan,
    School,
    Series,
    Slot,
    Tutor,
    Weekly,
    plan_sessions,
    round_robin,
)
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.patterns import Turn, from_stored
from recurly_sessions.values.issue import Audience, Issue
from tests.hangs import no_hang
from tests.planning.helpers import a_series, a_slot, by, days
from tests.planning.plans import (
    FOUR,
    HOUR,
    NOW,
    changed,
    ids,
    issues,
    later,
    made,
    manual,
    planned,
    steps,
    taught_by,
)


class Broken:
    """A host's pattern that raises."""

    kind = "broken"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def claims(self, turn: Turn) -> str | None:
        raise self.error


def with_id(id: str, series: Series) -> Series:
    return attrs.evolve(series, id=id)


# --- issues ---------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("EH-4")
def test_a_bad_pattern_becomes_manual_and_the_creator_is_told() -> None:
    bad = by("a", from_stored("WEEKLY", {"weeks": [0]}))
    plan = planned(a_series(a_slot(), assignments=[bad]))

    assert [(change.after.tutor_id, change.after.status) for change in plan.creates] == [(None, "PENDING")] * 4
    assert plan.issues == (
        Issue(
            "bad-pattern",
            series_id="s",
            message=(
                "the pattern of A (a) can't be read, so it proposes nobody: "
                "Weekly.weeks must be a whole number from 1 to 5200, got 0; state the pattern again"
            ),
            audience=Audience.CREATOR,
            details={"assignment_id": "a", "tutor_id": "A"},
        ),
    )


def test_a_tutor_without_profile_is_told_to_the_administrator_and_the_session_is_made() -> None:
    plan = planned(School(taught_by("amina", "luc"), tutors=[Tutor("amina")]))

    assert [change.after.tutor_id for change in plan.creates] == ["amina", None, "amina", None]
    assert plan.issues == (
        Issue(
            "no-tutor-profile",
            series_id="s",
            message=("luc (luc) has no tutor profile, so they can't be proposed; add the tutor or end the assignment"),
            audience=Audience.ADMIN,
            details={"assignment_id": "luc", "tutor_id": "luc"},
        ),
    )


def test_a_tutor_who_never_gets_a_turn_is_told() -> None:
    plan = planned(a_series(a_slot(), assignments=[by("w", Weekly(every=1)), by("a")]))

    assert issues(plan) == [
        (
            "never-a-turn",
            "A (a) gets no turn up to 2029-09-06: no date or subject fits, or assignments before it have them all; "
            "change the pattern or the roster",
        )
    ]


def test_rules_that_nobody_knows_are_told_with_their_layer() -> None:
    plan = planned(a_series(a_slot(), config=Config.from_mapping({"weeks_ahed": 3})))

    assert issues(plan) == [
        ("config-unknown-key", "the series config says weeks_ahed = 3, which is no rule; did you mean weeks_ahead?")
    ]
    assert (plan.issues[0].series_id, plan.issues[0].audience) == ("s", Audience.SYSTEM)
    assert len(plan.creates) == 4


def test_two_sessions_of_one_identity_are_told_and_the_one_named_after_it_counts() -> None:
    first = made()[0]
    message = "s/a/2026-09-07 has more than one session: other, s/a/2026-09-07; remove all but one"

    plan = planned(a_series(a_slot(start="19:00", end="20:30")), first, changed(first, id="other"))

    assert steps(plan)[0] == ("UPDATE", "moved", FOUR[0], "ends_at", "starts_at")
    assert "other" not in ids(change.after for change in plan.changes)
    assert plan.issues == (
        Issue(
            "two-sessions",
            series_id="s",
            message=message,
            audience=Audience.ADMIN,
            details={"identity": FOUR[0], "session_ids": "other, s/a/2026-09-07"},
        ),
    )


def test_of_two_sessions_under_ids_of_the_host_the_smaller_one_counts() -> None:
    first = made()[0]

    plan = planned(a_series(a_slot(active=False)), changed(first, id="y"), changed(first, id="x"))

    assert steps(plan) == [("CANCEL", "slot-inactive", "x", "cancellation_reason", "cause_id", "status")]
    assert issues(plan) == [("two-sessions", "s/a/2026-09-07 has more than one session: x, y; remove all but one")]


def test_two_sessions_of_one_identity_are_told_even_when_one_is_as_it_should_be() -> None:
    first = made()[0]

    plan = planned(None, first, changed(first, id="other"))

    assert [issue.code for issue in plan.issues] == ["two-sessions"]
    assert len(plan.changes) == 3


def test_sessions_of_a_series_that_is_not_known_are_told_and_left_alone() -> None:
    stray = [manual(f"x{number}", "2026-09-08 10:00", "2026-09-08 11:00", series_id="gone") for number in range(5)]

    plan = planned(None, *stray)

    assert len(plan.changes) == 4
    assert plan.issues == (
        Issue(
            "unknown-series",
            series_id="gone",
            message="the series gone of x0, x1, x2, and 2 more is not known; its sessions stay as they are",
            audience=Audience.ADMIN,
            details={"sessions": 5},
        ),
    )


@pytest.mark.parametrize(
    ("series", "reason", "name"),
    [
        (a_series(a_slot(), assignments=[by("a", Broken(ValueError("no such week")))]), "no such week", "ValueError"),
        (a_series(a_slot(), assignments=[by("a", Broken(KeyError()))]), "KeyError", "KeyError"),
        (
            Series("s", starts_on="2026-09-07", slots=[a_slot()]),
            "Series.timezone must be said by the series or by a config, got None; "
            "series 's' has none, and no config says one",
            "InvalidValueError",
        ),
    ],
)
def test_a_series_that_cannot_be_planned_is_left_alone_and_the_others_go_on(
    series: Series, reason: str, name: str
) -> None:
    existing = made()[0]

    plan = planned([series, with_id("t", a_series(a_slot()))], existing)

    assert ids(change.after for change in plan.changes) == [each.replace("s/", "t/", 1) for each in FOUR]
    assert plan.issues == (
        Issue(
            "series-failed",
            series_id="s",
            message=f"series s can't be planned, so it stays as it is: {reason}",
            audience=Audience.ADMIN,
            details={"error": name},
        ),
    )
    assert plan.planned == ("t",)


class UnspeakableError(Exception):
    """An error that can't be shown."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "error",
    [
        ValueError("NUL \0"),
        ValueError("half \ud800"),
        ValueError("long " * 100_000),
        UnspeakableError(),
        RecursionError(),
    ],
    ids=["NUL", "half a character", "long", "unspeakable", "recursion"],
)
def test_whatever_a_pattern_raises_the_other_series_are_planned(error: Exception) -> None:
    broken = a_series(a_slot(), assignments=[by("a", Broken(error))])

    plan = planned([broken, with_id("t", a_series(a_slot()))])

    assert [issue.code for issue in plan.issues] == ["series-failed"]
    assert len(plan.issues[0].message) < 10_000
    assert len(plan.creates) == 4


@pytest.mark.parametrize("error", [ValueError("no such week"), KeyError("x"), TypeError()])
def test_a_session_of_a_series_that_cannot_be_planned_can_be_explained(error: Exception) -> None:
    broken = a_series(a_slot(), assignments=[by("a", Broken(error))])

    story = planned(broken, made()[0]).explain(FOUR[0])

    assert story.splitlines()[:2] == [
        "s/a/2026-09-07: Mon 2026-09-07 18:00–19:30 Europe/Paris, PENDING",
        "  plan  nothing: it is left as it is",
    ]


def test_a_series_that_cannot_be_planned_is_still_in_the_way_of_others() -> None:
    broken = a_series(a_slot(), assignments=[by("a", Broken(ValueError("x")))])
    stored = made(taught_by("amina"))[0]

    plan = planned([broken, with_id("t", taught_by("amina"))], stored, window=days("2026-09-07", "2026-09-07"))

    assert [(each.session_id, each.other) for each in plan.conflicts] == [("t/a/2026-09-07", FOUR[0])]


@pytest.mark.requirement("EH-2")
def test_a_slot_whose_rule_is_followed_no_further_is_named_and_left_out_and_the_rest_is_planned() -> None:
    slot = Slot("odd", rrule="FREQ=DAILY", start="18:00", end="19:30")
    series = a_series(slot, a_slot(days="TU", starts_on="2026-09-01"), starts_on="1900-01-01")
    stored = attrs.evolve(made(a_series(a_slot("odd")))[0], series_id="s")

    plan = planned([series, with_id("t", a_series(a_slot()))], stored)

    assert issues(plan) == [
        (
            "slot-failed",
            "slot odd is left out, and its sessions stay as they are: s/odd: the rule 'FREQ=DAILY' counts from "
            "1900-01-01 and is followed for 100 years, got a window up to 2026-09-29; let the slot start later, "
            "or state the rule again in a later phase",
        )
    ]
    assert {change.id.rpartition("/")[0] for change in plan.changes} == {"s/a", "t/a"}
    assert plan.unchanged == (stored,)


@pytest.mark.parametrize("status", ["PENDING", "CONFIRMED"])
def test_a_roster_that_changes_from_day_one_warns_that_it_gives_published_turns_to_others(status: str) -> None:
    existing = [changed(each, status=status) for each in made(taught_by("amina", "luc"))]
    message = (
        "the roster changed from day one, which gives turns that were published to others: "
        "s/a/2026-09-07, s/a/2026-09-14, s/a/2026-09-21 and 1 more; "
        "give the new assignment a starts_on, or the old one an ends_on"
    )

    plan = planned(taught_by("luc", "amina"), *existing)

    expected = Issue("roster-from-day-one", series_id="s", message=message, details={"turns": 4})
    assert plan.issues == ((expected,) if status == "PENDING" else ())


def test_a_roster_that_changes_from_a_date_on_warns_of_nothing() -> None:
    existing = made(taught_by("amina", "luc"))
    series = taught_by(
        "amina", "luc", assignments=[*round_robin("amina", "luc"), *round_robin("zoe", starts_on="2026-09-14")]
    )

    plan = planned(series, *existing)

    assert [change.id for change in plan.updates] != []
    assert plan.issues == ()


def test_no_issue_stops_the_rest() -> None:
    series = a_series(
        a_slot(),
        assignments=[by("bad", from_stored("WEEKLY", {"weeks": [0]})), by("nobody"), by("amina")],
        members=(),
        config=Config.from_mapping({"zzz": 1}),
        packages=[Package("p", starts_on="2026-09-07", ends_on="2026-09-21", sessions=9)],
    )

    plan = planned(School([series, with_id("t", a_series(a_slot()))], tutors=[Tutor("AMINA"), Tutor("BAD")]))

    assert [issue.code for issue in plan.issues] == [
        "config-unknown-key", "bad-pattern", "no-tutor-profile", "no-members", "package-short",
    ]  # fmt: skip
    assert [change.after.tutor_id for change in plan.creates[:3]] == [None, "AMINA", None]
    assert len(plan.creates) == 7


# --- what is no input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "message"),
    [
        (None, "plan_sessions: now must be an instant (an aware datetime), got None"),
        (date(2026, 9, 1), "plan_sessions: now must be an instant (an aware datetime), got datetime.date(2026, 9, 1)"),
        (
            datetime(2026, 9, 1, 8),  # noqa: DTZ001 - naive on purpose
            "plan_sessions: now must say its timezone, got datetime.datetime(2026, 9, 1, 8, 0); "
            "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo",
        ),
        ("yesterday", "plan_sessions: now must be an instant like 2026-09-07T16:00:00Z, got 'yesterday'"),
        (
            "2026-09-01T08:00",
            "plan_sessions: now must say its timezone, got '2026-09-01T08:00'; "
            "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo",
        ),
        (5, "plan_sessions: now must be an instant (an aware datetime), got 5"),
        ("1600-01-01T00:00Z", "plan_sessions: now must lie in the years 1900 to 9899, got '1600-01-01T00:00Z'"),
    ],
)
def test_a_now_that_is_no_instant_is_refused(now: Any, message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        plan_sessions(a_series(a_slot()), now=now)

    assert str(error.value) == message


@pytest.mark.parametrize("what", [None, 5, "maths", b"bytes", {"series": []}, NOW])
def test_what_is_nothing_to_plan_is_refused(what: Any) -> None:
    with pytest.raises(InvalidValueError) as error:
        plan_sessions(what, now=NOW)

    assert str(error.value) == (
        f"plan_sessions: what must be a Series, some Series, a School or a Snapshot, got {what!r}"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"what": [a_series(), 5]}, "plan_sessions: what must be a list of Series values, got 5"),
        ({"what": [a_series(), a_series()]}, "School.series must not have two of one id, got 's'"),
        ({"window": "2026"}, "plan_sessions: window must be a Window or Days, got '2026'"),
        ({"existing": 5}, "plan_sessions: existing must be a list, got 5"),
        (
            {"existing": ["s/a/2026-09-07"]},
            "plan_sessions: existing must be a list of Session values, got 's/a/2026-09-07'",
        ),
        (
            {"existing": [made()[0], made()[0]]},
            "plan_sessions: existing must not have two of one id, got 's/a/2026-09-07'",
        ),
        ({"bookings": [5]}, "plan_sessions: bookings must be a list of Booking values, got 5"),
        ({"tutors": [5]}, "plan_sessions: tutors must be a list of Tutor values, got 5"),
        ({"tutors": [Tutor("a"), Tutor("a")]}, "plan_sessions: tutors must not have two of one id, got 'a'"),
        ({"only": "s"}, "plan_sessions: only must be a list, got 's'"),
    ],
)
def test_a_wrong_argument_is_refused_with_its_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        plan_sessions(**{"what": a_series(a_slot()), "now": NOW, **arguments})

    assert str(error.value).removeprefix("plan_sessions: what: ") in {
        message, message.replace("School.series", "plan_sessions: what")
    }  # fmt: skip


def test_a_series_that_is_not_there_cannot_be_named() -> None:
    with pytest.raises(UnknownNameError) as error:
        planned(School([a_series(a_slot())]), only=["t"])

    assert str(error.value) == "no series 't'; there is s"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: changed(made()[0], status="DOZING"),
            "Session.status must be one of PENDING, CONFIRMED, COMPLETED, NO_SHOW_STUDENT, NO_SHOW_TUTOR, "
            "CANCELLED, RESCHEDULED, got 'DOZING'",
        ),
        (
            lambda: manual("x", "2026-09-08 11:00", "2026-09-08 10:00"),
            "Session.ends_at must be after starts_at (2026-09-08T11:00:00+00:00), got '2026-09-08T10:00:00+00:00'",
        ),
        (
            lambda: changed(made()[0], starts_at=datetime(2026, 9, 7, 16)),  # noqa: DTZ001 - naive on purpose
            "Session.starts_at must say its timezone, got datetime.datetime(2026, 9, 7, 16, 0); "
            "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo",
        ),
        (
            lambda: a_series(a_slot(), members=[Member("kim"), Member("kim", active=False)]),
            "Series.members must not have two of one id, got 'kim'",
        ),
        (lambda: Tutor("amina", hourly_rate=-1), "Tutor.hourly_rate must not be negative, got -1"),
        (
            lambda: a_slot(start="25:00"),
            "Slot.start must be a time from 00:00 to 23:59, written HH:MM, got '25:00'",
        ),
    ],
)
def test_bad_values_are_refused_before_there_is_a_plan(build: Any, message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        build()

    assert str(error.value) == message


HOSTILE = "<script>alert(\"x\")</script>\x1b[2J\u202e & 'quoted'\r\n+ create"


def hostile() -> Plan:
    """A plan in which every text that people write is hostile."""
    text = HOSTILE
    school = School(
        a_series(
            a_slot("a", subject=text.replace("\n", " ").replace("\r", "")),
            a_slot("b"),
            subject=text,
            assignments=round_robin("amina"),
            members=[Member("kim", name=text)],
            meeting_url="javascript:alert(1)",
        ),
        tutors=[Tutor("amina", name=text, hourly_rate="30 EUR")],
    )
    session = made(school)[0]
    notes = changed(later(session, HOUR), notes=text, meeting_url="javascript:alert(2)", cancellation_reason=text)
    return planned(
        school, notes, manual("<b>own", "2026-09-08 10:00", "2026-09-08 11:00", notes=text, tutor_id="amina")
    )


def test_names_cannot_write_to_the_terminal_nor_start_lines_of_their_own() -> None:
    plan = hostile()

    texts = [str(plan), plan.as_text(color=False), plan.conflict_table(), plan.summary(), repr(plan)]
    texts += [plan.explain(change.id) for change in plan.changes]
    for text in texts:
        assert not {"\x1b", "\u202e", "\r", "\x07"} & set(text)
        assert not [line for line in text.splitlines() if line.startswith("+ create")]


@pytest.mark.parametrize("page", [True, False])
def test_names_are_text_in_html_and_links_are_only_links_to_the_web(page: bool) -> None:
    html = hostile().as_html(title=HOSTILE, page=page)

    assert "<script>alert" not in html
    assert "<b>own" not in html
    assert "javascript:alert" not in html
    assert not {"\x1b", "\u202e"} & set(html)


def test_ten_thousand_sessions_of_one_tutor_at_once_are_planned_and_can_still_be_read() -> None:
    slots = [a_slot(f"{number:05}") for number in range(10_000)]
    series = a_series(*slots, assignments=round_robin("amina"))

    with no_hang():
        plan = planned(series, window=days("2026-09-07", "2026-09-07"))
        text = str(plan)

    assert len(plan.creates) == 10_000
    assert len(plan.conflicts) == sum(min(number, 20) for number in range(10_000))
    assert len([line for line in text.splitlines() if " ! " in line]) < 100
    assert plan.summary() == "Plan: 10,000 to create. 199,790 conflicts."
