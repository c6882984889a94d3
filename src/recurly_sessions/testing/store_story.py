"""One random story told to several stores, which must all give the same answers.

```
class Story(StoreStory):
    def make_stores(self) -> list[Store]:
        return [MemoryStore(), MyStore()]


TestStory = Story.TestCase
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import DataObject, DrawFn, SearchStrategy

from recurly_sessions.errors import RecurlyError
from recurly_sessions.operations.apply import apply_plan
from recurly_sessions.operations.deliver import CallbackNotifier, Message, deliver
from recurly_sessions.operations.end import end_series
from recurly_sessions.operations.undo import release_series, undo_run
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.store import Store, Transaction
from recurly_sessions.testing.store_contract import NOW, a_course, a_school, entry_as_told, in_one_order, made_of
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.assignment import round_robin
from recurly_sessions.values.config import Config
from recurly_sessions.values.days_off import Cancellation, Closure
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Origin, Session
from recurly_sessions.values.window import Window

T = TypeVar("T")

_TUTORS: Final = ("amina", "ben", "chi")
_TIMES: Final = ("18:00", "18:30", "19:00")
_MOST_PLANS: Final = 4
_DAY: Final = timedelta(days=1)
# What may happen next, the more often the more it's there. One rule with many ends goes deeper than many rules, most of
# which Hypothesis leaves out of a story.
_STEPS: Final = (
    *("run", "edit_the_school") * 8,
    *("change_a_session", "undo", "release", "tell_people") * 3,
    *("make_a_plan", "apply_a_plan") * 3,
    *("come_to_a_lesson", "let_time_pass", "end") * 2,
    *("drop_or_add_a_series", "remove_a_session", "add_a_session", "go_wrong_in_the_middle"),
    *("claim_and_die", "forget", "restart"),
)


class _WentWrongError(Exception):
    """Something that goes wrong in the middle of a transaction."""


class StoreStory(RuleBasedStateMachine):
    """A story for several stores; override `make_stores`, and `reopen` and `close` where it makes sense."""

    def __init__(self) -> None:
        super().__init__()
        self.stores: list[Store] = []
        self.now = NOW
        self.plans: list[Plan] = []
        self.runs: list[str] = []
        self.known: list[str] = []

    # What to override

    def make_stores(self) -> list[Store]:
        """Make the stores that are compared, all empty."""
        raise NotImplementedError

    def reopen(self, store: Store) -> Store:
        """Close a store and open it again, as after a restart."""
        return store

    def close(self, store: Store) -> None:
        """Close a store at the end of the story."""

    def beginnings(self) -> SearchStrategy[tuple[School, datetime]]:
        """Schools with which stories begin, each with a moment."""
        return _schools().map(lambda school: (school, NOW))

    def edits(self, school: School, now: datetime) -> SearchStrategy[School]:
        """A school after one thing has changed about it."""
        return _edits(school, now)

    # The story

    @initialize(data=st.data())
    def begin(self, data: DataObject) -> None:
        """A school is kept."""
        school, self.now = data.draw(self.beginnings(), label="school and now")
        self.stores = self.make_stores()
        self._know(school)
        self._all(lambda store: store.save(school))

    @rule(data=st.data())
    def go_on(self, data: DataObject) -> None:
        """The next thing happens."""
        step = data.draw(st.sampled_from(_STEPS), label="what happens")
        getattr(self, step)(data)

    def edit_the_school(self, data: DataObject) -> None:
        """Somebody changes the school, one series of it alone or all at once."""
        before = self.stores[0].school()
        after = data.draw(self.edits(before, self.now), label="school")
        changed = [series for series in after.series if series not in before.series]
        same_order = [series.id for series in before.series] == [series.id for series in after.series]
        self._know(after)
        if len(changed) == 1 and same_order and attrs.evolve(after, series=before.series) == before:
            self._all(lambda store: _write(store, changed[0].id, lambda it: it.save_series(changed[0])))
        else:
            self._all(lambda store: store.save(after))

    def drop_or_add_a_series(self, data: DataObject) -> None:
        """A series is no longer declared, or one is new, or comes back as it isn't any more."""
        school = self.stores[0].school()
        series_id = data.draw(st.sampled_from(self.known), label="series")
        rest = [series for series in school.series if series.id != series_id]
        if len(rest) == len(school.series):
            rest.insert(data.draw(st.integers(0, len(rest))), a_course(series_id, starts_on=self.now.date()))
        after = attrs.evolve(school, series=rest)
        self._all(lambda store: store.save(after))

    def make_a_plan(self, data: DataObject) -> None:
        """A plan is made, of everything or of some series, to be applied now or some time later."""
        ids = self.stores[0].series_ids()
        only = data.draw(st.none() | st.sets(st.sampled_from(ids)) if ids else st.none(), label="series")
        by_name = None if only is None or not data.draw(st.booleans(), label="by name") else sorted(only)
        plans = [self._plan_of(store, only, by_name) for store in self.stores]

        assert [plan.changes for plan in plans] == [plans[0].changes] * len(plans)
        self.plans = [*self.plans, data.draw(st.sampled_from(plans), label="plan")][-_MOST_PLANS:]

    def apply_a_plan(self, data: DataObject) -> None:
        """A plan is applied: for the first time or again, fresh or stale."""
        if self.plans:
            plan = data.draw(st.sampled_from(self.plans), label="plan")
            self._apply(plan, notify=data.draw(st.booleans(), label="notify"))

    def run(self, _: DataObject) -> None:
        """A plan is made and applied at once, so that nothing is left to do."""
        plan = self._plan_of(self.stores[0])
        self._apply(plan, notify=True)
        again = self._plan_of(self.stores[0])

        assert again.changes == ()

    def change_a_session(self, data: DataObject) -> None:
        """Somebody changes a session, or tries to though somebody else has changed it meanwhile."""
        session = self._some_session(data)
        if session is None:
            return
        after = attrs.evolve(data.draw(_people(session), label="session"), version=session.version + 1)
        before = attrs.evolve(session, version=session.version + data.draw(st.sampled_from((0, 0, 0, 1)), label="off"))
        self._all(lambda store: _write(store, session.series_id, lambda it: it.replace([(before, after)])))

    def remove_a_session(self, data: DataObject) -> None:
        """Somebody removes a session."""
        session = self._some_session(data)
        if session is not None:
            self._all(lambda store: _write(store, session.series_id, lambda it: it.delete([session])))

    def add_a_session(self, data: DataObject) -> None:
        """Somebody adds a session, maybe under an id that is taken."""
        series_id = data.draw(st.sampled_from(self.known), label="series")
        start = self.now + timedelta(hours=data.draw(st.integers(-48, 200), label="hours"))
        session = Session(
            data.draw(st.sampled_from(("extra", "extra-2", "maths/mon/2026-09-14")), label="id"),
            series_id=series_id,
            timezone="Europe/Paris",
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            tutor_id="amina",
            origin=Origin.MANUAL,
        )
        self._all(lambda store: _write(store, series_id, lambda it: it.insert(made_of(session))))

    def go_wrong_in_the_middle(self, data: DataObject) -> None:
        """Something goes wrong while much is written."""
        series_id = data.draw(st.sampled_from(self.known), label="series")
        session = self._some_session(data)

        def write(it: Transaction) -> None:
            it.save_series(a_course(series_id, room_id="nowhere"))
            if session is not None and session.series_id == series_id:
                it.delete([session])
            it.hold(series_id, run_id="run")
            it.archive(series_id, at=self.now)
            raise _WentWrongError

        self._all(lambda store: _write(store, series_id, write))

    def let_time_pass(self, data: DataObject) -> None:
        """Time passes."""
        minutes = data.draw(st.sampled_from((2, 60, 5 * 60, 24 * 60, 30 * 60, 7 * 24 * 60)), label="minutes")
        self.now += timedelta(minutes=minutes)

    def come_to_a_lesson(self, data: DataObject) -> None:
        """The next lesson is about to begin, or begins."""
        ahead = [session.starts_at for session in self._sessions() if session.starts_at > self.now]
        if ahead:
            before = timedelta(minutes=data.draw(st.sampled_from((0, 1, 15)), label="minutes"))
            self.now = max(self.now, min(ahead) - before)

    def undo(self, data: DataObject) -> None:
        """A run is undone, or can't be."""
        if not self.runs:
            return
        run_id = data.draw(st.sampled_from(self.runs[-2:]) | st.sampled_from(self.runs), label="run")
        notify = data.draw(st.booleans(), label="notify")
        self._all(lambda store: undo_run(run_id, store, now=self.now, actor=Actor("zoe", role="ADMIN"), notify=notify))

    def release(self, data: DataObject) -> None:
        """A series is released, held or not."""
        series_id = data.draw(st.sampled_from(self.known), label="series")
        self._all(lambda store: release_series(series_id, store))

    def tell_people(self, data: DataObject) -> None:
        """What is due is delivered, but some can't be reached."""
        fails_for = data.draw(st.sets(st.sampled_from((*_TUTORS, "kim", "lea"))), label="fails for")
        limit = data.draw(st.sampled_from((100, 1, 3)), label="limit")
        outcomes = self._all(lambda store: _delivered(store, self.now, fails_for, limit))

        keys = [message.key for message in outcomes[0][1]]
        assert len(set(keys)) == len(keys)

    def claim_and_die(self, _: DataObject) -> None:
        """A worker takes something to deliver and is never heard of again."""
        self._all(lambda store: store.claim(now=self.now, until=self.now + timedelta(minutes=5), limit=2))

    def end(self, data: DataObject) -> None:
        """A series goes to the archive, if it's over; its last day may have been forgotten."""
        series_id = data.draw(st.sampled_from(self.known), label="series")
        last_day = self.now.date() - timedelta(days=2)
        own = [each for each in self.stores[0].school().series if each.id == series_id and each.starts_on <= last_day]
        is_over = data.draw(st.booleans(), label="is over")
        if own and is_over:
            over = attrs.evolve(own[0], ends_on=last_day)
            self._all(lambda store: _write(store, series_id, lambda it: it.save_series(over)))
            self.run(data)
        self._all(lambda store: end_series(series_id, store, now=self.now))

    def forget(self, data: DataObject) -> None:
        """What is long over is forgotten, or only counted."""
        before = self.now - timedelta(minutes=data.draw(st.sampled_from((0, 60, 7 * 24 * 60)), label="minutes"))
        dry_run = data.draw(st.booleans(), label="only counted")
        self._all(lambda store: store.prune(before=before, dry_run=dry_run))

    def restart(self, _: DataObject) -> None:
        """All processes end, and others begin."""
        self.stores = [self.reopen(store) for store in self.stores]

    # What must be true after each step

    @invariant()
    def all_answer_the_same(self) -> None:
        """Whatever one can ask, all stores answer alike."""
        if not self.stores:
            return
        self._all(lambda store: (store.school(), store.series_ids()))
        self._all(lambda store: in_one_order(store.snapshot(now=self.now)))
        self._all(lambda store: [store.tally(window) for window in _around(self.now)])
        for series_id in self.known:
            self._all(lambda store, own=series_id: _some_of(store, own, self.now))  # type: ignore[misc]
            self._all(lambda store, own=series_id: store.archived(own))  # type: ignore[misc]
            self._all(lambda store, own=series_id: store.sessions_of(own))  # type: ignore[misc]
        for run_id in self.runs:
            self._all(lambda store, own=run_id: list(map(entry_as_told, store.entries(own))))  # type: ignore[misc]

    @invariant()
    def no_occurrence_has_two_sessions(self) -> None:
        """What was promised once is there once."""
        identities = [session.identity for session in self._sessions() if session.identity is not None]

        assert len(set(identities)) == len(identities)

    def teardown(self) -> None:
        """Close the stores."""
        for store in self.stores:
            self.close(store)

    # How it's done

    def _all(self, ask: Callable[[Store], T]) -> list[T]:
        """What all stores answer, which is the same; a refusal is an answer too."""
        answers = [_answer(ask, store) for store in self.stores]

        assert answers == [answers[0]] * len(answers)
        return answers

    def _know(self, school: School) -> None:
        self.known = sorted({*self.known, *(series.id for series in school.series)})

    def _plan_of(self, store: Store, only: Iterable[str] | None = None, by_name: list[str] | None = None) -> Plan:
        return plan_sessions(store.snapshot(only, now=self.now), now=self.now, only=by_name)

    def _apply(self, plan: Plan, *, notify: bool) -> None:
        self._all(lambda store: apply_plan(plan, store, now=self.now, actor=SYSTEM, notify=notify, brake=False))
        self.runs = [*dict.fromkeys([*self.runs, plan.id])]

    def _sessions(self) -> list[Session]:
        return [session for series_id in self.known for session in self.stores[0].sessions_of(series_id)]

    def _some_session(self, data: DataObject) -> Session | None:
        sessions = self._sessions()
        return data.draw(st.sampled_from(sessions), label="session") if sessions else None


