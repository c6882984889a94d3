"""A plan to a store: what it says is done, once, to each series that is still as it was."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, NamedTuple

import attrs

from recurly_sessions.errors import BrakedError, InvalidValueError, StoreUnavailableError
from recurly_sessions.fields import to_id
from recurly_sessions.operations.notices import notices_of
from recurly_sessions.operations.progress import OnProgress, watched
from recurly_sessions.planning.plan import Plan
from recurly_sessions.planning.settle import by_series
from recurly_sessions.planning.stale import changed_since
from recurly_sessions.planning.steps import Made, Steps
from recurly_sessions.store import Entry, Notice, Standing, Store, Transaction
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.school import Snapshot
from recurly_sessions.values.series import Series, SeriesStatus
from recurly_sessions.values.session import Session, differing
from recurly_sessions.values.window import to_edge

OnActivate = Callable[[Transaction, Series], None]

_TAKEN: Final = "there is one already"
_MOST_SERIES: Final = 200  # that are written at once
_MOST_CHANGES: Final = 10_000
_MOST_LINES: Final = 20  # of what may be thousands, in words
_KINDS: Final = {
    ChangeKind.CREATE: "created",
    ChangeKind.UPDATE: "updated",
    ChangeKind.CANCEL: "cancelled",
    ChangeKind.REINSTATE: "reinstated",
}


class LeftAlone(NamedTuple):
    """A session that a plan would have made or changed, and why it was left as it is."""

    session_id: str
    why: str

    @property
    def was_due(self) -> bool:
        """Whether it should have been made, and couldn't be."""
        return self.why == _TAKEN


class Refused(NamedTuple):
    """A series to which nothing was done, and why: what has changed since."""

    series_id: str
    reasons: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Applied:
    """What came of applying a plan: how many sessions were created, updated, cancelled, reinstated.

    `series` are those that it was applied to now, `already` those to which it had been applied before, or to whose
    sessions somebody else has done the same meanwhile, `activated` those that were drafts.
    """

    run_id: str
    series: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    activated: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    left_alone: tuple[LeftAlone, ...] = ()
    created: int = 0
    updated: int = 0
    cancelled: int = 0
    reinstated: int = 0

    def __bool__(self) -> bool:
        return bool(self.created or self.updated or self.cancelled or self.reinstated or self.activated)

    def summary(self) -> str:
        """What was done, in one line."""
        done = [f"{getattr(self, kind):,} {kind}" for kind in _KINDS.values() if getattr(self, kind)]
        parts = [f"Applied: {', '.join(done)}." if done else "Applied: nothing to do."]
        if self.activated:
            parts.append(f"Now active: {', '.join(self.activated)}.")
        if self.already:
            parts.append(f"{len(self.already):,} series had it already.")
        if self.left_alone:
            sessions = "session" if len(self.left_alone) == 1 else "sessions"
            parts.append(f"{len(self.left_alone):,} {sessions} left alone.")
        if self.refused:
            parts.append(f"{len(self.refused):,} series refused.")
        return " ".join(parts)

    def __str__(self) -> str:
        left = [f"  {each.session_id} is left alone: {each.why}" for each in self.left_alone]
        more = [f"  … and {len(left) - _MOST_LINES:,} more are left alone"] if len(left) > _MOST_LINES else []
        return "\n".join([self.summary(), *left[:_MOST_LINES], *more, *_told(self.refused)])


def _told(refused: Sequence[Refused]) -> Iterator[str]:
    """Why series are refused: each with all reasons, or where those are many, some series with the first."""
    is_long = sum(len(each.reasons) for each in refused) > _MOST_LINES
    for series_id, reasons in refused[:_MOST_LINES]:
        if is_long and len(refused) > 1:
            more = f", and {len(reasons) - 1:,} more" if len(reasons) > 1 else ""
            yield f"  {series_id}: {reasons[0]}{more}"
        else:
            yield from (f"  {series_id}: {reason}" for reason in reasons)
    if len(refused) > _MOST_LINES:
        yield f"  … and {len(refused) - _MOST_LINES:,} more series"


