"""What is planned: which series, from what, and what a plan is like as a value."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import (
    Assignment,
    Cancellation,
    Manual,
    Occurrence,
    Package,
    School,
    Series,
    Session,
    Tutor,
    Window,
    assign_tutors,
    expand_slots,
    plan_sessions,
    round_robin,
)
from recurly_sessions.values.school import Booking, Snapshot
from tests.planning.helpers import PARIS, a_series, a_slot, by, days
from tests.planning.plans import (
    FOUR,
    HOUR,
    NOW,
    WEEKDAYS,
    after,
    changed,
    ids,
    later,
    made,
    moments,
    planned,
    rules,
    small_schools,
    small_series,
    taught_by,
    utc,
)


def with_id(id: str, series: Series, **more: Any) -> Series:
    return attrs.evolve(series, id=id, **more)


# --- which series ---------------------------------------------------------------------------------------------------


SLEEPY = rules(auto_generate=False)


def many() -> list[Series]:
    """An active, a draft and an ended series, and one that doesn't generate by itself."""
    return [
        with_id("active", a_series(a_slot())),
        with_id("draft", a_series(a_slot(), status="DRAFT")),
        with_id("ended", a_series(a_slot(), status="ENDED")),
        with_id("asleep", a_series(a_slot(), config=SLEEPY)),
    ]


@pytest.mark.requirement("BC-3")
def test_of_a_school_the_active_series_that_generate_by_themselves_are_planned() -> None:
    opted_in = with_id("in", a_series(a_slot(), config=rules(auto_generate=True)))

    assert planned(School(many())).planned == ("active",)
    assert planned(Snapshot(school=School(many()), read_at=NOW)).planned == ("active",)
    assert planned(School([*many(), opted_in], base=SLEEPY)).planned == ("in",)


def test_a_series_that_is_named_is_planned_but_not_one_that_has_ended() -> None:
    assert [planned(each).planned for each in many()] == [("active",), ("draft",), (), ("asleep",)]
    assert planned(many()).planned == ("active", "asleep", "draft")
    assert planned(School(many()), only=["draft", "ended", "asleep"]).planned == ("asleep", "draft")
    assert planned(many(), only=["draft"]).planned == ("draft",)
    assert planned(School(many()), only=[]).planned == ()


def test_sessions_of_series_that_are_not_planned_are_left_alone() -> None:
    school = School([with_id("s", a_series(a_slot(active=False), status="ENDED")), many()[0]])

    plan = planned(school, made()[0])

    assert {change.series_id for change in plan.changes} == {"active"}
    assert plan.unchanged == ()
    assert plan.issues == ()


def test_a_series_without_slots_wants_nothing() -> None:
    assert planned(a_series()).changes == ()
    assert planned([]).changes == planned(School([])).changes == ()


# --- from what ------------------------------------------------------------------------------------------------------


def test_the_whole_session_is_made() -> None:
    series = a_series(
        a_slot(room_id="blue"),
        assignments=round_robin("amina"),
        members=["kim", "lea"],
        packages=[Package("p", starts_on="2026-09-07", ends_on="2026-12-31", sessions=1)],
        meeting_url="https://example.org/s",
    )
    plan = planned(School(series, tutors=[Tutor("amina", hourly_rate="30 EUR")], base=rules(confirm_assigned=True)))

    assert [change.after for change in plan.creates] == [
        Session(
            "s/a/2026-09-07",
            series_id="s",
            slot_id="a",
            occurs_on="2026-09-07",
            timezone=PARIS,
            starts_at="2026-09-07T16:00Z",
            ends_at="2026-09-07T17:30Z",
            tutor_id="amina",
            status="CONFIRMED",
            price="90 EUR",
            origin="GENERATED",
            room_id="blue",
            package_id="p",
            number=1,
            version=1,
        )
    ]
    change = plan.creates[0]
    assert (change.before, change.fields, change.code) == (None, (), "due")
    assert (change.id, change.series_id) == ("s/a/2026-09-07", "s")
    assert change.decision is not None
    assert (change.decision.tutor_id, change.decision.assignment_id) == ("amina", "amina")
    assert change.why == "amina's turn: nobody else is in the rotation"


def test_one_series_some_a_school_and_a_snapshot_give_the_same_changes() -> None:
    series = taught_by("amina", "luc")
    existing = [later(each, HOUR) for each in made(series)[:2]]
    snapshot = Snapshot(school=School(series), sessions=existing, read_at=NOW)

    plans = [
        planned(series, *existing),
        planned(iter([series]), *existing),
        planned(School(series), *existing),
        planned(snapshot),
        planned(attrs.evolve(snapshot, sessions=()), *existing),
    ]

    assert all(plan.changes == plans[0].changes for plan in plans)
    assert len(plans[0].changes) == 4


def test_tutors_may_be_given_beside_a_series() -> None:
    series = taught_by("amina")
    known = [Tutor("amina", hourly_rate="30 EUR")]

    assert planned(series, tutors=known).changes == planned(School(series, tutors=known)).changes
    assert planned(School(series, tutors=["amina"]), tutors=known).changes == planned(series, tutors=known).changes
    assert {change.after.tutor_id for change in planned(series, tutors=[]).creates} == {None}