def _answer(ask: Callable[[Store], T], store: Store) -> Any:
    try:
        return ask(store)
    except (RecurlyError, _WentWrongError) as error:
        return type(error), str(error)


def _write(store: Store, series_id: str, write: Callable[[Transaction], T]) -> T:
    with store.transaction(series_id) as transaction:
        return write(transaction)


def _some_of(store: Store, series_id: str, now: datetime) -> Snapshot:
    return in_one_order(store.snapshot([series_id], now=now))


def _around(now: datetime) -> list[Window]:
    """The week before a moment, the day after it, and four weeks."""
    return [Window.weeks(1, start=now - timedelta(weeks=1)), Window(now, now + _DAY), Window.weeks(4, start=now)]


def _delivered(store: Store, now: datetime, fails_for: set[str], limit: int) -> tuple[object, list[Message]]:
    messages: list[Message] = []

    def bring(message: Message) -> None:
        messages.append(message)
        if message.recipient.id in fails_for:
            raise _WentWrongError

    return deliver(store, CallbackNotifier(bring), now=now, limit=limit), messages


# --- what happens ---------------------------------------------------------------------------------------------------


@st.composite
def _schools(draw: DrawFn) -> School:
    courses = []
    for series_id in ("maths", "art", "Art")[: draw(st.integers(1, 3))]:
        course = a_course(
            series_id,
            starts_on=NOW.date() - timedelta(days=draw(st.integers(0, 20))),
            assignments=round_robin(*_TUTORS[: draw(st.integers(0, 3))]),
            members=draw(st.sampled_from((None, (), ("kim",), ("lea", "kim")))),
            room_id=draw(st.sampled_from((None, "blue"))),
            status=draw(st.sampled_from(("ACTIVE", "ACTIVE", "DRAFT"))),
        )
        courses.append(course)
    tutors = draw(st.sampled_from((None, _TUTORS, _TUTORS[:1])))
    return a_school(*courses, tutors=tutors, base=Config(weeks_ahead=2, on_tutor_busy=draw(_reactions())))