def apply_plan(
    plan: Plan,
    store: Store,
    *,
    now: datetime | str,
    actor: Actor = SYSTEM,
    notify: bool = True,
    brake: bool = True,
    on_activate: OnActivate | None = None,
    on_progress: OnProgress | None = None,
    kind: str = "apply",
) -> Applied:
    """Do what a plan says, some series at a time, each as a whole; whatever was done before is not done again.

    A series that has changed since is refused, with what has changed, and so is one that is held since a run was
    undone. A lesson that has started meanwhile is left alone. A DRAFT series becomes ACTIVE together with its sessions,
    and `on_activate` may write more in the same transaction; what that raises comes out once all other series are
    written. `on_progress` is told how far it is, after each batch. `kind` is what the journal says that it was: any
    word of your own will do. Stopped half-way, apply the same plan again.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("apply_plan: now") from None
    try:
        word = to_id(kind)
    except InvalidValueError as error:
        raise error.at("apply_plan: kind") from None
    if not isinstance(plan, Plan):
        raise InvalidValueError("apply_plan: plan", "must be a Plan", plan, "plan_sessions() makes one")
    if brake and plan.braked:
        raise BrakedError(tuple(issue.message for issue in plan.issues if issue.code == "brake"))
    applying = _Applying(plan, Writer(plan.id, at, actor, kind=word, notify=notify, on_activate=on_activate))
    done: dict[str, Done] = {}
    failures: list[Exception] = []
    for series_ids in watched(applying.batches(), "applying", on_progress):
        with store.transaction(*series_ids) as transaction:
            of_batch = applying.apply(transaction, series_ids)
        done.update(of_batch)
    for series_ids in watched(([each] for each in applying.drafts), "activating", on_progress):
        try:
            with store.transaction(*series_ids) as transaction:
                of_batch = applying.apply(transaction, series_ids)
        except StoreUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - a host's hook may raise anything, and the other drafts must go on
            failures.append(error)
        else:
            done.update(of_batch)
    if failures:
        raise failures[0]
    return _applied(plan.id, {series_id: done[series_id] for series_id in plan.planned if series_id in done})


class Done(NamedTuple):
    """What came of one series: how many sessions were created, updated, cancelled, reinstated, by these words."""

    already: bool = False
    refused: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    left_alone: tuple[LeftAlone, ...] = ()
    activated: bool = False


def _applied(run_id: str, done: Mapping[str, Done]) -> Applied:
    """What came of all series."""
    written = {series_id: each for series_id, each in done.items() if not (each.already or each.refused)}
    return Applied(
        run_id=run_id,
        series=tuple(written),
        already=tuple(series_id for series_id, each in done.items() if each.already),
        activated=tuple(series_id for series_id, each in written.items() if each.activated),
        refused=tuple(Refused(series_id, each.refused) for series_id, each in done.items() if each.refused),
        left_alone=tuple(session for each in written.values() for session in each.left_alone),
        **{kind: sum(each.counts[kind] for each in written.values()) for kind in _KINDS.values()},
    )


@attrs.define
class _Work:
    """What there is to do to one series, and what of it is left alone."""

    series: Series
    nth: int
    made: Made | None
    changes: list[Change]
    left_alone: list[LeftAlone]

    @classmethod
    def of(cls, series: Series, nth: int, steps: Steps, now: datetime) -> _Work:
        """What can still be done at a moment."""
        left_alone: list[LeftAlone] = []
        made = _to_make(steps.all_made(), now, left_alone)
        return cls(series, nth, made, list(_in_time(steps.others, now, left_alone)), left_alone)

    @property
    def changed(self) -> list[tuple[Session, Session]]:
        """Sessions before and after."""
        return [(change.before, change.after) for change in self.changes if change.before is not None]

    def leave(self, taken: frozenset[str], stale: frozenset[str]) -> None:
        """Leave sessions alone that are there already, or that aren't as they were."""
        if taken and self.made is not None:
            ids = taken.intersection(self.made.column("id"))
            self.left_alone += [LeftAlone(each, _TAKEN) for each in sorted(ids)]
            self.made = _without(self.made, ids)
        gone = sorted(change.id for change in self.changes if change.id in stale)
        self.left_alone += [LeftAlone(each, "somebody has changed it meanwhile") for each in gone]
        self.changes = [change for change in self.changes if change.id not in stale]

    def done(self, *, activated: bool) -> Done:
        """What came of it."""
        counts = dict.fromkeys(_KINDS.values(), 0)
        counts["created"] = 0 if self.made is None else len(self.made)
        for change in self.changes:
            counts[_KINDS[change.kind]] += 1
        return Done(counts=counts, left_alone=tuple(self.left_alone), activated=activated)


