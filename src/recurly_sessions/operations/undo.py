"""An applied run to the calendar as it was before: exactly, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

import attrs

from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.operations.apply import Refused
from recurly_sessions.operations.notices import notices_again
from recurly_sessions.operations.progress import OnProgress, watched
from recurly_sessions.operations.trial import transaction_of
from recurly_sessions.store import Entry, Store, Transaction
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.series import Series, SeriesStatus
from recurly_sessions.values.session import Session, SessionStatus, differing
from recurly_sessions.values.window import to_edge

_MOST_SERIES: Final = 50  # in which it's undone at once
_MOST_REASONS: Final = 20
_GONE: Final = "the series is gone"


class PutBack(NamedTuple):
    """What became of one session: it's "removed", "cancelled", or "restored"."""

    kind: str
    session_id: str


@attrs.frozen(kw_only=True)
class Undone:
    """What came of undoing a run: how many sessions were removed, called off, and put back as they were before.

    `series` are those in which it was undone, and which are held now; `already` those in which it had been; `drafts`
    are those that the run had made ACTIVE, and that are drafts again. `sessions` are all of them, some series after the
    other.
    """

    run_id: str
    series: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    removed: int = 0
    cancelled: int = 0
    restored: int = 0
    sessions: tuple[PutBack, ...] = ()

    def summary(self) -> str:
        """What was done, in one line."""
        counts = {"removed": self.removed, "cancelled": self.cancelled, "restored": self.restored}
        done = [f"{count:,} {word}" for word, count in counts.items() if count]
        parts = [f"Undone: {', '.join(done)}." if done else "Undone: nothing."]
        if self.series:
            parts.append(f"{len(self.series):,} series held.")
        if self.drafts:
            parts.append(f"Drafts again: {', '.join(self.drafts)}.")
        if self.already:
            parts.append(f"{len(self.already):,} series had it undone already.")
        if self.refused:
            parts.append(f"{len(self.refused):,} series refused.")
        return " ".join(parts)

    def __str__(self) -> str:
        lines = [f"  {series_id}: {reason}" for series_id, reasons in self.refused for reason in reasons]
        return "\n".join([self.summary(), *lines])