def _reactions() -> SearchStrategy[str | None]:
    return st.sampled_from((None, "flag", "unassign", "skip"))


@st.composite
def _edits(draw: DrawFn, school: School, now: datetime) -> School:
    day = now.date() + timedelta(days=draw(st.integers(-3, 14)))
    kind = draw(st.sampled_from((*("series",) * 6, "closure", "rates", "order")))
    if kind == "closure":
        last = day + timedelta(days=draw(st.integers(0, 7)))
        return attrs.evolve(school, closures=draw(st.sampled_from(((), (Closure("shut", day, last),)))))
    if kind == "rates":
        rates = st.sampled_from((None, "30 EUR", "19.99 USD"))
        return attrs.evolve(school, tutors=[Tutor(each, hourly_rate=draw(rates)) for each in _TUTORS])
    if kind == "order" or not school.series:
        return attrs.evolve(school, series=draw(st.permutations(school.series)))
    return school.with_series(_edited(draw, draw(st.sampled_from(school.series)), day))


def _edited(draw: DrawFn, series: Series, day: Any) -> Series:
    slot = series.slots[0]
    roster = round_robin(*draw(st.lists(st.sampled_from(_TUTORS), unique=True)))
    trip = Cancellation("trip", first_day=day, last_day=day + timedelta(days=3))
    retimed = {"slots": [slot.changed_from(day, start=draw(st.sampled_from(_TIMES)), duration=60)]}
    changes: tuple[dict[str, Any], ...] = (
        *(retimed, retimed, retimed),
        {"slots": [attrs.evolve(slot, active=not slot.active)]},
        {"assignments": roster},
        {"cancellations": draw(st.sampled_from(((), (trip,))))},
        {"members": draw(st.sampled_from((None, ("kim",), ("lea", "kim"))))},
        {"room_id": draw(st.sampled_from((None, "blue", "red")))},
        {"ends_on": max(day, series.starts_on)},
        {"ends_on": None},
        {"status": draw(st.sampled_from(("ACTIVE", "ACTIVE", "DRAFT", "ENDED")))},
    )
    return attrs.evolve(series, **draw(st.sampled_from(changes)))


def _people(session: Session) -> SearchStrategy[Session]:
    """What somebody may do to a session."""
    by = timedelta(hours=26)
    moved = {"starts_at": session.starts_at + by, "ends_at": session.ends_at + by}
    changes: tuple[dict[str, Any], ...] = (
        {**moved, "original_starts_at": session.starts_at, "pinned": (*session.pinned, "starts_at", "ends_at")},
        {"tutor_id": "ben", "pinned": (*session.pinned, "tutor_id")},
        {"notes": "bring a ruler 📏"},
        {"room_id": "red"},
        {"status": "CONFIRMED"},
        {"status": "CANCELLED", "cause_id": None, "cancellation_reason": "it's a 'feast'"},
        {"status": "COMPLETED"},
        {"status": "RESCHEDULED"},
    )
    return st.sampled_from(changes).map(lambda change: attrs.evolve(session, **change))
