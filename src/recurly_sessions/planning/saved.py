"""A plan to JSON and back, with everything that it was made from, and a checksum that tells if it was changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any, Final, TypeVar

import attrs

from recurly_sessions.errors import PlanFormatError
from recurly_sessions.fields import as_plain, instant_text, to_instant
from recurly_sessions.planning.steps import Steps
from recurly_sessions.values import document, files
from recurly_sessions.values.change import Change
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.issue import Decision, Issue
from recurly_sessions.values.school import Booking, School, Snapshot
from recurly_sessions.values.session import Session
from recurly_sessions.values.window import Days, Window

T = TypeVar("T")

FORMAT: Final = "recurly-sessions plan"
VERSION: Final = 1
_SOON_WRITTEN: Final[Mapping[AbstractSet[type], Callable[[Any], str]]] = {
    frozenset({str}): str,
    frozenset({datetime}): instant_text,
    frozenset({date}): str,
}
_SOURCE: Final = files.Source("the plan")
# What a plan would do, and to what; what else it was made from may be written in another order.
_CONTENT: Final = (
    "now",
    "window",
    "planned",
    "conflicts",
    "issues",
    "stand_ins",
    "kept",
    "left_out",
    "tzdata",
)


def fingerprint(parts: Mapping[str, Any], steps: Iterable[Steps]) -> str:
    """The id of a plan: the SHA-256 of what it would do, and of which sessions in which versions it knew."""
    written = {name: _WRITE[name](parts[name]) for name in _CONTENT}
    known = sorted((each.id, each.version) for each in parts["snapshot"].sessions)
    digest = hashlib.sha256(_as_bytes([written, known]))
    for each in steps:
        for name, column in each.parts():
            texts = _texts(column)
            digest.update(_lines([name, f"{len(column)} {len(texts)}", *texts]))
    return digest.hexdigest()


def _lines(texts: Sequence[str]) -> bytes:
    """Texts as bytes, other ones for other texts: line by line, or as JSON if one of them has several lines."""
    joined = "\n".join(texts)
    if joined.count("\n") == len(texts) - 1:
        return joined.encode(errors="surrogatepass") + b"\n"
    return _as_bytes(texts)


def _texts(column: Sequence[Any]) -> list[str]:
    """The values of a column as texts, one if it's the same everywhere: 1.5 µs a session, and 23 as documents."""
    if column and column.count(column[0]) == len(column):
        return [str(column[0])]
    kinds = frozenset(map(type, column))
    if kinds in _SOON_WRITTEN:
        return list(map(_SOON_WRITTEN[kinds], column))
    few = {id(value): value for value in column}
    texts = {at: str(value) for at, value in few.items()}
    return [texts[id(value)] for value in column]


def to_json(parts: Mapping[str, Any]) -> str:
    """Write a plan."""
    body = {name: write(parts[name]) for name, write in _WRITE.items()}
    whole = {"format": FORMAT, "version": VERSION, **body}
    return json.dumps({**whole, "checksum": _digest(whole)}, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> dict[str, Any]:
    """Read what `to_json` wrote; anything else is refused."""
    try:
        data = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise PlanFormatError(f"it is not JSON ({error})", "give the text that Plan.to_json() wrote") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise PlanFormatError(f"it doesn't say that it is a {FORMAT}", "give the text that Plan.to_json() wrote")
    if data.get("version") != VERSION:
        rule = f"it is of version {data.get('version')!r}, and this release reads version {VERSION}"
        raise PlanFormatError(rule, "plan again, or read it with the release that wrote it")
    checksum = data.pop("checksum", None)
    if checksum != _digest(data):
        raise PlanFormatError("it was changed after it was written", "plan again instead of editing a plan")
    try:
        read: dict[str, Any] = {"snapshot": _read_snapshot(data["snapshot"])}
        sessions = {session.id: session for session in read["snapshot"].sessions}
        read["changes"] = tuple(_read_change(each, sessions) for each in data["changes"])
        for name, convert in _READ.items():
            read[name] = convert(data[name])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise PlanFormatError(f"it can't be understood ({error})", "plan again") from None
    return read


def _digest(data: object) -> str:
    return hashlib.sha256(_as_bytes(data)).hexdigest()


def _as_bytes(data: object) -> bytes:
    # Characters that JSON needn't escape are escaped here, so that half characters do no harm.
    return json.dumps(data, sort_keys=True).encode()


# Writing


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "school": document.plain(snapshot.school),
        "sessions": _values(snapshot.sessions),
        "bookings": _values(snapshot.bookings),
        "read_at": _instant(snapshot.read_at),
        "revision": snapshot.revision,
        "only": None if snapshot.only is None else list(snapshot.only),
        "held": list(snapshot.held),
        "revisions": _lists(snapshot.revisions),
    }


def _changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {
            "kind": change.kind.value,
            "code": change.code,
            "fields": list(change.fields),
            "before": None if change.before is None else [change.before.id, change.before.version],
            "after": document.plain(change.after),
            "decision": None if change.decision is None else list(attrs.astuple(change.decision)),
            "because": change.because,
        }
        for change in changes
    ]


def _values(values: Sequence[object]) -> list[dict[str, Any]]:
    return [document.plain(value) for value in values]


def _instant(value: datetime) -> str:
    return str(as_plain(value))


def _window(window: Window | Days | None) -> list[str] | None:
    """Two instants, or two days."""
    if window is None:
        return None
    if isinstance(window, Days):
        return [window.first.isoformat(), window.last.isoformat()]
    return [_instant(window.start), _instant(window.end)]


def _lists(pairs: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(pair) for pair in pairs]


_WRITE: Final[dict[str, Callable[[Any], Any]]] = {
    "now": _instant,
    "window": _window,
    "snapshot": _snapshot,
    "planned": list,
    "changes": _changes,
    "conflicts": _values,
    "issues": _values,
    "stand_ins": _lists,
    "kept": _lists,
    "left_out": list,
    "tzdata": str,
}


# Reading


def _read_snapshot(data: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        school=document.read(School, data["school"], _SOURCE),
        sessions=_read_values(Session, data["sessions"]),
        bookings=_read_values(Booking, data["bookings"]),
        read_at=data["read_at"],
        revision=data["revision"],
        only=data["only"],
        held=data["held"],
        revisions=data["revisions"],
    )


def _read_change(data: Mapping[str, Any], sessions: Mapping[str, Session]) -> Change:
    before = data["before"]
    decision = data["decision"]
    return Change(
        data["kind"],
        before=None if before is None else sessions[before[0]],
        after=document.read(Session, data["after"], _SOURCE),
        fields=data["fields"],
        code=data["code"],
        decision=None if decision is None else Decision(*decision),
        because=data["because"],
    )


def _read_values(cls: type[T], data: Sequence[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(document.read(cls, each, _SOURCE) for each in data)


def _pairs(data: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in data)


def _window_from(first: str, last: str) -> Window | Days:
    return Window(first, last) if "T" in first else Days(first, last)


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "now": to_instant,
    "window": lambda data: None if data is None else _window_from(*data),
    "planned": tuple,
    "conflicts": lambda data: _read_values(Conflict, data),
    "issues": lambda data: _read_values(Issue, data),
    "stand_ins": _pairs,
    "kept": _pairs,
    "left_out": tuple,
    "tzdata": str,
}
