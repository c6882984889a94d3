"""One session to come, called off by a person: no plan brings it back."""

from __future__ import annotations

import hashlib
from datetime import datetime

import attrs

from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.operations.notices import notices_of
from recurly_sessions.operations.trial import transaction_of
from recurly_sessions.store import Entry, Store
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.session import Session, SessionStatus
from recurly_sessions.values.window import to_edge


def call_off_session(
    session_id: str,
    store: Store,
    *,
    now: datetime | str,
    reason: str = "",
    actor: Actor = SYSTEM,
    notify: bool = True,
    dry_run: bool = False,
) -> Session:
    """Call off a session that hasn't started, whether a plan made it or a person, and tell who takes part.

    It is in the journal as a run of its own, which can be undone. With `dry_run`, only say how the session would be.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("call_off_session: now") from None
    with store.transaction() as transaction:
        found = transaction.sessions([session_id]).get(session_id)
    if found is None:
        raise UnknownNameError("session", session_id)
    series_id = found.series_id
    with transaction_of(store, series_id, dry_run=dry_run) as transaction:
        before = transaction.sessions([session_id])[session_id]
        if not before.is_open or before.starts_at <= at:
            hint = f"it is {before.status}" if not before.is_open else f"it began at {before.starts_at.isoformat()}"
            raise InvalidValueError("call_off_session", "must be given a session to come", session_id, hint)
        after = attrs.evolve(
            before,
            status=SessionStatus.CANCELLED,
            cause_id=None,
            cancellation_reason=reason or None,
            pinned=(*before.pinned, "status"),
            version=before.version + 1,
            updated_by=actor.id,
            updated_at=at,
        )
        stale = transaction.replace([(before, after)])
        assert not stale, "the session was read in this transaction"
        run_id = hashlib.sha256(f"call off\n{session_id}\n{before.version}".encode()).hexdigest()
        changed = ((before, after),)
        entry = Entry(run_id=run_id, series_id=series_id, kind="cancel", at=at, actor=actor, changed=changed)
        transaction.record(entry)
        if notify and series_id in transaction.standing(series_id):
            (series,) = (
                each for each in transaction.snapshot([series_id], now=at).school.series if each.id == series_id
            )
            transaction.tell(notices_of(series, run_id, 1, changed=changed))
    return after