def test_bookings_add_up_with_those_of_the_snapshot() -> None:
    first = Booking("b1", starts_at=utc("2026-09-07 16:00"), ends_at=utc("2026-09-07 17:00"), tutor_id="amina")
    second = Booking("b2", starts_at=utc("2026-09-14 16:00"), ends_at=utc("2026-09-14 17:00"), tutor_id="amina")
    snapshot = Snapshot(school=School(taught_by("amina")), bookings=[first], read_at=NOW)

    assert [each.other for each in planned(snapshot, bookings=[second]).conflicts] == ["b1", "b2"]


def test_now_may_be_text_or_in_another_zone() -> None:
    series = a_series(a_slot())

    plans = [
        plan_sessions(series, now=now)
        for now in (
            NOW,
            "2026-09-01T08:00Z",
            "2026-09-01T10:00+02:00",
            datetime.fromisoformat("2026-09-01T10:00+02:00"),
        )
    ]

    assert {plan.id for plan in plans} == {plans[0].id}


# --- a plan as a value ----------------------------------------------------------------------------------------------


def test_a_plan_is_true_if_there_is_anything_to_do() -> None:
    existing = made()

    assert bool(planned())
    assert not planned(None, *existing)
    assert planned(None, *existing).unchanged == existing
    assert planned(None, *existing).summary() == "No changes. 4 sessions are as they should be."


def test_changes_come_series_by_series_and_by_start() -> None:
    series = [with_id(each, a_series(a_slot("b", days="TU"), a_slot("a", days="WE"))) for each in ("t", "s")]

    plan = planned(series, *made(with_id("s", a_series(a_slot("c", days="TU")))))

    assert [change.series_id for change in plan.changes] == ["s"] * 9 + ["t"] * 6
    starts = [change.after.starts_at for change in plan.changes]
    assert starts[:9] == sorted(starts[:9])
    assert starts[9:] == sorted(starts[9:])


def test_changes_are_sorted_by_what_they_do() -> None:
    first, second, third, fourth = made()
    series = a_series(a_slot(start="19:00", end="20:30"), cancellations=[Cancellation.day("trip", "a", "2026-09-14")])
    off = changed(third, status="CANCELLED", cause_id="x")

    plan = planned(series, first, second, off)

    assert ids(change.after for change in plan.updates) == [FOUR[0]]
    assert ids(change.after for change in plan.cancels) == [FOUR[1]]
    assert ids(change.after for change in plan.reinstates) == [FOUR[2]]
    assert ids(change.after for change in plan.creates) == [fourth.id]
    assert plan.summary() == "Plan: 1 to create, 1 to move, 1 to cancel, 1 to bring back."


def test_a_plan_of_creates_only_leaves_what_exists() -> None:
    plan = planned(a_series(a_slot(start="19:00", end="20:30")), made()[0])

    only = plan.creates_only()

    assert only.changes == only.creates == plan.creates
    assert plan.updates != ()


def test_a_plan_cannot_be_changed() -> None:
    plan = planned()

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        plan.changes = ()


def test_a_plan_reads_like_a_terraform_plan() -> None:
    slot = a_slot(start="19:00", end="20:30")
    first, second, *_ = made()

    plan = planned(a_series(slot, cancellations=[Cancellation.day("trip", "a", "2026-09-14")]), first, second)

    assert str(plan) == (
        "  + create   ~ change   - cancel\n"
        "\n"
        "s · Europe/Paris\n"
        "  ~ Mon  7 Sep 2026  19:00–20:30  a  no tutor  0.00 EUR  starts 18:00 → 19:00, ends 19:30 → 20:30"
        f"  # {plan.changes[0].why}\n"
        "  - Mon 14 Sep 2026  18:00–19:30  a  no tutor  0.00 EUR  # called off by trip\n"
        "  + Mon 21 Sep 2026  19:00–20:30  a  no tutor  0.00 EUR"
        "  # nobody's turn: no accepted assignment counts for this slot\n"
        "  + Mon 28 Sep 2026  19:00–20:30  a  no tutor  0.00 EUR"
        "  # nobody's turn: no accepted assignment counts for this slot\n"
        "\n"
        "Plan: 2 to create, 1 to move, 1 to cancel."
    )


def test_a_notebook_shows_a_plan_as_html_that_loads_nothing() -> None:
    plan = planned()

    assert plan._repr_html_() == plan.as_html(page=False)
    assert "<html" in plan.as_html(title="September")
    assert "September" in plan.as_html(title="September")
    assert "<html" not in plan._repr_html_()
    assert "http" not in plan.as_html().replace("http://www.w3.org/", "")


def test_a_plan_shows_itself_by_its_id_and_its_total() -> None:
    plan = planned()

    assert repr(plan) == f"<Plan {plan.id[:12]}: Plan: 4 to create.>"


# --- properties -----------------------------------------------------------------------------------------------------


