"""MemoryStore: a store that forgets; for tests, for scripts, and to say what other stores must do."""

from __future__ import annotations

import hashlib
import threading
from collections import ChainMap, Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Final, assert_never

import attrs

from recurly_sessions.errors import UnknownNameError
from recurly_sessions.planning.parties import parties_of
from recurly_sessions.planning.steps import Made
from recurly_sessions.store import (
    KEPT_JOB_RUNS,
    Digest,
    Entry,
    Footing,
    JobRun,
    Notice,
    Pruned,
    Round,
    Run,
    Standing,
    Tallied,
    Visit,
    added,
    can_matter,
    check_replaced,
    digest_of,
    not_locked,
    shared_of,
    to_moment,
    tutors_named,
    within_another,
)
from recurly_sessions.values.school import School, Snapshot, to_school
from recurly_sessions.values.series import Series, SeriesStatus
from recurly_sessions.values.session import Session
from recurly_sessions.values.window import Window

_NOBODY_ELSE: Final = School([])


@attrs.define
class _Pending:
    """A notice, and how far it got."""

    notice: Notice
    written: int  # the how-manieth notice of the store
    digest_key: str | None = None
    attempts: int = 0
    due_at: datetime | None = None
    claimed_until: datetime | None = None
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def over_at(self) -> datetime | None:
        """When it arrived or, if it didn't, was given up."""
        return self.delivered_at or self.given_up_at

    def is_due(self, now: datetime) -> bool:
        later = (each for each in (self.due_at, self.claimed_until) if each is not None and each > now)
        return self.is_waiting and next(later, None) is None

    @property
    def is_waiting(self) -> bool:
        return self.over_at is None

    def is_over(self, before: datetime) -> bool:
        return self.over_at is not None and self.over_at < before


@attrs.define
class _Shelf:
    """Everything of one series."""

    series: Series | None = None
    archived: Series | None = None
    archived_at: datetime | None = None
    sessions: dict[str, Session] = attrs.field(factory=dict)
    revision: int = 0  # of the series
    writes: int = 0  # of its sessions
    held_by: str | None = None
    entries: list[Entry] = attrs.field(factory=list)
    numbers: dict[tuple[str, int], int] = attrs.field(factory=dict)  # of its entries: the how-manieth of the store
    pending: list[_Pending] = attrs.field(factory=list)
    visit: Visit | None = None
    writes_then: int = 0  # when it was visited
    last_in: str | None = None  # the run that has put it last

    def copy(self) -> _Shelf:
        return attrs.evolve(
            self,
            sessions=self.sessions.copy(),
            entries=self.entries.copy(),
            numbers=self.numbers.copy(),
            pending=[attrs.evolve(each) for each in self.pending],
        )

    def take_out(self) -> None:
        """Let a series be no longer live; nothing is known of it any more when it comes back."""
        self.series = self.visit = self.last_in = None

    def keep(self, series: Series) -> None:
        """Keep a series, which is no longer held if that changes it."""
        if series != self.series:
            self.series, self.held_by, self.archived = series, None, None
            self.revision += 1