class Writer:
    """What writes plans in transactions that are open, in the name of one run."""

    def __init__(
        self,
        run_id: str,
        now: datetime,
        actor: Actor,
        *,
        kind: str,
        notify: bool,
        on_activate: OnActivate | None = None,
    ) -> None:
        self.run_id = run_id
        self._kind = kind
        self.now = now
        self.on_activate = on_activate
        self._actor = actor
        self._notify = notify

    def write(
        self, transaction: Transaction, steps: Iterable[tuple[Series, Steps]], times: Mapping[str, int]
    ) -> dict[str, Done]:
        """Do what a plan says for some series, in a transaction that has locked them, as they are by now.

        It's not asked whether they are still as the plan knew them. `times` are how often the run was done before.
        """
        works = [_Work.of(series, times.get(series.id, 0) + 1, each, self.now) for series, each in steps]
        return self._write(transaction, works) if works else {}

    def _write(self, transaction: Transaction, works: Sequence[_Work]) -> dict[str, Done]:
        taken = transaction.insert(*(work.made for work in works if work.made is not None))
        stale = transaction.replace([pair for work in works for pair in work.changed])
        for work in works:
            work.leave(taken, stale)
        activated = {work.series.id for work in works if self._activate(transaction, work.series)}
        transaction.record(*(self._entry(work, activated) for work in works))
        if self._notify:
            transaction.tell(notice for work in works for notice in self._notices(work))
        return {work.series.id: work.done(activated=work.series.id in activated) for work in works}

    def _entry(self, work: _Work, activated: AbstractSet[str]) -> Entry:
        return Entry(
            run_id=self.run_id,
            series_id=work.series.id,
            nth=work.nth,
            kind=self._kind,
            at=self.now,
            actor=self._actor,
            made=work.made,
            changed=tuple(work.changed),
            activated=work.series.id in activated,
        )

    def _notices(self, work: _Work) -> list[Notice]:
        return notices_of(work.series, self.run_id, work.nth, made=work.made, changed=work.changed)

    def _activate(self, transaction: Transaction, series: Series) -> bool:
        if series.status is not SeriesStatus.DRAFT:
            return False
        active = attrs.evolve(series, status=SeriesStatus.ACTIVE)
        transaction.save_series(active)
        if self.on_activate is not None:
            self.on_activate(transaction, active)
        return True


