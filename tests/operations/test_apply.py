"""Plans to a store: what is said of it, and what must never happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import (
    Actor,
    Cancellation,
    Config,
    School,
    Series,
    SessionStatus,
    Slot,
    Window,
    apply_plan,
    plan_sessions,
)
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import BrakedError, InvalidValueError
from recurly_sessions.operations import apply
from recurly_sessions.operations.apply import Applied, LeftAlone, Refused
from recurly_sessions.operations.progress import Progress
from recurly_sessions.store import Store, Transaction
from recurly_sessions.testing.store_contract import put
from tests.plans import history
from tests.plans.examples import BOTH, NOW, WEEK, a_course, a_school, a_session
from tests.plans.strategies import beginnings, busy_times

FIRST, SECOND = BOTH
HOUR = timedelta(hours=1)
LATER = Slot("mon", days="MO", start="19:00", end="20:30")


# --- what is said of it ---------------------------------------------------------------------------------------------


def test_what_was_applied_is_said_in_words() -> None:
    outcome = Applied(
        run_id="run",
        series=("a", "b"),
        already=("c",),
        activated=("b",),
        refused=(Refused("d", ("the series is gone",)), Refused("e", ("room_id None → 'blue'", "members are new"))),
        left_alone=(LeftAlone("a/mon/2026-09-07", "it has started"),),
        created=1_200,
        updated=3,
        cancelled=2,
        reinstated=1,
    )

    assert str(outcome).splitlines() == [
        "Applied: 1,200 created, 3 updated, 2 cancelled, 1 reinstated. Now active: b. 1 series had it already. "
        "1 session left alone. 2 series refused.",
        "  a/mon/2026-09-07 is left alone: it has started",
        "  d: the series is gone",
        "  e: room_id None → 'blue'",
        "  e: members are new",
    ]


def test_nothing_to_do_is_said_in_words() -> None:
    assert str(Applied(run_id="run")) == "Applied: nothing to do."


@pytest.mark.parametrize(
    ("more", "did"),
    [
        ({}, False),
        ({"series": ("a",)}, False),
        ({"already": ("a",)}, False),
        ({"activated": ("a",)}, True),
        *(({each: 1}, True) for each in ("created", "updated", "cancelled", "reinstated")),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else "",
)
def test_an_outcome_is_true_if_anything_was_done(more: dict[str, Any], did: bool) -> None:
    assert bool(Applied(run_id="run", **more)) is did


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        apply_plan(plan_sessions(a_school(), now=NOW), MemoryStore(), now="soon")

    assert caught.value.where == "apply_plan: now"


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        apply_plan("a plan", MemoryStore(), now=NOW)  # type: ignore[arg-type]

    assert str(caught.value) == "apply_plan: plan must be a Plan, got 'a plan'; plan_sessions() makes one"


@pytest.mark.requirement("OPS-5")
def test_a_run_that_would_do_too_much_stops_before_it_writes() -> None:
    rules = Config(weeks_ahead=2, max_changes=1)
    store = MemoryStore(a_school(base=rules))
    put(store, FIRST, SECOND)
    store.save(a_school(a_course(slots=()), a_course("art"), base=rules))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)

    with pytest.raises(BrakedError) as caught:
        apply_plan(plan, store, now=NOW)

    assert caught.value.reasons == tuple(issue.message for issue in plan.issues)
    assert (store.sessions_of("art"), store.sessions_of("maths")) == ([], [FIRST, SECOND])
    assert store.claim(now=NOW, until=NOW) == []


def test_a_plan_that_only_makes_sessions_is_not_braked() -> None:
    rules = Config(weeks_ahead=2, max_changes=1)
    store = MemoryStore(a_school(base=rules))
    put(store, FIRST, SECOND)
    store.save(a_school(a_course(slots=()), a_course("art"), base=rules))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)

    assert apply_plan(plan.creates_only(), store, now=NOW).summary() == "Applied: 2 created."


# --- what must never happen -----------------------------------------------------------------------------------------


@pytest.mark.requirement("EH-1")
def test_of_two_plans_made_at_once_only_one_is_applied() -> None:
    store = MemoryStore(a_school())
    snapshot = store.snapshot(now=NOW)
    plans = [plan_sessions(snapshot, now=NOW), plan_sessions(snapshot, now=NOW, window=Window.weeks(3, start=NOW))]

    outcomes = [apply_plan(plan, store, now=NOW) for plan in plans]

    reasons = tuple(f"session {each.id} is new" for each in BOTH)
    assert [outcome.created for outcome in outcomes] == [2, 0]
    assert outcomes[1].refused == (Refused("maths", reasons),)
    assert store.sessions_of("maths") == [FIRST, SECOND]


@pytest.mark.parametrize("moved", [False, True])
def test_what_somebody_else_has_done_just_so_meanwhile_is_done(moved: bool) -> None:
    later = attrs.evolve(FIRST, starts_at=FIRST.starts_at + HOUR, ends_at=FIRST.ends_at + HOUR)
    store = MemoryStore(a_school())
    put(store, *([later] if moved else []))
    snapshot = store.snapshot(now=NOW)
    plans = [plan_sessions(snapshot, now=NOW), plan_sessions(snapshot, now=NOW - HOUR)]

    outcomes = [apply_plan(plan, store, now=NOW) for plan in plans]

    assert plans[0].id != plans[1].id
    assert (outcomes[1].already, outcomes[1].refused, bool(outcomes[1])) == (("maths",), (), False)
    assert outcomes[1].summary() == "Applied: nothing to do. 1 series had it already."
    assert [entry.series_id for entry in store.entries(plans[1].id)] == []


def test_of_what_is_refused_or_left_alone_by_the_thousand_some_is_told() -> None:
    left = tuple(LeftAlone(f"s/{number}", "it has started") for number in range(22))
    reasons = tuple(f"session {number} is new" for number in range(19))
    few = Applied(run_id="run", refused=(Refused("a", reasons), Refused("b", ("the series is gone",))))
    many = Applied(run_id="run", left_alone=left, refused=tuple(Refused(f"s{number}", reasons) for number in range(25)))

    assert str(few).count("\n") == 20
    assert str(many).splitlines() == [
        "Applied: nothing to do. 22 sessions left alone. 25 series refused.",
        *(f"  s/{number} is left alone: it has started" for number in range(20)),
        "  … and 2 more are left alone",
        *(f"  s{number}: session 0 is new, and 18 more" for number in range(20)),
        "  … and 5 more series",
    ]
    assert str(Applied(run_id="run", refused=(Refused("a", (*reasons, *reasons)),))).count("\n") == 38


@pytest.mark.requirement("FR-002")
@settings(max_examples=30)
@given(data=st.data())
def test_a_run_after_a_run_changes_nothing_whatever_happened_before(data: DataObject) -> None:
    state = data.draw(beginnings())
    state = data.draw(busy_times(state.after(plan_sessions(state.snapshot(), now=state.now))))
    store = MemoryStore(state.school)
    put(store, *history.once_each(state.sessions))
    apply_plan(plan_sessions(store.snapshot(now=state.now), now=state.now), store, now=state.now, brake=False)
    before = store.snapshot(now=state.now)

    again = apply_plan(plan_sessions(before, now=state.now), store, now=state.now)

    assert again == Applied(run_id=again.run_id)
    assert store.snapshot(now=state.now) == before


class Watched(MemoryStore):
    """A store that keeps which series were written at once."""

    def __init__(self, school: School) -> None:
        super().__init__(school)
        self.batches: list[tuple[str, ...]] = []

    @contextmanager
    def transaction(self, *series_ids: str) -> Iterator[Any]:
        self.batches.append(series_ids)
        with super().transaction(*series_ids) as transaction:
            yield transaction


@pytest.mark.parametrize(
    ("most_series", "most_changes", "sizes"),
    [
        (200, 10_000, [5]),
        (2, 10_000, [2, 2, 1]),
        (5, 10_000, [5]),
        (200, 4, [2, 2, 1]),
        (200, 5, [3, 2]),
        (200, 1, [1] * 5),
    ],
)
def test_series_are_written_together_until_they_are_many(
    monkeypatch: pytest.MonkeyPatch, most_series: int, most_changes: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(apply, "_MOST_SERIES", most_series)
    monkeypatch.setattr(apply, "_MOST_CHANGES", most_changes)
    store = Watched(a_school(*map(a_course, "abcde")))

    outcome = apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    assert list(map(len, store.batches)) == sizes
    assert (outcome.series, outcome.created) == (tuple("abcde"), 10)


def test_drafts_are_written_alone_if_a_host_writes_more_with_them() -> None:
    drafts = [a_course(each, status="DRAFT") for each in "bd"]
    both, alone = (Watched(a_school(*map(a_course, "ace"), *drafts)) for _ in range(2))
    plan = plan_sessions(both.snapshot(now=NOW), now=NOW, only=[*"abcde"])

    apply_plan(plan, both, now=NOW)
    apply_plan(plan, alone, now=NOW, on_activate=lambda *_: None)

    assert list(map(len, both.batches)) == [5]
    assert sorted(alone.batches, key=len) == [("b",), ("d",), ("a", "c", "e")]
    assert both.snapshot(now=NOW) == alone.snapshot(now=NOW)


def test_the_journal_says_of_which_kind_a_run_was() -> None:
    store = MemoryStore(a_school(a_course("a"), a_course("b")))

    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW, only=["a"]), store, now=NOW)
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW, kind="term start")

    assert [run.kind for run in store.runs()] == ["term start", "apply"]


@pytest.mark.parametrize("kind", ["", "k" * 65, "a/b", None])
def test_a_kind_that_is_none_is_refused(kind: Any) -> None:
    store = MemoryStore(a_school(a_course()))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)

    with pytest.raises(InvalidValueError) as caught:
        apply_plan(plan, store, now=NOW, kind=kind)

    assert (caught.value.where, store.runs()) == ("apply_plan: kind", [])


def test_how_far_a_plan_is_applied_is_told_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_MOST_SERIES", 2)
    store = MemoryStore(a_school(*map(a_course, "ace"), *(a_course(each, status="DRAFT") for each in "bd")))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=[*"abcde"])
    told: list[Progress] = []

    apply_plan(plan, store, now=NOW, on_progress=told.append, on_activate=lambda *_: None)

    assert told == [
        *(("applying", done, 3) for done in (0, 2, 3)),
        *(("activating", done, 2) for done in (0, 1, 2)),
    ]


@pytest.mark.requirement("EC-4")
def test_a_series_that_is_edited_during_a_run_is_left_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_MOST_SERIES", 1)
    store = MemoryStore(a_school(a_course("a"), a_course("b"), a_course("c")))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    edited = a_course("b", slots=[LATER])

    class EditedMeanwhile(MemoryStore):
        """The store, in which somebody edits a series once another is written."""

        @contextmanager
        def transaction(self, *series_ids: str) -> Iterator[Any]:
            with store.transaction(*series_ids) as transaction:
                yield transaction
            if series_ids == ("a",):
                with store.transaction("b") as transaction:
                    transaction.save_series(edited)

    first = apply_plan(plan, EditedMeanwhile(), now=NOW)
    second = apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    reasons = tuple(f"slot mon: {each}" for each in ("start '18:00' → '19:00'", "end '19:30' → '20:30'"))
    assert (first.series, [each.series_id for each in first.refused]) == (("a", "c"), ["b"])
    assert first.refused[0].reasons == reasons
    assert (second.series, second.created) == (("b",), 2)
    assert store.school().one("b") == edited
    assert [f"{each.local_start:%H:%M}" for each in store.sessions_of("b")] == ["19:00", "19:00"]


@pytest.mark.requirement("MIG-5", "P37", "BC-2")
def test_a_migration_leaves_every_session_that_exists_untouched() -> None:
    existing = [
        history.move(FIRST, HOUR),
        a_session(id="of old", slot_id=None, occurs_on=None, starts_at=SECOND.starts_at, ends_at=SECOND.ends_at),
        a_session("2026-09-21", price="99 EUR", tutor_id="zoe"),
        a_session("2026-09-28", status=SessionStatus.CANCELLED, cause_id="trip"),
        a_session("2026-08-31", status=SessionStatus.COMPLETED),
    ]
    store = MemoryStore(a_school(a_course(starts_on="2026-08-31"), base=Config(weeks_ahead=6)))
    put(store, *existing)
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)

    outcome = apply_plan(plan.creates_only(), store, now=NOW)

    assert plan.updates != ()
    after = {each.id: each for each in store.sessions_of("maths")}
    assert {each.id: after.pop(each.id) for each in existing} == {each.id: each for each in existing}
    assert sorted(after) == ["maths/mon/2026-10-05", "maths/mon/2026-10-12"]
    assert outcome.summary() == "Applied: 2 created."


@pytest.mark.requirement("IN-6")
def test_before_and_after_of_a_run_can_be_compared() -> None:
    store = MemoryStore(a_school())
    put(store, FIRST)
    store.save(a_school(a_course(slots=[LATER])))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    before = store.sessions_of("maths")

    apply_plan(plan, store, now=NOW, actor=Actor("zoe", role="ADMIN"))

    (entry,) = store.entries(plan.id)
    assert entry.made is not None
    changed = dict(entry.changed)
    after = sorted([*entry.made.sessions(), *(changed.get(each, each) for each in before)], key=lambda each: each.id)
    assert after == store.sessions_of("maths")
    assert [each.series_id for each in after] == ["maths", "maths"]
    assert len({each.identity for each in after}) == 2
    assert (entry.at, entry.actor) == (NOW, Actor("zoe", role="ADMIN"))


# --- drafts ---------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PKG-7")
def test_a_draft_and_its_request_become_active_together_with_the_first_sessions() -> None:
    draft = a_course(status="DRAFT", request_id="q1")
    store = MemoryStore(a_school(draft, a_course("art")))
    requests = {"q1": "open"}

    def on_activate(transaction: Transaction, series: Series) -> None:
        assert series.request_id is not None
        requests[series.request_id] = "accepted"
        transaction.save_series(attrs.evolve(series, created_by="zoe"))

    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])
    outcome = apply_plan(plan, store, now=NOW, on_activate=on_activate)

    assert outcome.summary() == "Applied: 2 created. Now active: maths."
    assert store.school().one("maths") == attrs.evolve(draft, status="ACTIVE", created_by="zoe")
    assert requests == {"q1": "accepted"}


@pytest.mark.requirement("PKG-7")
def test_a_draft_whose_request_can_not_be_accepted_gets_no_sessions() -> None:
    school = a_school(a_course(status="DRAFT", request_id="q1"))
    store = MemoryStore(school)
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])

    def on_activate(transaction: Transaction, series: Series) -> None:
        raise ConnectionError(f"request {series.request_id} can't be reached")

    with pytest.raises(ConnectionError):
        apply_plan(plan, store, now=NOW, on_activate=on_activate)

    assert (store.school(), store.sessions_of("maths"), store.claim(now=NOW, until=NOW)) == (school, [], [])


def test_a_draft_that_can_not_be_planned_stays_one() -> None:
    draft = a_course(status="DRAFT", assignments=[attrs.evolve(a_course().assignments[0], pattern=_Broken())])
    store = MemoryStore(a_school(draft))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])

    outcome = apply_plan(plan, store, now=NOW)

    assert [issue.code for issue in plan.issues] == ["series-failed"]
    assert (outcome, store.school().one("maths").status) == (Applied(run_id=plan.id), "DRAFT")


@attrs.frozen
class _Broken:
    """A host's pattern that goes wrong."""

    kind = "broken"

    def claims(self, turn: object) -> str | None:
        raise ZeroDivisionError


