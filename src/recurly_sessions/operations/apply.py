"""A plan to a store: what it says is done, once, to each series that is still as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import attrs

from recurly_sessions.errors import BrakedError, InvalidValueError
from recurly_sessions.operations.notices import notices_of
from recurly_sessions.planning.plan import Plan
from recurly_sessions.planning.settle import by_series
from recurly_sessions.planning.stale import changed_since
from recurly_sessions.planning.steps import Made, Steps
from recurly_sessions.store import Entry, Store, Transaction
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.school import Snapshot
from recurly_sessions.values.series import Series, SeriesStatus
from recurly_sessions.values.session import Session
from recurly_sessions.values.window import to_edge

OnActivate = Callable[[Transaction, Series], None]

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


class Refused(NamedTuple):
    """A series to which nothing was done, and why: what has changed since."""

    series_id: str
    reasons: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Applied:
    """What came of applying a plan: how many sessions were created, updated, cancelled, reinstated.

    `series` are those that it was applied to now, `already` those to which it had been applied before, `activated`
    those that were drafts.
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
            parts.append(f"{len(self.left_alone):,} sessions left alone.")
        if self.refused:
            parts.append(f"{len(self.refused):,} series refused, since they have changed.")
        return " ".join(parts)

    def __str__(self) -> str:
        lines = [self.summary()]
        lines += [f"  {each.session_id} is left alone: {each.why}" for each in self.left_alone]
        lines += [f"  {series_id}: {reason}" for series_id, reasons in self.refused for reason in reasons]
        return "\n".join(lines)


