"""A session as it should be and as it is, to the change that makes one of the other.

How it works. What happened, or was set by a person, is never touched: `state_of` tells what may become of a stored
session, `kept_fields` which of its fields don't follow. What is left is compared field by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import attrs

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import as_plain, first_repeated, items_of
from recurly_sessions.planning.desired import Cause
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.money import Money
from recurly_sessions.values.session import Session, SessionStatus, sessions_of
from recurly_sessions.values.window import to_edge

State: TypeAlias = Literal["follows", "revives", "stays", "gone"]

FOLLOWING: Final = (
    "starts_at",
    "ends_at",
    "tutor_id",
    "status",
    "price",
    "room_id",
    "timezone",
    "package_id",
    "number",
)
_FIELDS: Final = tuple(field.name for field in attrs.fields(Session))
_all_fields = attrgetter(*_FIELDS)
_AGREED: Final = {
    "never": {"starts_at", "ends_at", "tutor_id", "price"},
    "time": {"tutor_id", "price"},
    "all": set[str](),
}
# What a change of a field is called, the most telling first.
_CODES: Final = {
    "starts_at": "moved",
    "ends_at": "moved",
    "tutor_id": "reassigned",
    "status": "confirmed",
    "price": "repriced",
}


class Wanted(NamedTuple):
    """What an occurrence asks of its session, field by field."""

    starts_at: datetime
    ends_at: datetime
    tutor_id: str | None
    status: SessionStatus
    price: Money | None
    room_id: str | None
    timezone: str
    package_id: str | None
    number: int | None


def state_of(session: Session, now: datetime) -> State:
    """What may become of a stored session.

    It follows its slot, or is cancelled by a plan and may be revived; or it's untouched: still on the calendar, or off.
    """
    cancelled = session.status is SessionStatus.CANCELLED
    if session.may_follow(now):
        return "revives" if cancelled else "follows"
    return "gone" if cancelled or session.status is SessionStatus.RESCHEDULED else "stays"


def kept_fields(session: Session, config: ResolvedConfig) -> frozenset[str]:
    """The fields that don't follow: pinned by a person, or agreed with a confirmation. A time is kept as a whole."""
    kept = set(session.pinned)
    if session.status is SessionStatus.CONFIRMED:
        kept |= _AGREED[config.confirmed_follow]
    if session.is_moved:
        kept |= {"starts_at", "ends_at"}
    if "package_id" in kept:
        kept.add("number")
    return frozenset(kept)


def loses_confirmation(session: Session, config: ResolvedConfig) -> bool:
    """Whether a session is no longer confirmed once nobody teaches it."""
    agreed = session.status is SessionStatus.CONFIRMED and "status" not in session.pinned
    return agreed and config.confirmed_follow == "all"


def follow(session: Session, wanted: Wanted, kept: frozenset[str]) -> dict[str, Any]:
    """The fields that become different when a session follows what is wanted of it."""
    return {
        name: value
        for name, value in zip(FOLLOWING, wanted, strict=True)
        if name not in kept and getattr(session, name) != value
    }


def updated(session: Session, changes: Mapping[str, Any], decision: Decision | None, because: str) -> Change:
    """The change that gives a session other fields."""
    return _changed(
        ChangeKind.UPDATE, session, changes, code=_code(session, changes), decision=decision, because=because
    )


def cancelled(session: Session, cause: Cause) -> Change:
    """The change that calls a session off."""
    changes = {"status": SessionStatus.CANCELLED, "cause_id": cause.id, "cancellation_reason": cause.why}
    return _changed(ChangeKind.CANCEL, session, changes, code=cause.code, because=cause.why)


def recaused(session: Session, cause: Cause) -> Change | None:
    """The change that gives a cancelled session the cause that holds now, if that's another."""
    if session.cause_id == cause.id:
        return None
    changes = {"cause_id": cause.id, "cancellation_reason": cause.why}
    return _changed(ChangeKind.UPDATE, session, changes, code="recaused", because=f"still off: {cause.why}")


def reinstated(session: Session, changes: Mapping[str, Any], decision: Decision | None) -> Change:
    """The change that takes a cancellation back."""
    said = f"no longer off: {session.cancellation_reason}" if session.cancellation_reason else "wanted again"
    whole = {**changes, "cause_id": None, "cancellation_reason": None}
    return _changed(ChangeKind.REINSTATE, session, whole, code="wanted-again", decision=decision, because=said)