def test_a_draft_that_somebody_else_activated_meanwhile_is_refused() -> None:
    store = MemoryStore(a_school(a_course(status="DRAFT")))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])
    store.save(a_school(a_course(status="ACTIVE")))

    outcome = apply_plan(plan, store, now=NOW)

    assert outcome.refused == (Refused("maths", ("status 'DRAFT' → 'ACTIVE'",)),)


# --- what has changed since -----------------------------------------------------------------------------------------


def test_a_plan_made_without_a_store_is_compared_with_what_the_store_holds() -> None:
    plan = plan_sessions(a_school(a_course(room_id="red")), now=NOW)
    stores: list[Store] = [MemoryStore(a_school(a_course(room_id=each))) for each in ("red", "blue")]

    outcomes = [apply_plan(plan, store, now=NOW) for store in stores]

    assert [outcome.created for outcome in outcomes] == [2, 0]
    assert outcomes[1].refused == (Refused("maths", ("room_id 'red' → 'blue'",)),)


def test_a_plan_says_which_shared_rule_has_changed_since() -> None:
    store = MemoryStore(a_school(tutors=["amina", "luc"]))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    store.save(a_school(base=Config(weeks_ahead=3)))

    outcome = apply_plan(plan, store, now=NOW)

    assert outcome.refused == (Refused("maths", ("weeks_ahead 2 → 3 (base)", "tutors are no longer tracked")),)