def apply_plan(
    plan: Plan,
    store: Store,
    *,
    now: datetime | str,
    actor: Actor = SYSTEM,
    notify: bool = True,
    brake: bool = True,
    on_activate: OnActivate | None = None,
) -> Applied:
    """Do what a plan says, series by series, each all at once; whatever was done before is not done again.

    A series that has changed since is refused, with what has changed, and so is one that is held since a run was
    undone. A lesson that has started meanwhile is left alone. A DRAFT series becomes ACTIVE together with its sessions,
    and `on_activate` may write more in the same transaction. Stopped half-way, apply the same plan again.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("apply_plan: now") from None
    if not isinstance(plan, Plan):
        raise InvalidValueError("apply_plan: plan", "must be a Plan", plan, "plan_sessions() makes one")
    if brake and plan.braked:
        raise BrakedError(tuple(issue.message for issue in plan.issues if issue.code == "brake"))
    applying = _Applying(plan, at, actor, notify=notify, on_activate=on_activate)
    for series_id in plan.planned:
        if applying.has_to_do(series_id):
            with store.transaction(series_id) as transaction:
                done = applying.apply(transaction, series_id)
            applying.count(series_id, done)
    return applying.applied


class _Done(NamedTuple):
    """What came of one series."""

    already: bool = False
    refused: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    left_alone: tuple[LeftAlone, ...] = ()
    activated: bool = False


class _Applying:
    """One plan being applied."""

    def __init__(
        self, plan: Plan, now: datetime, actor: Actor, *, notify: bool, on_activate: OnActivate | None
    ) -> None:
        self._plan = plan
        self._now = now
        self._actor = actor
        self._notify = notify
        self._on_activate = on_activate
        self._steps = {each.series_id: each for each in plan.steps if len(each)}
        self._series = {each.id: each for each in plan.school.series}
        self._revisions = dict(plan.snapshot.revisions)
        self._sessions = by_series(plan.snapshot.sessions)
        self.applied = Applied(run_id=plan.id)

    def has_to_do(self, series_id: str) -> bool:
        """Whether there is anything to do for a series."""
        return series_id in self._steps or self._series[series_id].status is SeriesStatus.DRAFT

    def apply(self, transaction: Transaction, series_id: str) -> _Done:
        """Do what there is to do for a series, in a transaction that has locked it."""
        before = transaction.entries(self._plan.id, series_id)
        if before and before[-1].undone_at is None:
            return _Done(already=True)
        held_by = transaction.held_by(series_id)
        if held_by is not None:
            return _Done(refused=(f"held since run {held_by[:12]} was undone; edit it or release it",))
        changed = self._changed_since(transaction, series_id)
        if changed:
            return _Done(refused=changed)
        return self._write(transaction, self._series[series_id], nth=len(before) + 1)

    def _changed_since(self, transaction: Transaction, series_id: str) -> tuple[str, ...]:
        """What has changed of a series, in what is declared and in its sessions to come."""
        at = max(self._plan.now, self._now)
        were = [each for each in self._sessions.get(series_id, ()) if each.starts_at > at]
        are = transaction.to_come(series_id, now=at)
        revision = transaction.revision(series_id)
        if revision is None:
            return ("the series is gone",)
        if revision == self._revisions.get(series_id) and _same(were, are):
            return ()
        known = self._plan.snapshot
        before = attrs.evolve(known, school=attrs.evolve(known.school, series=[self._series[series_id]]), sessions=were)
        after: Snapshot = attrs.evolve(before, sessions=are)
        if revision != self._revisions.get(series_id):
            school = transaction.snapshot([series_id], now=self._now).school
            after = attrs.evolve(after, school=school)
        return changed_since(before, after, [series_id], now=at).get(series_id, ())

    def _write(self, transaction: Transaction, series: Series, *, nth: int) -> _Done:
        steps = self._steps.get(series.id, Steps())
        left_alone: list[LeftAlone] = []
        made = _to_make(steps.all_made(), self._now, left_alone)
        if made is not None:
            taken = transaction.insert(made)
            left_alone += [LeftAlone(each, "there is one already") for each in sorted(taken)]
            made = _without(made, taken)
        changes = list(_in_time(steps.others, self._now, left_alone))
        pairs = [(change.before, change.after) for change in changes if change.before is not None]
        stale = transaction.replace(pairs)
        left_alone += [LeftAlone(each, "somebody has changed it meanwhile") for each in sorted(stale)]
        pairs = [(before, after) for before, after in pairs if after.id not in stale]
        activated = self._activate(transaction, series)
        transaction.record(
            Entry(
                run_id=self._plan.id,
                series_id=series.id,
                nth=nth,
                at=self._now,
                actor=self._actor,
                made=made,
                changed=tuple(pairs),
                activated=activated,
            )
        )
        if self._notify:
            transaction.tell(notices_of(series, self._plan.id, nth, made=made, changed=pairs))
        counts = dict.fromkeys(_KINDS.values(), 0)
        counts["created"] = 0 if made is None else len(made)
        for change in changes:
            counts[_KINDS[change.kind]] += change.id not in stale
        return _Done(counts=counts, left_alone=tuple(left_alone), activated=activated)

    def _activate(self, transaction: Transaction, series: Series) -> bool:
        if series.status is not SeriesStatus.DRAFT:
            return False
        active = attrs.evolve(series, status=SeriesStatus.ACTIVE)
        transaction.save_series(active)
        if self._on_activate is not None:
            self._on_activate(transaction, active)
        return True

    def count(self, series_id: str, done: _Done) -> None:
        """Add what came of a series, once it's written."""
        applied = self.applied
        if done.already:
            self.applied = attrs.evolve(applied, already=(*applied.already, series_id))
        elif done.refused:
            self.applied = attrs.evolve(applied, refused=(*applied.refused, Refused(series_id, done.refused)))
        else:
            self.applied = attrs.evolve(
                applied,
                series=(*applied.series, series_id),
                activated=(*applied.activated, series_id) if done.activated else applied.activated,
                left_alone=(*applied.left_alone, *done.left_alone),
                **{kind: getattr(applied, kind) + count for kind, count in done.counts.items()},
            )


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