def _changed(
    kind: ChangeKind,
    session: Session,
    changes: Mapping[str, Any],
    *,
    code: str,
    decision: Decision | None = None,
    because: str,
) -> Change:
    """Build a change; the values of its session are right already, so they aren't converted again (20 µs a session)."""
    values = dict(zip(_FIELDS, _all_fields(session), strict=True))
    different = tuple(sorted(name for name in changes if values[name] != changes[name]))
    values |= changes
    values["version"] = session.version + 1
    (after,) = sessions_of(*([value] for value in values.values()))
    return Change(kind, before=session, after=after, fields=different, code=code, decision=decision, because=because)


def _code(session: Session, changes: Mapping[str, Any]) -> str:
    code = next((_CODES[name] for name in _CODES if name in changes), "relinked")
    if code == "confirmed" and session.status is SessionStatus.CONFIRMED:
        return "unconfirmed"
    return code


def told(session: Session, changes: Mapping[str, Any]) -> str:
    """What becomes different, in words."""
    parts = []
    for name, value in changes.items():
        before = getattr(session, name)
        parts.append(f"{name.removesuffix('_id').removesuffix('_at')} {_shown(before)} → {_shown(value)}")
    return ", ".join(parts)


def _shown(value: object) -> str:
    return "none" if value is None else str(as_plain(value))


def diff_sessions(
    desired: Iterable[Session],
    existing: Iterable[Session],
    *,
    now: datetime | str,
    config: ResolvedConfig | None = None,
) -> list[Change]:
    """List what makes the existing sessions those that are desired, by start and then id; people's work is kept.

    What is desired is matched by identity, or by id where a session has no slot. An existing session that is no longer
    desired is cancelled by its series. `config` says what confirmed sessions follow.
    """
    at = _instant(now)
    rules = ResolvedConfig() if config is None else config
    if not isinstance(rules, ResolvedConfig):
        raise InvalidValueError("diff_sessions: config", "must be resolved", config, "by resolve_config()")
    wanted, there = _by_key(desired, "desired"), _by_key(existing, "existing")
    changes = [change for key, each in wanted.items() if (change := _towards(each, there.get(key), at, rules))]
    changes += [
        cancelled(each, Cause("not-desired", each.series_id, "it is no longer wanted"))
        for key, each in there.items()
        if key not in wanted and state_of(each, at) == "follows" and "status" not in each.pinned
    ]
    return sorted(changes, key=attrgetter("after.starts_at", "after.id"))


def _towards(wanted: Session, session: Session | None, now: datetime, config: ResolvedConfig) -> Change | None:
    if session is None:
        new = wanted.is_open and wanted.starts_at >= now
        return Change(ChangeKind.CREATE, after=wanted, code="due", because="it is wanted") if new else None
    state = state_of(session, now)
    if state in {"stays", "gone"}:
        return None
    kept = kept_fields(session, config)
    if not wanted.is_open:
        off = Cause("not-desired", wanted.cause_id or wanted.series_id, wanted.cancellation_reason or "not wanted")
        return recaused(session, off) if state == "revives" else None if "status" in kept else cancelled(session, off)
    if "starts_at" not in kept and wanted.starts_at <= now:
        return None
    if state == "follows" and session.status is SessionStatus.CONFIRMED:
        kept |= {"status"}
    changes = follow(session, Wanted(*(getattr(wanted, name) for name in FOLLOWING)), kept)
    if state == "revives":
        return reinstated(session, changes, None)
    return updated(session, changes, None, told(session, changes)) if changes else None


def _by_key(sessions: Iterable[Session], name: str) -> dict[object, Session]:
    try:
        given = items_of(sessions, Session)
    except InvalidValueError as error:
        raise error.at(f"diff_sessions: {name}") from None
    twice = first_repeated(str(each.identity or each.id) for each in given)
    if twice is not None:
        raise InvalidValueError(f"diff_sessions: {name}", "must not have two sessions of one identity", twice)
    return {str(each.identity or each.id): each for each in given}


def _instant(now: datetime | str) -> datetime:
    try:
        return to_edge(now)
    except InvalidValueError as error:
        raise error.at("diff_sessions: now") from None