@attrs.define
class _Kept:
    """Everything that is kept: by series, in the order of the live ones, and what is declared but the series."""

    shelves: dict[str, _Shelf] = attrs.field(factory=dict)
    order: list[str] = attrs.field(factory=list)
    others: School = _NOBODY_ELSE
    revision: int = 0  # of the others
    owners: dict[str, str] = attrs.field(factory=dict)  # the series of each session
    written: int = 0  # notices, ever
    recorded: int = 0  # entries, ever
    runs: list[JobRun] = attrs.field(factory=list)
    begun: int = 0  # runs, ever

    def series(self, ids: Iterable[str]) -> list[Series]:
        """The live series among some."""
        shelves = (self.shelves[each] for each in ids)
        return [shelf.series for shelf in shelves if shelf.series is not None]

    def snapshot(self, series_ids: Iterable[str] | None, now: datetime) -> Snapshot:
        """See `Store.snapshot`."""
        return self._all(now) if series_ids is None else self._some(frozenset(series_ids), now)

    def _all(self, now: datetime) -> Snapshot:
        live = [shelf for shelf in self.shelves.values() if shelf.archived is None]
        return Snapshot(
            school=attrs.evolve(self.others, series=self.series(self.order)),
            sessions=_in_order(each for shelf in live for each in _mattering(shelf, now)),
            read_at=now,
            revision=self._state_of(self.order),
            held=self._held(self.order),
            revisions=[(each, self.revision_of(each)) for each in self.order],
        )

    def _some(self, asked_for: frozenset[str], now: datetime) -> Snapshot:
        for series_id in sorted(asked_for.difference(self.order)):
            raise UnknownNameError("series", series_id, tuple(self.order))
        own = [each for series_id in asked_for for each in _mattering(self.shelves[series_id], now)]
        shared = shared_of(self.series(asked_for), own)
        others = [
            each
            for series_id, shelf in self.shelves.items()
            if series_id not in asked_for and shelf.archived is None
            for each in _mattering(shelf, now)
            if shared.by(each, shelf.series)
        ]
        ids = asked_for | {each.series_id for each in others}
        series = self.series(each for each in self.order if each in ids)
        named = tutors_named(series, [*own, *others])
        tutors = None if self.others.tutors is None else [each for each in self.others.tutors if each.id in named]
        return Snapshot(
            school=attrs.evolve(self.others, series=series, tutors=tutors),
            sessions=_in_order([*own, *others]),
            read_at=now,
            revision=self._state_of(asked_for),
            only=asked_for,
            held=self._held(asked_for),
            revisions=[(each, self.revision_of(each)) for each in asked_for],
        )

    def _held(self, series_ids: Iterable[str]) -> list[str]:
        return [each for each in series_ids if self.shelves[each].held_by is not None]

    def sharing(self, series_ids: Iterable[str]) -> frozenset[str]:
        """The other live series that name somebody, or a room, that some of these name, too."""
        named = {series.id: parties_of(series) for series in self.series(self.order)}
        theirs = frozenset(chain.from_iterable(named[each] for each in series_ids if each in named))
        sharing = (series_id for series_id, parties in named.items() if not theirs.isdisjoint(parties))
        return frozenset(sharing).difference(series_ids)

    def revision_of(self, series_id: str) -> str:
        """By which revision of it, and of what all share, a series is read now."""
        return f"{self.revision}.{self.shelves[series_id].revision}"

    def _state_of(self, series_ids: Iterable[str]) -> str:
        parts = (f"{each} {self.revision_of(each)} {self.shelves[each].writes}" for each in sorted(series_ids))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def state(self) -> str:
        """The state of all series: it differs when anything that they could react to does."""
        sessions = sum(len(each.sessions) for each in self.shelves.values())
        return f"{self.revision}.{sessions}.{self._state_of(self.order)}"

    def footing(self, wanted: Round, series_ids: Iterable[str]) -> dict[str, Footing]:
        """What those of some series stand on that are to be visited."""
        if self.runs and _is_past(self.runs[-1], wanted):
            return {}
        state = self.state()
        shelves = ((each, self.shelves[each]) for each in series_ids if each in self.shelves)
        return {
            series_id: Footing(
                self.revision_of(series_id),
                str(self.revision),
                len(shelf.sessions),
                shelf.visit.told if shelf.visit else (),
            )
            for series_id, shelf in shelves
            if shelf.series is not None and shelf.series.status is SeriesStatus.ACTIVE
            if _has_turn(shelf, wanted, state)
            if shelf.visit is None or self._is_to_visit(shelf, shelf.visit, wanted, state)
        }

    def _is_to_visit(self, shelf: _Shelf, visit: Visit, wanted: Round, state: str) -> bool:
        if visit.run_id == wanted.run_id or wanted.full:
            return visit.run_id != wanted.run_id
        left = (visit.basis, visit.revision, shelf.writes_then, visit.sessions, visit.school or state)
        found = (wanted.basis, self.revision_of(visit.series_id), shelf.writes, len(shelf.sessions), state)
        return left != found or not visit.at <= wanted.now < visit.due_at

    def put_back(self, shelves: Mapping[str, _Shelf]) -> None:
        """Put shelves back that were written on."""
        for series_id, shelf in shelves.items():
            before = self.shelves.get(series_id, _Shelf())
            for gone in before.sessions.keys() - shelf.sessions.keys():
                del self.owners[gone]
            self.owners.update(dict.fromkeys(shelf.sessions.keys() - before.sessions.keys(), series_id))
            if before.sessions != shelf.sessions:
                shelf.writes += 1
            if shelf.visit is not before.visit:
                shelf.writes_then = shelf.writes
        self.order = self.order_with(shelves)
        self.shelves.update(shelves)

    def order_with(self, shelves: Mapping[str, _Shelf]) -> list[str]:
        """The order of the live series with some shelves that were written on: new ones come last."""
        gone = {series_id for series_id, shelf in shelves.items() if shelf.series is None}
        new = (series_id for series_id, shelf in shelves.items() if shelf.series is not None)
        return [each for each in dict.fromkeys((*self.order, *new)) if each not in gone]


