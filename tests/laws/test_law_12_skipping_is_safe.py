"""Law 12: skipping is safe. After any history, a run that skips what has not changed leaves what a full run would."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs
import pytest
import sqlalchemy as sa
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn, SearchStrategy

from recurly_sessions import School, Session, plan_sessions
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import Report
from recurly_sessions.operations.undo import release_series, undo_run
from recurly_sessions.store import Store
from recurly_sessions.testing.store_contract import made_of
from recurly_sessions.values.config import REACTIONS
from tests.plans import history
from tests.plans.strategies import FEW_TUTORS, people_edits, planned_schools, school_edits
from tests.stores.makers import MAKERS

MANY: Final = {"memory": settings().max_examples // 3, "sqlite": settings().max_examples // 12, "postgresql": 5}
MINUTES: Final = (1, 47, 60, 9 * 60, 24 * 60, 24 * 60, 26 * 60, 3 * 24 * 60, 7 * 24 * 60, 15 * 24 * 60, 70 * 24 * 60)
ELSEWHERE: Final = "elsewhere"


class Two:
    """Two stores to which the same happens; one is always visited as a whole."""

    def __init__(
        self, make: Callable[[], Store], school: School, now: datetime, reactions: Sequence[str] = REACTIONS
    ) -> None:
        self.reactions = reactions
        self.stores = (make(), make())
        self.now = now
        self.runs: list[str] = []
        self.known = {ELSEWHERE}
        self.save(school)

    def save(self, school: School) -> None:
        self.known.update(series.id for series in school.series)
        for store in self.stores:
            store.save(school)

    def sessions(self, number: int = 0) -> list[Session]:
        return [each for series_id in sorted(self.known) for each in self.stores[number].sessions_of(series_id)]

    def run(self, batches: tuple[int, int], cut: int | None = None) -> tuple[Report, Report]:
        """Both run; the one that skips may be cut short after some batches, and gone on with."""

        def once(number: int, stop: Callable[[], bool] | None = None) -> Report:
            store, batch = self.stores[number], batches[number]
            return maintain(
                store, now=self.now, switched_on=True, full=not number, batch=batch, notify=False, stop=stop
            )

        whole = once(0)
        left = itertools.count()
        cut_short = None if cut is None else once(1, lambda: next(left) >= cut)
        skipping = cut_short if cut_short is not None and cut_short.is_finished else once(1)
        self.runs.append(whole.run_id)

        assert self.sessions(1) == self.sessions(0)
        assert self.stores[1].series_ids() == self.stores[0].series_ids()
        assert skipping.braked == whole.braked or cut_short is not None
        assert skipping.failures == ()
        return whole, skipping

    # What happens

    def edit(self, data: DataObject) -> None:
        school = self.stores[0].school()
        self.save(data.draw(school_edits(school, self.now, reactions=self.reactions), label="school"))

    def people(self, data: DataObject) -> None:
        before = {each.id: each for each in self.sessions()}
        after = data.draw(people_edits(tuple(before.values()), self.now), label="sessions")
        for session in after:
            old = before.get(session.id)
            if session == old:
                continue
            for store in self.stores:
                with store.transaction(session.series_id) as transaction:
                    if old is None:
                        transaction.insert(made_of(session))
                    else:
                        transaction.replace([(old, session)])

    def behind(self, data: DataObject) -> None:
        """Somebody writes sessions by plain SQL, or through a transaction of theirs."""
        sessions = self.sessions()
        if not sessions:
            return
        session = data.draw(st.sampled_from(sessions), label="behind the back of the store")
        what = data.draw(st.sampled_from(("tutor", "time", "off", "gone", "gone", "new")), label="is changed")
        changed = {
            "tutor": attrs.evolve(session, tutor_id=data.draw(st.sampled_from((None, *FEW_TUTORS)))),
            "time": history.drift(session, timedelta(minutes=30)),
            "off": attrs.evolve(session, status="CANCELLED", cause_id=None),
            "new": attrs.evolve(session, id=f"sql-{len(sessions)}", slot_id=None, occurs_on=None, origin="MANUAL"),
        }
        for store in self.stores:
            if isinstance(store, SqlStore):
                _by_sql(store, session, changed.get(what))
                continue
            with store.transaction(session.series_id) as transaction:
                if what == "gone":
                    transaction.delete([session])
                elif what == "new":
                    transaction.insert(made_of(changed[what]))
                else:
                    transaction.replace([(session, attrs.evolve(changed[what], version=session.version + 1))])

    def undo(self, data: DataObject) -> None:
        runs = [run for run in self.runs if self.stores[0].entries(run) and self.stores[1].entries(run)]
        if runs:
            run = data.draw(st.sampled_from(runs[-2:]), label="is undone")
            for store in self.stores:
                undo_run(run, store, now=self.now, notify=False)
            if data.draw(st.booleans(), label="and released"):
                for store in self.stores:
                    for series_id in store.series_ids():
                        release_series(series_id, store)

    def time(self, data: DataObject) -> None:
        ahead = sorted({each.starts_at for each in self.sessions() if each.starts_at > self.now})
        to_a_lesson: bool = data.draw(st.booleans(), label="to a lesson")
        if ahead and to_a_lesson:
            before = timedelta(minutes=data.draw(st.sampled_from((0, 1, 15)), label="minutes before"))
            self.now = max(self.now, data.draw(st.sampled_from(ahead[:4]), label="lesson") - before)
        else:
            self.now += timedelta(minutes=data.draw(st.sampled_from(MINUTES), label="minutes"))

    def back(self, data: DataObject) -> None:
        """The clock jumps back, further than a run is gone on with."""
        self.now -= timedelta(hours=data.draw(st.sampled_from((7, 30, 24 * 9)), label="hours back"))


def _by_sql(store: SqlStore, session: Session, changed: Session | None) -> None:
    table = store._tables.sessions
    with store._link(write=True) as link:
        if changed is None:
            link.run(table.delete().where(table.c.id == session.id))
        elif changed.id != session.id:
            columns = [each for each in table.c if each.name not in {"id", "slot_id", "occurs_on", "origin"}]
            names = ["id", "origin", *(each.name for each in columns)]
            row = sa.select(sa.literal(changed.id), sa.literal("MANUAL"), *columns).where(table.c.id == session.id)
            link.run(table.insert().from_select(names, row))
        else:
            values = {
                "tutor_id": changed.tutor_id,
                "starts_at": changed.starts_at,
                "ends_at": changed.ends_at,
                "original_starts_at": changed.original_starts_at,
                "status": changed.status.value,
                "cause_id": changed.cause_id,
            }
            link.run(table.update().where(table.c.id == session.id).values(**values))


HAPPENINGS: Final = ("edit", "edit", "people", "people", "time", "time", "time", "behind", "undo", "back")


@st.composite
def _batches(draw: DrawFn) -> tuple[int, int]:
    return draw(st.integers(1, 3)), draw(st.integers(1, 3))


def _braked(beginning: tuple[School, datetime]) -> SearchStrategy[tuple[School, datetime]]:
    """Now and then a school with a brake."""
    school, now = beginning
    limits = st.sampled_from((None, None, None, 2, 0.3))
    return limits.map(lambda limit: (attrs.evolve(school, base=attrs.evolve(school.base, max_changes=limit)), now))


def go_through(make: Callable[[], Store], data: DataObject, *, reactions: Sequence[str] = REACTIONS) -> Two:
    school, now = data.draw(planned_schools(reactions=reactions).flatmap(_braked), label="school and now")
    two = Two(make, school, now, reactions)
    two.run((3, 3))
    for _ in range(data.draw(st.integers(1, 6), label="how much happens")):
        for happening in data.draw(st.lists(st.sampled_from(HAPPENINGS), min_size=1, max_size=3), label="happens"):
            getattr(two, happening)(data)
        cut = data.draw(st.none() | st.integers(0, 4), label="cut short after")
        _, skipping = two.run(data.draw(_batches(), label="batches"), cut)
        event(f"skipped {bool(skipping.skipped)}")
    return two


@pytest.mark.parametrize("name", MAKERS)
def test_a_run_that_skips_leaves_what_a_full_run_would(name: str) -> None:
    @settings(max_examples=MANY[name])
    @given(data=st.data())
    def check(data: DataObject) -> None:
        go_through(MAKERS[name], data)

    check()


@settings(max_examples=settings().max_examples // 5)
@given(data=st.data())
def test_a_run_right_after_another_finds_nothing_to_do(data: DataObject) -> None:
    two = go_through(MAKERS["memory"], data)
    whole, skipping = two.run((2, 2))

    for report in (whole, skipping):
        assert (report.created, report.updated, report.cancelled, report.reinstated) == (0, 0, 0, 0)
    assert two.stores[1].entries(skipping.run_id) == []
    for store in two.stores:
        plan = plan_sessions(store.snapshot(now=two.now), now=two.now)
        assert plan.braked or plan.changes == ()