def test_a_lesson_that_begins_right_now_is_made_and_one_that_began_is_not() -> None:
    stores = [MemoryStore(a_school()) for _ in range(2)]
    plan = plan_sessions(a_school(), now=NOW)

    outcomes = [
        apply_plan(plan, store, now=FIRST.starts_at + late)
        for store, late in zip(stores, (timedelta(0), timedelta(microseconds=1)), strict=True)
    ]

    assert [outcome.created for outcome in outcomes] == [2, 1]


def test_what_has_happened_to_sessions_that_are_over_refuses_no_plan() -> None:
    store = MemoryStore(a_school(base=Config(weeks_ahead=3)))
    put(store, FIRST, SECOND)
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    with store.transaction("maths") as transaction:
        transaction.replace([(FIRST, attrs.evolve(FIRST, status="COMPLETED", version=2))])

    outcome = apply_plan(plan, store, now=NOW + 12 * HOUR)

    assert outcome.summary() == "Applied: 1 created."


def test_a_plan_applied_weeks_late_does_what_still_can_be_done() -> None:
    store = MemoryStore(a_school(base=Config(weeks_ahead=4)))
    put(store, FIRST)
    trip = Cancellation.day("trip", None, "2026-09-07")
    store.save(a_school(a_course(cancellations=[trip]), base=Config(weeks_ahead=4)))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)

    outcome = apply_plan(plan, store, now=NOW + 2 * WEEK)

    assert str(outcome).splitlines() == [
        "Applied: 2 created. 2 sessions left alone.",
        "  maths/mon/2026-09-14 is left alone: its time has passed",
        "  maths/mon/2026-09-07 is left alone: it has started",
    ]