class _Applying:
    """One plan being applied."""

    def __init__(self, plan: Plan, writer: Writer) -> None:
        self._plan = plan
        self._writer = writer
        self._steps = {each.series_id: each for each in plan.steps if len(each)}
        self._series = {each.id: each for each in plan.school.series}
        self._revisions = dict(plan.snapshot.revisions)
        self._sessions = by_series(plan.snapshot.sessions)

    def batches(self) -> Iterator[Sequence[str]]:
        """The series for which there's something to do, those together that are written at once."""
        batch: list[str] = []
        changes = 0
        for series_id in self._plan.planned:
            if series_id in self.drafts or not (series_id in self._steps or self._is_draft(series_id)):
                continue
            batch.append(series_id)
            changes += len(self._steps.get(series_id, ()))
            if len(batch) == _MOST_SERIES or changes >= _MOST_CHANGES:
                yield batch
                batch, changes = [], 0
        if batch:
            yield batch

    @functools.cached_property
    def drafts(self) -> tuple[str, ...]:
        """The drafts, each of which is written alone if a host writes more with it, which may fail."""
        return () if self._writer.on_activate is None else tuple(filter(self._is_draft, self._plan.planned))

    def _is_draft(self, series_id: str) -> bool:
        return self._series[series_id].status is SeriesStatus.DRAFT

    def apply(self, transaction: Transaction, series_ids: Sequence[str]) -> Mapping[str, Done]:
        """Do what there is to do for some series, in a transaction that has locked them."""
        before = {entry.series_id: entry for entry in transaction.entries(self._plan.id, *series_ids)}
        standing = transaction.standing(*series_ids)
        done: dict[str, Done] = {}
        for series_id in series_ids:
            held_by = standing[series_id].held_by if series_id in standing else None
            if series_id in before and before[series_id].undone_at is None:
                done[series_id] = Done(already=True)
            elif held_by is not None:
                reason = f"held since run {held_by[:12]} was undone; edit it or release it"
                done[series_id] = Done(refused=(reason,))
        left = [series_id for series_id in series_ids if series_id not in done]
        changed = self._changed_since(transaction, left, standing)
        done.update((series_id, Done(already=True)) for series_id, reasons in changed.items() if not reasons)
        done.update((series_id, Done(refused=reasons)) for series_id, reasons in changed.items() if reasons)
        times = {series_id: entry.nth for series_id, entry in before.items()}
        steps = [
            (self._series[series_id], self._steps.get(series_id, Steps()))
            for series_id in left
            if series_id not in changed
        ]
        done.update(self._writer.write(transaction, steps, times))
        return {series_id: done[series_id] for series_id in series_ids}

    def _changed_since(
        self, transaction: Transaction, series_ids: Sequence[str], standing: Mapping[str, Standing]
    ) -> dict[str, tuple[str, ...]]:
        """What has changed of some series, in what is declared and in their sessions to come.

        Nothing is told of those in which that is what the plan would have done.
        """
        if not series_ids:
            return {}
        at = max(self._plan.now, self._writer.now)
        are = by_series(transaction.to_come(*series_ids, now=at))
        were = {each: [one for one in self._sessions.get(each, ()) if one.starts_at > at] for each in series_ids}
        live = [each for each in series_ids if each in standing]
        revised = [each for each in live if standing[each].revision != self._revisions.get(each)]
        differing = {each for each in live if not _same(were[each], are.get(each, ()))}.union(revised)
        changed: dict[str, tuple[str, ...]] = {
            each: ("the series is gone",) for each in series_ids if each not in standing
        }
        alike = {
            each for each in differing.difference(revised) if self._is_done(each, were[each], are.get(each, ()), at)
        }
        changed.update(dict.fromkeys(alike, ()))
        differing -= alike
        if differing:
            known = self._plan.snapshot
            school = attrs.evolve(known.school, series=[self._series[each] for each in series_ids])
            before: Snapshot = attrs.evolve(
                known, school=school, sessions=[one for some in were.values() for one in some]
            )
            after: Snapshot = attrs.evolve(before, sessions=[one for some in are.values() for one in some])
            if revised:
                after = attrs.evolve(after, school=transaction.snapshot(differing, now=self._writer.now).school)
            changed.update(changed_since(before, after, sorted(differing), now=at))
        return changed

    def _is_done(self, series_id: str, were: Iterable[Session], are: Iterable[Session], at: datetime) -> bool:
        """Whether the sessions of a series are by now what the plan would make of them."""
        wanted = {each.id: each for each in were}
        steps = self._steps.get(series_id, Steps())
        made = steps.all_made()
        wanted |= {each.id: each for each in (() if made is None else made.sessions())}
        wanted |= {change.id: change.after for change in steps.others}
        to_come = {each.id: each for each in wanted.values() if each.starts_at > at}
        found = {each.id: each for each in are}
        return to_come.keys() == found.keys() and not any(differing(found[each], to_come[each]) for each in found)


def _same(were: Sequence[Session], are: Sequence[Session]) -> bool:
    return {each.id: each for each in were} == {each.id: each for each in are}


def _to_make(made: Made | None, now: datetime, left_alone: list[LeftAlone]) -> Made | None:
    """What of the sessions to make hasn't started."""
    if made is None:
        return None
    late = [place for place, starts_at in enumerate(made.column("starts_at")) if starts_at < now]
    if not late:
        return made
    ids = made.column("id")
    left_alone += [LeftAlone(str(ids[place]), "its time has passed") for place in late]
    return _without(made, frozenset(str(ids[place]) for place in late))


def _in_time(changes: Iterable[Change], now: datetime, left_alone: list[LeftAlone]) -> Iterator[Change]:
    """What can still be done to sessions that are there."""
    for change in changes:
        if change.before is None:
            continue
        if change.before.starts_at <= now:
            left_alone.append(LeftAlone(change.id, "it has started"))
        elif change.after.starts_at <= now:
            left_alone.append(LeftAlone(change.id, "its new time has passed"))
        else:
            yield change


def _without(made: Made, ids: frozenset[str]) -> Made | None:
    """The sessions but some; None if that is none."""
    if not ids:
        return made
    places = [place for place, session_id in enumerate(made.column("id")) if session_id not in ids]
    return made.at(places) if places else None
