"""Changes, unchanged sessions and conflicts, in; the entries of a calendar, out: all that is shown of one session."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final, Literal, assert_never

import attrs

from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.school import School
from recurly_sessions.values.session import Session

Mark = Literal["created", "moved", "changed", "cancelled", "reinstated", "kept"]

_TIMES: Final = {"starts_at", "ends_at"}


@attrs.frozen(kw_only=True)
class Entry:
    """One session as it should be shown: what becomes of it, in words, with the names of people.

    `session` is as it will be, `before` as it is (None if it is new or kept); `pinned` are the fields that a person
    has set. `tutor` is None for nobody, and the tutor's id where the school has no name for it.
    """

    session: Session
    mark: Mark
    before: Session | None
    title: str
    tutor: str | None
    tutor_before: str | None
    why: str
    conflicts: tuple[Conflict, ...]
    pinned: tuple[str, ...]


def entries_of(
    changes: Iterable[Change], unchanged: Iterable[Session], conflicts: Iterable[Conflict], *, school: School
) -> list[Entry]:
    """Show every changed and unchanged session once, by start, then id.

    A conflict belongs to the session that gives way; conflicts of sessions that are in neither list are left out.
    """
    words = _Words(school)
    found: defaultdict[str, list[Conflict]] = defaultdict(list)
    for conflict in conflicts:
        found[conflict.session_id].append(conflict)
    entries = [
        words.entry(change.after, _mark(change), tuple(found[change.id]), before=change.before, why=change.why)
        for change in changes
    ]
    entries += [words.entry(session, "kept", tuple(found[session.id])) for session in unchanged]
    return sorted(entries, key=lambda entry: (entry.session.starts_at, entry.session.id))


def _mark(change: Change) -> Mark:
    match change.kind:
        case ChangeKind.CREATE:
            return "created"
        case ChangeKind.CANCEL:
            return "cancelled"
        case ChangeKind.REINSTATE:
            return "reinstated"
        case ChangeKind.UPDATE:
            return "changed" if _TIMES.isdisjoint(change.fields) else "moved"
        case _:
            assert_never(change.kind)


class _Words:
    """A school's names, by id; two tutors of one name are told apart by their ids."""

    def __init__(self, school: School) -> None:
        names = {tutor.id: tutor.name.strip() or tutor.id for tutor in school.tutors or ()}
        times = Counter(names.values())
        self._names = {id: name if times[name] == 1 else f"{name} ({id})" for id, name in names.items()}
        self._subjects: dict[tuple[str, str | None], str | None] = {}
        for series in school.series:
            self._subjects[series.id, None] = series.subject
            for slot in series.slots:
                self._subjects[series.id, slot.id] = slot.subject or series.subject

    def entry(
        self,
        session: Session,
        mark: Mark,
        conflicts: tuple[Conflict, ...],
        *,
        before: Session | None = None,
        why: str = "",
    ) -> Entry:
        return Entry(
            session=session,
            mark=mark,
            before=before,
            title=self._title(session),
            tutor=self._name(session.tutor_id),
            tutor_before=self._name(before.tutor_id) if before is not None else None,
            why=why,
            conflicts=conflicts,
            pinned=session.pinned,
        )

    def _name(self, tutor_id: str | None) -> str | None:
        return self._names.get(tutor_id, tutor_id) if tutor_id is not None else None

    def _title(self, session: Session) -> str:
        """The subject, the series unless it is called the same, and the slot: "Algebra · year-7 · mon"."""
        # A slot that is gone leaves the subject of its series.
        of_series = self._subjects.get((session.series_id, None))
        subject = self._subjects.get((session.series_id, session.slot_id), of_series) or session.series_id
        parts = [subject]
        if subject.casefold() != session.series_id.casefold():
            parts.append(session.series_id)
        if session.slot_id is not None:
            parts.append(session.slot_id)
        return " · ".join(parts)
