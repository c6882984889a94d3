"""Law 10: exactly once. Killed anywhere and started again, runs leave the state of one undisturbed run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Cancellation, Plan, Slot, apply_plan, plan_sessions, round_robin
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.operations import apply, undo
from recurly_sessions.operations.deliver import CallbackNotifier, Message, deliver
from recurly_sessions.operations.undo import undo_run
from recurly_sessions.store import Store, Transaction
from recurly_sessions.testing.store_contract import entry_as_told, in_one_order, put
from tests.plans import history
from tests.plans.examples import BOTH, NOW, a_course, a_school
from tests.plans.strategies import State, beginnings, busy_times
from tests.stores.makers import MAKERS

MINUTE = timedelta(minutes=1)
stores = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


@pytest.fixture(autouse=True, scope="module")
def _two_at_once() -> Iterator[None]:
    """A run over a few series takes several transactions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apply, "_MOST_SERIES", 2)
        patch.setattr(undo, "_MOST_SERIES", 2)
        yield


class DiedError(BaseException):
    """A process that is killed: nobody catches it."""


class Fate:
    """When a process dies: right before or right after one of its steps."""

    def __init__(self, dies_at: int | None) -> None:
        self.steps = 0
        self._dies_at = dies_at

    def step(self) -> None:
        self.steps += 1
        if self.steps == self._dies_at:
            raise DiedError


class Mortal:
    """Whatever works on a store (the store or a transaction) in a process that may die at any call."""

    def __init__(self, works_on: Any, fate: Fate) -> None:
        self._works_on = works_on
        self._fate = fate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._works_on, name)

        def call(*args: Any, **more: Any) -> Any:
            self._fate.step()
            answer = method(*args, **more)
            self._fate.step()
            return answer

        return call

    @contextmanager
    def transaction(self, *series_ids: str) -> Iterator[Transaction]:
        self._fate.step()
        with self._works_on.transaction(*series_ids) as transaction:
            yield Mortal(transaction, self._fate)
            self._fate.step()
        self._fate.step()


def until_done(work: Callable[[Store], object], store: Store, deaths: list[int]) -> int:
    """Do some work that dies each time, and once more that doesn't; say how many steps that took."""
    for dies_at in deaths:
        try:
            work(Mortal(store, Fate(dies_at)))
        except DiedError:
            continue
    fate = Fate(None)
    work(Mortal(store, fate))
    return fate.steps


def whole_state(store: Store, run_id: str, now: datetime) -> object:
    """All that a store holds, and what it'd tell people; to be asked once, since what is told is taken."""
    ids = store.series_ids()
    return (
        store.school(),
        in_one_order(store.snapshot(now=now)),
        [store.sessions_of(series_id) for series_id in ids],
        [entry_as_told(entry) for entry in store.entries(run_id)],
        store.claim(now=now, until=now + MINUTE, limit=1_000),
    )


def keep(store: Store, state: State) -> None:
    """Keep a school and its sessions."""
    store.save(state.school)
    put(store, *history.once_each(state.sessions))


def a_busy_plan(store: Store) -> Plan:
    """A plan that makes, moves and calls off, and lets a draft become active."""
    course = a_course(members=["kim", "lea"], assignments=round_robin("amina", "luc"))
    store.save(a_school(course))
    put(store, *BOTH)
    later = Slot("mon", days="MO", start="19:00", end="20:30")
    trip = Cancellation.day("trip", None, "2026-09-14")
    edited = a_course(members=["kim", "lea"], slots=[later], cancellations=[trip])
    store.save(a_school(edited, a_course("art"), a_course("new", status="DRAFT", members=["kim"])))
    return plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths", "art", "new"])


def points(make: Callable[[], Store], steps: int) -> range:
    """Every step in memory; some in a database, where workers are really killed elsewhere."""
    return range(1, steps + 1, 1 if make is MemoryStore else 7)


@stores
def test_a_run_that_dies_at_any_step_ends_as_one_that_did_not(make: Callable[[], Store]) -> None:
    undisturbed = make()
    plan = a_busy_plan(undisturbed)
    steps = until_done(lambda it: apply_plan(plan, it, now=NOW), undisturbed, [])
    expected = whole_state(undisturbed, plan.id, NOW)

    assert steps > 30
    for dies_at in points(make, steps):
        store = make()
        same = a_busy_plan(store)
        until_done(lambda it, same=same: apply_plan(same, it, now=NOW), store, [dies_at])  # type: ignore[misc]

        assert (dies_at, whole_state(store, same.id, NOW)) == (dies_at, expected)


@stores
def test_an_undoing_that_dies_at_any_step_ends_as_one_that_did_not(make: Callable[[], Store]) -> None:
    def undone(deaths: list[int]) -> tuple[int, object]:
        store = make()
        plan = a_busy_plan(store)
        apply_plan(plan, store, now=NOW)
        store.claim(now=NOW, until=NOW, limit=2)
        steps = until_done(lambda it: undo_run(plan.id, it, now=NOW), store, deaths)
        return steps, whole_state(store, plan.id, NOW)

    steps, expected = undone([])

    assert steps > 30
    for dies_at in points(make, steps):
        assert (dies_at, undone([dies_at])[1]) == (dies_at, expected)


@stores
def test_a_delivery_that_dies_at_any_step_reaches_everybody(make: Callable[[], Store]) -> None:
    def told(deaths: list[int]) -> tuple[int, list[Message]]:
        store = make()
        apply_plan(a_busy_plan(store), store, now=NOW)
        arrived: list[Message] = []
        times = iter(NOW + number * 10 * MINUTE for number in range(9))
        steps = until_done(lambda it: deliver(it, CallbackNotifier(arrived.append), now=next(times)), store, deaths)
        return steps, arrived

    steps, once = told([])

    keys = [message.key for message in once]
    assert len({*keys}) == len({(message.recipient) for message in once}) == 4
    for dies_at in points(make, steps):
        arrived = told([dies_at])[1]
        assert {message.key: message for message in arrived} == {message.key: message for message in once}
        assert len(arrived) <= 2 * len(once)


@stores
@settings(max_examples=settings().max_examples // 12)
@given(data=st.data())
def test_any_plan_is_applied_once_however_often_it_dies(make: Callable[[], Store], data: DataObject) -> None:
    state = data.draw(beginnings())
    state = state.after(plan_sessions(state.snapshot(), now=state.now))
    state = data.draw(busy_times(state))
    undisturbed, store = make(), make()
    keep(undisturbed, state)
    keep(store, state)
    plan = plan_sessions(undisturbed.snapshot(now=state.now), now=state.now)
    copy = plan_sessions(store.snapshot(now=state.now), now=state.now)
    until_done(lambda it: apply_plan(plan, it, now=state.now, brake=False), undisturbed, [])
    deaths = data.draw(st.lists(st.integers(1, 40), max_size=4), label="dies at")

    until_done(lambda it: apply_plan(copy, it, now=state.now, brake=False), store, deaths)
    again = apply_plan(copy, store, now=state.now, brake=False)

    assert (bool(again), again.refused, again.left_alone) == (False, (), ())
    assert whole_state(store, copy.id, state.now) == whole_state(undisturbed, plan.id, state.now)