def test_a_draft_that_fails_keeps_no_other_series_from_being_written() -> None:
    drafts = [a_course(each, status="DRAFT") for each in "bcd"]
    store = MemoryStore(a_school(a_course("a"), *drafts, a_course("z")))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=[*"abcdz"])

    def on_activate(_: Transaction, series: Series) -> None:
        if series.id in {"b", "c"}:
            raise LookupError(f"no invoice for {series.id}")

    with pytest.raises(LookupError, match="no invoice for b"):
        apply_plan(plan, store, now=NOW, on_activate=on_activate)
    again = apply_plan(plan, store, now=NOW, on_activate=lambda *_: None)

    assert (again.already, again.series) == (("a", "d", "z"), ("b", "c"))


def test_a_plan_is_not_stale_because_a_clock_runs_backwards() -> None:
    store = MemoryStore(a_school())
    put(store, FIRST, SECOND)
    store.save(a_school(a_course(slots=[LATER])))
    late = FIRST.starts_at + HOUR
    plan = plan_sessions(store.snapshot(now=late), now=late)
    with store.transaction("maths") as transaction:
        transaction.replace([(FIRST, attrs.evolve(FIRST, notes="page 3", version=2))])

    outcome = apply_plan(plan, store, now=NOW)

    assert (outcome.refused, outcome.updated) == ((), 1)