class MemoryStore:
    """A store in memory, for one process; its threads take turns.

    >>> from recurly_sessions import Series, Slot, apply_plan, plan_sessions
    >>> slot = Slot("mon", days="MO", start="18:00", end="19:30")
    >>> store = MemoryStore(School([Series("maths", timezone="Europe/Paris", starts_on="2026-09-07", slots=[slot])]))
    >>> plan = plan_sessions(store.snapshot(now="2026-09-01T08:00Z"), now="2026-09-01T08:00Z")
    >>> apply_plan(plan, store, now="2026-09-01T08:00Z").summary()
    'Applied: 4 created.'
    """

    def __init__(self, school: School | None = None) -> None:
        self._lock = threading.RLock()
        self._is_open = False  # a transaction
        self._kept = _Kept()
        if school is not None:
            self.save(school)

    # Schools

    def save(self, school: School) -> None:
        """Keep a whole school; see `Store.save`."""
        whole = to_school(school)
        with self._alone():
            kept = self._kept
            others = attrs.evolve(whole, series=())
            if others != kept.others:
                kept.others = others
                kept.revision += 1
            kept.order = [series.id for series in whole.series]
            for series in whole.series:
                kept.shelves.setdefault(series.id, _Shelf()).keep(series)
            for series_id in kept.shelves.keys() - set(kept.order):
                kept.shelves[series_id].take_out()

    def school(self) -> School:
        """Read the whole school."""
        with self._alone():
            return attrs.evolve(self._kept.others, series=self._kept.series(self._kept.order))

    def series_ids(self, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the live series by id."""
        with self._alone():
            return sorted(each for each in self._kept.order if each > after)[:limit]

    def archived(self, series_id: str) -> Series:
        """Read a series that was archived."""
        with self._alone():
            shelf = self._kept.shelves.get(series_id)
            if shelf is None or shelf.archived is None:
                raise UnknownNameError("archived series", series_id)
            return shelf.archived

    def archived_ids(self, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the archived series by id."""
        with self._alone():
            archived = (each for each, shelf in self._kept.shelves.items() if shelf.archived is not None)
            return sorted(each for each in archived if each > after)[:limit]

    # Sessions

    def snapshot(self, series_ids: Iterable[str] | None = None, *, now: datetime | str) -> Snapshot:
        """Read a school and the sessions that can matter; see `Store.snapshot`."""
        at = to_moment(now)
        with self._alone():
            return self._kept.snapshot(series_ids, at)

    def sharing(self, *series_ids: str) -> frozenset[str]:
        """The other live series that name a tutor, an active member or a room that some of these name, too."""
        with self._alone():
            return self._kept.sharing(series_ids)

    def sessions_of(self, series_id: str) -> list[Session]:
        """Read all sessions of a series, by start and then id."""
        with self._alone():
            shelf = self._kept.shelves.get(series_id, _Shelf())
            return sorted(shelf.sessions.values(), key=attrgetter("starts_at", "id"))

    def tally(self, window: Window) -> list[Tallied]:
        """Count the sessions that start in a window, by origin and then status."""
        with self._alone():
            every = (each for shelf in self._kept.shelves.values() for each in shelf.sessions.values())
            starting = (each for each in every if window.start <= each.starts_at < window.end)
            counts = Counter((each.origin, each.status) for each in starting)
        return sorted(Tallied(*each, count) for each, count in counts.items())

    def entries(self, run_id: str) -> list[Entry]:
        """What a run did, by series and order."""
        with self._alone():
            every = (each for shelf in self._kept.shelves.values() for each in shelf.entries)
            return sorted((each for each in every if each.run_id == run_id), key=attrgetter("series_id", "nth"))

    def runs(self, *, beginning: str = "", limit: int = 100) -> list[Run]:
        """List the runs whose ids begin with some characters, the latest first."""
        found: dict[str, list[Entry]] = {}
        last: dict[str, int] = {}
        with self._alone():
            for shelf in self._kept.shelves.values():
                for entry in shelf.entries:
                    if entry.run_id.startswith(beginning):
                        found.setdefault(entry.run_id, []).append(entry)
                        number = shelf.numbers[entry.run_id, entry.nth]
                        last[entry.run_id] = max(number, last.get(entry.run_id, 0))
        runs = [
            Run(
                id=run_id,
                kind=max(entry.kind for entry in entries),
                at=max(entry.at for entry in entries),
                series=len({entry.series_id for entry in entries}),
                standing=sum(entry.undone_at is None for entry in entries),
            )
            for run_id, entries in found.items()
        ]
        return sorted(runs, key=lambda run: (run.at, last[run.id]), reverse=True)[:limit]

    def series_of(self, run_id: str, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the series to which a run did something, by id."""
        return sorted({each.series_id for each in self.entries(run_id) if each.series_id > after})[:limit]

    @contextmanager
    def transaction(self, *series_ids: str) -> Iterator[_Transaction]:
        """Write some series all at once, or not at all."""
        with self._alone():
            transaction = _Transaction(self._kept, series_ids)
            self._is_open = True
            try:
                yield transaction
            finally:
                self._is_open = False
            self._kept.put_back(transaction.shelves)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread, nor this one inside a transaction of its own."""
        with self._lock:
            if self._is_open:
                raise within_another()
            yield

    # The job

    def to_visit(self, wanted: Round, *, after: str = "", limit: int = 100) -> list[str]:
        """Walk the ACTIVE series that a run has to visit, by id; see `Store.to_visit`."""
        with self._alone():
            return sorted(each for each in self._kept.footing(wanted, self._kept.order) if each > after)[:limit]

    def begin_job(self, *, now: datetime, young: timedelta, full: bool = False) -> JobRun:
        """Begin a run, or go on with the last one."""
        with self._alone():
            kept = self._kept
            last = kept.runs[-1] if kept.runs else None
            if last is not None and last.finished_at is None and abs(now - last.now) < young:
                kept.runs[-1] = attrs.evolve(last, attempt=last.attempt + 1)
            else:
                statuses = [series.status for series in kept.series(kept.order)]
                run = JobRun(
                    id=f"run-{kept.begun + 1}",
                    now=now,
                    school=kept.others,
                    revision=str(kept.revision),
                    active=statuses.count(SeriesStatus.ACTIVE),
                    full=full,
                    told=() if last is None else last.told,
                )
                kept.begun += 1
                kept.runs = [*(attrs.evolve(each, school=_NOBODY_ELSE) for each in kept.runs), run]
            return kept.runs[-1]

    def end_job(
        self,
        run_id: str,
        *,
        outcome: str | None,
        at: datetime | None,
        counts: Mapping[str, int],
        told: Sequence[str] | None = None,
    ) -> JobRun:
        """Keep how a run ended; see `Store.end_job`."""
        with self._alone():
            runs = self._kept.runs
            place = next((place for place, run in enumerate(runs) if run.id == run_id), None)
            if place is None:
                raise UnknownNameError("run", run_id)
            run = runs[place] = attrs.evolve(runs[place], counts=added(runs[place].counts, counts))
            if run.finished_at is None:
                runs[place] = attrs.evolve(
                    run,
                    outcome=outcome or run.outcome,
                    finished_at=at,
                    told=run.told if told is None else tuple(told),
                    school=run.school if at is None else _NOBODY_ELSE,
                )
            return attrs.evolve(runs[place], school=_NOBODY_ELSE)

    def job_runs(self, *, limit: int = 20) -> list[JobRun]:
        """Read the last runs, the latest first."""
        with self._alone():
            return [attrs.evolve(run, school=_NOBODY_ELSE) for run in self._kept.runs[::-1][:limit]]

    def prune(self, *, before: datetime, dry_run: bool = False) -> Pruned:
        """Forget what was done before a moment; see `Store.prune`."""
        with self._alone():
            kept = self._kept
            last: dict[str, datetime] = {}
            for entry in (each for shelf in kept.shelves.values() for each in shelf.entries):
                last[entry.run_id] = max(entry.at, last.get(entry.run_id, entry.at))
            told_since = {each.notice.run_id for each in self._pending() if not each.is_over(before)}
            standing = {run_id for run_id, at in last.items() if at >= before} | (told_since & last.keys())
            waits = {each.notice.run_id for each in self._pending() if each.is_waiting}
            counts = Counter(waiting=sum(at < before for run_id, at in last.items() if run_id in waits))
            for shelf in kept.shelves.values():
                entries = [each for each in shelf.entries if each.run_id in standing]
                pending = [each for each in shelf.pending if not each.is_over(before) or each.notice.run_id in standing]
                counts.update(entries=len(shelf.entries) - len(entries), notices=len(shelf.pending) - len(pending))
                if not dry_run:
                    shelf.entries, shelf.pending = entries, pending
                    keys = {(each.run_id, each.nth) for each in entries}
                    shelf.numbers = {key: number for key, number in shelf.numbers.items() if key in keys}
            runs = [each for each in kept.runs[:-KEPT_JOB_RUNS] if each.now >= before] + kept.runs[-KEPT_JOB_RUNS:]
            counts.update(job_runs=len(kept.runs) - len(runs))
            if not dry_run:
                kept.runs = runs
            return Pruned(**counts)

    # What people are told

    def claim(self, *, now: datetime, until: datetime, limit: int = 100) -> list[Digest]:
        """Take digests that are due; see `Store.claim`."""
        with self._alone():
            groups: dict[tuple[object, ...], list[_Pending]] = {}
            for pending in sorted(self._pending(), key=attrgetter("written")):
                if pending.is_due(now):
                    notice = pending.notice
                    groups.setdefault((pending.digest_key, notice.run_id, notice.recipient), []).append(pending)
            digests = []
            for group in list(groups.values())[:limit]:
                attempt = group[0].attempts + 1
                digest = digest_of([each.notice for each in group], attempt=attempt)
                for pending in group:
                    pending.digest_key, pending.attempts, pending.claimed_until = digest.key, attempt, until
                digests.append(digest)
            return digests

    def waiting(self, *, now: datetime) -> int:
        """How many digests are due, and nobody has taken."""
        with self._alone():
            due = (each for each in self._pending() if each.is_due(now))
            return len({(each.digest_key, each.notice.run_id, each.notice.recipient) for each in due})

    def delivered(self, digest: Digest, *, at: datetime) -> None:
        """Keep that a digest was delivered."""
        with self._alone():
            for pending in self._of(digest):
                if pending.delivered_at is None:
                    pending.delivered_at = at

    def put_off(self, digest: Digest, *, until: datetime) -> None:
        """Keep that a digest couldn't be delivered: it's due again then."""
        with self._alone():
            for pending in self._of(digest):
                pending.due_at, pending.claimed_until, pending.given_up_at = until, None, None

    def give_up(self, digest: Digest, *, at: datetime) -> None:
        """Keep that a digest couldn't be delivered, and is never due again."""
        with self._alone():
            for pending in self._of(digest):
                pending.given_up_at = at

    def _pending(self) -> Iterator[_Pending]:
        return (pending for shelf in self._kept.shelves.values() for pending in shelf.pending)

    def _of(self, digest: Digest) -> list[_Pending]:
        return [pending for pending in self._pending() if pending.digest_key == digest.key]


class _Transaction:
    """Some shelves taken down to be written on; they're put back if all goes well."""

    def __init__(self, kept: _Kept, series_ids: Iterable[str]) -> None:
        self._kept = kept
        self.shelves = {each: kept.shelves.get(each, _Shelf()).copy() for each in series_ids}

    def snapshot(self, series_ids: Iterable[str], *, now: datetime) -> Snapshot:
        """Read what `Store.snapshot` reads."""
        kept = self._kept
        order = kept.order_with(self.shelves)
        seen = attrs.evolve(kept, shelves={**kept.shelves, **self.shelves}, order=order)
        return seen.snapshot(series_ids, now)

    def sessions(self, ids: Iterable[str]) -> Mapping[str, Session]:
        """Read some sessions, by id."""
        wanted = frozenset(ids)
        every = {**self._kept.shelves, **self.shelves}.values()
        return {each.id: each for shelf in every for each in shelf.sessions.values() if each.id in wanted}

    def to_come(self, *series_ids: str, now: datetime) -> list[Session]:
        """Read the sessions of some series that start after a moment."""
        shelves = map(self._shelf, series_ids)
        return [each for shelf in shelves for each in shelf.sessions.values() if each.starts_at > now]

    def standing(self, *series_ids: str) -> Mapping[str, Standing]:
        """How each of some series stands now."""
        shelves = ((series_id, self._shelf(series_id)) for series_id in series_ids)
        return {
            series_id: Standing(f"{self._kept.revision}.{shelf.revision}", shelf.held_by)
            for series_id, shelf in shelves
            if shelf.series is not None
        }

    def save_series(self, series: Series) -> None:
        """Keep a series, new or changed."""
        self._shelf(series.id).keep(series)

    def insert(self, *made: Made) -> frozenset[str]:
        """Write new sessions but those whose id or identity is taken."""
        owners = self._owners()
        return frozenset(session_id for each in made for session_id in self._insert(each, owners))

    def _insert(self, made: Made, owners: Mapping[str, str]) -> Iterator[str]:
        """Write new sessions of one series, and tell which are taken."""
        series_id = made.column("series_id")[0]
        shelf = self._shelf(series_id)
        promised = {(each.slot_id, each.occurs_on) for each in shelf.sessions.values()} - {(None, None)}
        for session in made.sessions():
            promise = (session.slot_id, session.occurs_on)
            if session.id in shelf.sessions or promise in promised or owners.get(session.id, series_id) != series_id:
                yield session.id
            else:
                shelf.sessions[session.id] = session
                promised.update({promise} - {(None, None)})

    def _owners(self) -> Mapping[str, str]:
        """The series of each session, also of those that were written in this transaction."""
        if len(self.shelves) == 1:
            return self._kept.owners
        here = {each: series_id for series_id, shelf in self.shelves.items() for each in shelf.sessions}
        return ChainMap(here, self._kept.owners)

    def replace(self, changed: Sequence[tuple[Session, Session]]) -> frozenset[str]:
        """Write sessions (before, after) whose version is still that before."""
        check_replaced(changed)
        stale = set()
        for before, after in changed:
            if self._is_there(before):
                self._shelf(before.series_id).sessions[before.id] = after
            else:
                stale.add(before.id)
        return frozenset(stale)

    def delete(self, sessions: Sequence[Session]) -> frozenset[str]:
        """Remove sessions whose version is still the same."""
        stale = set()
        for session in sessions:
            if self._is_there(session):
                del self._shelf(session.series_id).sessions[session.id]
            else:
                stale.add(session.id)
        return frozenset(stale)

    def _is_there(self, session: Session) -> bool:
        stored = self._shelf(session.series_id).sessions.get(session.id)
        return stored is not None and stored.version == session.version

    def hold(self, *series_ids: str, run_id: str | None) -> None:
        """Hold some series after a run was undone, or release them."""
        for shelf in map(self._shelf, series_ids):
            shelf.held_by = run_id
            shelf.revision += 1

    def entries(self, run_id: str, *series_ids: str) -> list[Entry]:
        """What a run did to some series, by series and order."""
        every = (each for series_id in series_ids for each in self._shelf(series_id).entries)
        return sorted((each for each in every if each.run_id == run_id), key=attrgetter("series_id", "nth"))

    def record(self, *entries: Entry) -> None:
        """Keep what a run did, or that it was undone."""
        for entry in entries:
            shelf = self._shelf(entry.series_id)
            key = (entry.run_id, entry.nth)
            shelf.entries = [*(each for each in shelf.entries if (each.run_id, each.nth) != key), entry]
            self._kept.recorded += 1
            shelf.numbers.setdefault(key, self._kept.recorded)

    def footing(self, wanted: Round, *series_ids: str) -> Mapping[str, Footing]:
        """What those of some series stand on that are to be visited; before anything is written."""
        return self._kept.footing(wanted, series_ids)

    def sharing(self, *series_ids: str) -> frozenset[str]:
        """The other live series that name somebody whom some of these name, too."""
        order = self._kept.order_with(self.shelves)
        return attrs.evolve(self._kept, shelves={**self._kept.shelves, **self.shelves}, order=order).sharing(series_ids)

    def state(self) -> str:
        """The state of all series."""
        order = self._kept.order_with(self.shelves)
        return attrs.evolve(self._kept, shelves={**self._kept.shelves, **self.shelves}, order=order).state()

    def put_last(self, wanted: Round, *series_ids: str) -> None:
        """Leave some series to the end of a run."""
        for series_id in series_ids:
            self._shelf(series_id).last_in = wanted.run_id

    def visited(self, *some: Visit) -> None:
        """Keep how series were left."""
        for visit in some:
            self._shelf(visit.series_id).visit = visit

    def tell(self, notices: Iterable[Notice]) -> None:
        """Keep what people are to be told; what is kept already stays as it is."""
        for notice in notices:
            pending = self._shelf(notice.series_id).pending
            if _key_of(notice) not in (_key_of(each.notice) for each in pending):
                self._kept.written += 1
                pending.append(_Pending(notice, self._kept.written))

    def told(self, *series_ids: str) -> list[Notice]:
        """What somebody was told of some series, or may have been, by any run."""
        every = (pending for series_id in series_ids for pending in self._shelf(series_id).pending)
        return [each.notice for each in sorted(every, key=attrgetter("written")) if each.attempts]

    def take_back(self, *entries: Entry) -> None:
        """Forget what nobody was told yet because of what a run did."""
        for entry in entries:
            for pending in self._pending(entry):
                if not pending.attempts:
                    self._shelf(entry.series_id).pending.remove(pending)

    def _pending(self, entry: Entry) -> list[_Pending]:
        every = self._shelf(entry.series_id).pending
        return [each for each in every if (each.notice.run_id, each.notice.nth) == (entry.run_id, entry.nth)]

    def archive(self, series_id: str, *, at: datetime) -> None:
        """Take a series out of what is live; its sessions stay."""
        shelf = self._shelf(series_id)
        shelf.archived, shelf.archived_at = shelf.series, at
        shelf.take_out()

    def _shelf(self, series_id: str) -> _Shelf:
        shelf = self.shelves.get(series_id)
        if shelf is None:
            raise not_locked(series_id)
        return shelf


def _is_past(latest: JobRun, wanted: Round) -> bool:
    """Whether a run is finished, or another one was begun since."""
    number, asked = (int(each.rpartition("-")[2]) for each in (latest.id, wanted.run_id))
    return number > asked or (number == asked and latest.finished_at is not None)


def _has_turn(shelf: _Shelf, wanted: Round, state: str) -> bool:
    """Whether it's the turn of a series, as far as being put last goes."""
    is_put_last = shelf.last_in == wanted.run_id
    match wanted.turn:
        case "any":
            return True
        case "first":
            return not is_put_last
        case "last":
            return is_put_last or (shelf.visit is not None and shelf.visit.school not in {None, state})
        case never:
            assert_never(never)


def _key_of(notice: Notice) -> tuple[object, ...]:
    return notice.run_id, notice.series_id, notice.nth, notice.recipient


def _mattering(shelf: _Shelf, now: datetime) -> list[Session]:
    return [each for each in shelf.sessions.values() if can_matter(each, shelf.series, now)]


def _in_order(sessions: Iterable[Session]) -> list[Session]:
    return sorted(sessions, key=attrgetter("id"))