def in_packages(series: Series, whole: list[Occurrence]) -> set[str]:
    """What the packages of a series pay for, by hand: the first N of each, and a make-up for each that is off."""
    paid = set()
    for package in series.packages:
        inside = [each for each in whole if package.starts_on <= each.occurs_on <= package.ends_on]
        first, rest = inside[: package.sessions], inside[package.sessions :]
        off = sum(each.called_off_by is not None for each in first)
        paid |= {str(each.identity) for each in first if each.called_off_by is None}
        paid |= {str(each.identity) for each in islice((each for each in rest if each.called_off_by is None), off)}
    return paid


@pytest.mark.requirement("P1")
@given(small_schools(), moments())
def test_every_date_of_the_next_four_weeks_has_a_session_but_those_that_are_called_off(
    school: School, now: datetime
) -> None:
    window = Window.weeks(4, start=now)

    sessions = made(school, now=now, window=window)

    expected = set()
    for series in school.series:
        whole = expand_slots(series, Window.dates("2026-08-01", "2027-01-31", "UTC"))
        wanted = {str(each.identity) for each in whole if each.called_off_by is None}
        if series.packages:
            wanted = in_packages(series, whole)
        expected |= {str(each.identity) for each in expand_slots(series, window) if str(each.identity) in wanted}
    assert set(ids(sessions)) == expected
    assert len(sessions) == len(expected)


@pytest.mark.requirement("P8")
@pytest.mark.requirement("P9")
@given(small_schools(), st.booleans())
def test_a_session_is_confirmed_if_a_tutor_who_accepted_has_it_and_pending_without_tutor(
    school: School, confirm: bool
) -> None:
    sessions = made(attrs.evolve(school, base=rules(confirm_assigned=confirm)))

    accepted = {
        (series.id, each.tutor_id)
        for series in school.series
        for each in series.assignments
        if each.status == "ACCEPTED" and each.active
    }
    for session in sessions:
        if session.tutor_id is None:
            assert session.status == "PENDING"
        else:
            assert session.status == ("CONFIRMED" if confirm else "PENDING")
            assert (session.series_id, session.tutor_id) in accepted


@pytest.mark.requirement("P14")
@pytest.mark.requirement("P15")
@given(
    st.sampled_from(
        (
            (),
            (by("a", Manual()),),
            (by("a", Manual()), by("b", Manual())),
            (by("a", status="DECLINED"), by("b", status="PENDING"), by("c", active=False)),
            (by("a", slot_id="other"),),
            (by("a", subject="music"),),
        )
    ),
    WEEKDAYS,
    moments(),
    st.booleans(),
)
def test_manual_or_no_assignment_means_no_tutor_and_pending(
    assignments: tuple[Assignment, ...], weekdays: str, now: datetime, confirm: bool
) -> None:
    other = a_slot("other", days="MO", starts_on="2030-01-01")
    series = a_series(
        a_slot(days=weekdays), other, assignments=assignments, subject="maths", config=rules(confirm_assigned=confirm)
    )

    sessions = made(series, now=now)

    assert {(session.tutor_id, session.status) for session in sessions} == {(None, "PENDING")}


@pytest.mark.requirement("FR-002")
@pytest.mark.requirement("EH-1")
@given(small_schools(), st.lists(moments(60), min_size=1, max_size=4))
def test_repeated_plans_change_nothing_and_never_make_two_sessions_for_one_occurrence(
    school: School, nows: list[datetime]
) -> None:
    sessions: tuple[Session, ...] = ()
    for now in sorted(nows):
        sessions = after(sessions, planned(school, *sessions, now=now))

        assert planned(school, *sessions, now=now).changes == ()
        identities = [session.identity for session in sessions]
        assert len(identities) == len(set(identities))


@given(small_schools(), moments(), st.integers(0, 40 * 24 * 60))
def test_how_often_was_planned_before_does_not_matter(school: School, now: datetime, minutes: int) -> None:
    """Turns, numbers and prices of a rolling plan are those of a plan that is made at once."""
    window = Window(NOW, NOW + timedelta(days=70))
    sessions = made(school, now=NOW, window=Window(NOW, NOW + timedelta(minutes=minutes)))

    assert set(after(sessions, planned(school, *sessions, window=window))) == set(made(school, window=window))


@given(small_schools(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_changes_nothing(school: School, chance: Any) -> None:
    existing = [later(each, HOUR) for each in made(school)[::2]]
    shuffled = list(existing)
    chance.shuffle(shuffled)
    turned = attrs.evolve(
        school,
        series=[attrs.evolve(each, slots=each.slots[::-1]) for each in school.series[::-1]],
        tutors=None if school.tutors is None else school.tutors[::-1],
    )

    first, second = planned(school, *existing), planned(turned, *shuffled)

    assert (first.changes, first.conflicts, first.issues) == (second.changes, second.conflicts, second.issues)
    assert first.id == second.id


@given(small_series())
def test_a_plan_says_who_teaches_as_assigning_does(series: Series) -> None:
    window = days("2026-09-02", "2026-10-10", series.timezone or PARIS)
    decisions = assign_tutors(series, expand_slots(series, window))

    for session in made(series, window=window):
        assert session.slot_id is not None
        assert session.occurs_on is not None
        assert session.tutor_id == decisions[session.slot_id, session.occurs_on].tutor_id
