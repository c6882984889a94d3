"""An applied run to the calendar as it was before: exactly, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Final

import attrs

from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.operations.apply import Refused
from recurly_sessions.operations.notices import notices_of
from recurly_sessions.store import Entry, Store, Transaction
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.series import SeriesStatus
from recurly_sessions.values.session import Session, SessionStatus
from recurly_sessions.values.window import to_edge

_MOST_REASONS: Final = 20
_COUNTING: Final = {"version", "updated_by", "updated_at"}  # goes on when a session is as it was before
_CONTENT: Final = tuple(field.name for field in attrs.fields(Session) if field.name not in _COUNTING)


@attrs.frozen(kw_only=True)
class Undone:
    """What came of undoing a run: how many sessions were removed, called off, and put back as they were before.

    `series` are those in which it was undone, and which are held now; `already` those in which it had been.
    """

    run_id: str
    series: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    removed: int = 0
    cancelled: int = 0
    restored: int = 0

    def summary(self) -> str:
        """What was done, in one line."""
        counts = {"removed": self.removed, "cancelled": self.cancelled, "restored": self.restored}
        done = [f"{count:,} {word}" for word, count in counts.items() if count]
        parts = [f"Undone: {', '.join(done)}." if done else "Undone: nothing."]
        if self.series:
            parts.append(f"{len(self.series):,} series held.")
        if self.already:
            parts.append(f"{len(self.already):,} series had it undone already.")
        if self.refused:
            parts.append(f"{len(self.refused):,} series refused, since they have changed.")
        return " ".join(parts)

    def __str__(self) -> str:
        lines = [f"  {series_id}: {reason}" for series_id, reasons in self.refused for reason in reasons]
        return "\n".join([self.summary(), *lines])


def undo_run(run_id: str, store: Store, *, now: datetime | str, actor: Actor = SYSTEM, notify: bool = True) -> Undone:
    """Put back what a run did, series by series, each as a whole; one whose sessions have changed since is refused.

    Sessions that it made and that nobody was told of are removed, the others called off; what it changed is as it was,
    but for the version, which goes on. The series is held: no plan is applied to it until it's edited or released.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("undo_run: now") from None
    latest = {entry.series_id: entry for entry in store.entries(run_id)}
    if not latest:
        raise UnknownNameError("run", run_id)
    undone = Undone(run_id=run_id)
    for series_id in sorted(latest):
        with store.transaction(series_id) as transaction:
            undone = _undo(transaction, series_id, undone, now=at, actor=actor, notify=notify)
    return undone


def _undo(
    transaction: Transaction, series_id: str, undone: Undone, *, now: datetime, actor: Actor, notify: bool
) -> Undone:
    entry = transaction.entries(undone.run_id, series_id)[-1]
    if entry.undone_at is not None:
        return attrs.evolve(undone, already=(*undone.already, series_id))
    made = [] if entry.made is None else entry.made.sessions()
    there = transaction.sessions([each.id for each in (*made, *(after for _, after in entry.changed))])
    if transaction.revision(series_id) is None:
        reasons = ["the series is gone"]
    else:
        reasons = [*_reasons(made, there, now), *_reasons([after for _, after in entry.changed], there, now)]
        reasons += _too_late(entry, now)
    if reasons:
        more = [f"and {len(reasons) - _MOST_REASONS} more"] if len(reasons) > _MOST_REASONS else []
        refused = Refused(series_id, (*reasons[:_MOST_REASONS], *more))
        return attrs.evolve(undone, refused=(*undone.refused, refused))
    told = transaction.told(entry.run_id, series_id, entry.nth)
    transaction.take_back(entry.run_id, series_id, entry.nth)
    removed = [there[each.id] for each in made if each.id not in told]
    off = [(there[each.id], _called_off(there[each.id], now, actor)) for each in made if each.id in told]
    back = [(there[before.id], _as_before(before, there[before.id], now, actor)) for before, _ in entry.changed]
    stale = transaction.delete(removed) | transaction.replace([*off, *back])
    assert not stale, "the sessions were read in this transaction"
    _finish(transaction, entry, now, actor)
    if notify and told:
        changed = [pair for pair in (*off, *back) if pair[0].id in told]
        series = transaction.snapshot([series_id], now=now).school.series
        own = next(each for each in series if each.id == series_id)
        transaction.tell(notices_of(own, f"undo {entry.run_id}", entry.nth, changed=changed))
    return attrs.evolve(
        undone,
        series=(*undone.series, series_id),
        removed=undone.removed + len(removed),
        cancelled=undone.cancelled + len(off),
        restored=undone.restored + len(back),
    )


def _reasons(were: list[Session], there: Mapping[str, Session], now: datetime) -> Iterator[str]:
    """Why sessions can't be as they were before."""
    for session in sorted(were, key=attrgetter("starts_at", "id")):
        stored = there.get(session.id)
        if stored is None:
            yield f"{session.id} is gone"
        elif names := [name for name in _CONTENT if getattr(stored, name) != getattr(session, name)]:
            yield f"{session.id} has changed since: {', '.join(names)}"
        elif session.starts_at <= now and session.is_open:
            yield f"{session.id} has started"


def _too_late(entry: Entry, now: datetime) -> list[str]:
    """Which lessons that are off or moved now would be back at a time that has passed."""
    return [
        f"{before.id} would be back at a time that has passed"
        for before, after in entry.changed
        if before.is_open and before.starts_at <= now and not (after.is_open and after.starts_at <= now)
    ]


def _called_off(session: Session, now: datetime, actor: Actor) -> Session:
    return attrs.evolve(
        session,
        status=SessionStatus.CANCELLED,
        cause_id="undone",
        cancellation_reason="the run that made it was undone",
        version=session.version + 1,
        updated_by=actor.id,
        updated_at=now,
    )


def _as_before(before: Session, stored: Session, now: datetime, actor: Actor) -> Session:
    return attrs.evolve(before, version=stored.version + 1, updated_by=actor.id, updated_at=now)


def _finish(transaction: Transaction, entry: Entry, now: datetime, actor: Actor) -> None:
    """Make a series that the run activated a draft again, hold it, and keep that it's undone."""
    if entry.activated:
        school = transaction.snapshot([entry.series_id], now=now).school
        own = next(each for each in school.series if each.id == entry.series_id)
        transaction.save_series(attrs.evolve(own, status=SeriesStatus.DRAFT))
    transaction.hold(entry.series_id, entry.run_id)
    transaction.record(attrs.evolve(entry, undone_at=now, undone_by=actor.id))


def release_series(series_id: str, store: Store) -> None:
    """Let plans be applied again to a series that is held since a run was undone."""
    with store.transaction(series_id) as transaction:
        if transaction.revision(series_id) is None:
            raise UnknownNameError("series", series_id)
        transaction.hold(series_id, None)