def undo_run(
    run_id: str,
    store: Store,
    *,
    now: datetime | str,
    actor: Actor = SYSTEM,
    notify: bool = True,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> Undone:
    """Put back what a run did, some series at a time, each as a whole; one that has changed since is refused.

    Sessions that it made and that nobody was told of are removed, the others called off; what it changed is as it was,
    but for the version, which goes on. The series is held: no plan is applied to it until it's edited or released.
    With `dry_run`, only say what that would be: it's done, and taken back.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("undo_run: now") from None
    undoing = _Undoing(run_id, at, actor, notify=notify)
    if not store.series_of(run_id, limit=1):
        raise UnknownNameError("run", run_id)
    undone = Undone(run_id=run_id)
    for series_ids in watched(_batches(run_id, store), "undoing", on_progress):
        with transaction_of(store, *series_ids, dry_run=dry_run) as transaction:
            done = undoing.undo(transaction, series_ids)
        undone = _added(undone, done)
    return undone


def _batches(run_id: str, store: Store) -> Iterator[Sequence[str]]:
    after = ""
    while series_ids := store.series_of(run_id, after=after, limit=_MOST_SERIES):
        yield series_ids
        after = series_ids[-1]


def _added(undone: Undone, more: Undone) -> Undone:
    """What came of undoing some series, and some more."""
    parts = (name for name in attrs.asdict(undone, recurse=False) if name != "run_id")
    return attrs.evolve(undone, **{name: getattr(undone, name) + getattr(more, name) for name in parts})


class _Undoing:
    """One run being undone."""

    def __init__(self, run_id: str, now: datetime, actor: Actor, *, notify: bool) -> None:
        self._run_id = run_id
        self._now = now
        self._actor = actor
        self._notify = notify

    def undo(self, transaction: Transaction, series_ids: Sequence[str]) -> Undone:
        """Undo it in some series, in a transaction that has locked them."""
        latest = {entry.series_id: entry for entry in transaction.entries(self._run_id, *series_ids)}
        already = tuple(entry.series_id for entry in latest.values() if entry.undone_at is not None)
        made = {entry.series_id: _made_by(entry) for entry in latest.values() if entry.undone_at is None}
        asked = [each.id for sessions in made.values() for each in sessions]
        asked += [after.id for series_id in made for _, after in latest[series_id].changed]
        there = transaction.sessions(asked)
        live = transaction.standing(*made)
        drafts = self._were_drafts(transaction, [latest[each] for each in made if each in live])
        refused: list[Refused] = []
        entries: list[Entry] = []
        for series_id, sessions in made.items():
            entry = latest[series_id]
            reasons = list(_reasons_against(entry, sessions, there, self._now)) if series_id in live else [_GONE]
            if series_id in drafts and drafts[series_id].status is not SeriesStatus.ACTIVE:
                reasons.append(f"its status has changed since: ACTIVE → {drafts[series_id].status.value}")
            if reasons:
                refused.append(Refused(series_id, _first(reasons)))
            else:
                entries.append(entry)
        done = Undone(run_id=self._run_id, already=already, refused=tuple(refused))
        if not entries:
            return done
        for entry in entries:
            if entry.activated:
                transaction.save_series(attrs.evolve(drafts[entry.series_id], status=SeriesStatus.DRAFT))
        return self._put_back(transaction, entries, made, there, done)

    def _were_drafts(self, transaction: Transaction, entries: Sequence[Entry]) -> Mapping[str, Series]:
        """The series, as they are now, that the run had made ACTIVE."""
        ids = {entry.series_id for entry in entries if entry.activated}
        if not ids:
            return {}
        return {each.id: each for each in transaction.snapshot(ids, now=self._now).school.series if each.id in ids}

    def _put_back(
        self,
        transaction: Transaction,
        entries: Sequence[Entry],
        made: Mapping[str, Sequence[Session]],
        there: Mapping[str, Session],
        done: Undone,
    ) -> Undone:
        series_ids = tuple(entry.series_id for entry in entries)
        told = transaction.told(*series_ids)
        transaction.take_back(*entries)
        known = {each.session_id for notice in told for each in notice.told}
        ids = [each.id for entry in entries for each in made[entry.series_id]]
        removed = [there[each] for each in ids if each not in known]
        off = [(there[each], _called_off(there[each], self._now, self._actor)) for each in ids if each in known]
        back = [
            (there[before.id], _as_before(before, there[before.id], self._now, self._actor))
            for entry in entries
            for before, _ in entry.changed
        ]
        stale = transaction.delete(removed) | transaction.replace([*off, *back])
        assert not stale, "the sessions were read in this transaction"
        transaction.hold(*series_ids, run_id=self._run_id)
        transaction.record(*(attrs.evolve(each, undone_at=self._now, undone_by=self._actor.id) for each in entries))
        if self._notify:
            nths = {entry.series_id: entry.nth for entry in entries}
            of_run = [each for each in told if (each.run_id, each.nth) == (self._run_id, nths[each.series_id])]
            transaction.tell(notices_again(f"undo {self._run_id}", nths, (told, off), (of_run, back)))
        parts = (
            ("removed", removed),
            ("cancelled", [after for _, after in off]),
            ("restored", [was for was, _ in back]),
        )
        return attrs.evolve(
            done,
            series=series_ids,
            drafts=tuple(entry.series_id for entry in entries if entry.activated),
            removed=len(removed),
            cancelled=len(off),
            restored=len(back),
            sessions=tuple(PutBack(kind, each.id) for kind, sessions in parts for each in sessions),
        )


def _made_by(entry: Entry) -> list[Session]:
    return [] if entry.made is None else entry.made.sessions()


def _first(reasons: Sequence[str]) -> tuple[str, ...]:
    more = [f"and {len(reasons) - _MOST_REASONS} more"] if len(reasons) > _MOST_REASONS else []
    return (*reasons[:_MOST_REASONS], *more)


def _reasons_against(
    entry: Entry, made: Sequence[Session], there: Mapping[str, Session], now: datetime
) -> Iterator[str]:
    """Why what a run did to a series can't be put back."""
    yield from _reasons(made, there, now)
    yield from _reasons([after for _, after in entry.changed], there, now)
    yield from _too_late(entry, now)


def _reasons(were: Sequence[Session], there: Mapping[str, Session], now: datetime) -> Iterator[str]:
    """Why sessions can't be as they were before."""
    for session in sorted(were, key=attrgetter("starts_at", "id")):
        stored = there.get(session.id)
        if stored is None:
            yield f"{session.id} is gone"
        elif names := differing(stored, session):
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


def release_series(series_id: str, store: Store) -> None:
    """Let plans be applied again to a series that is held since a run was undone."""
    with store.transaction(series_id) as transaction:
        if series_id not in transaction.standing(series_id):
            raise UnknownNameError("series", series_id)
        transaction.hold(series_id, run_id=None)
