"""A school file beside what is stored: what an import of it would be compared with, and what a plan would see then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from recurly_sessions.config import config_for
from recurly_sessions.errors import UnreadableError
from recurly_sessions.operations.end import is_over
from recurly_sessions.store import can_matter
from recurly_sessions.values.assignment import Assignment
from recurly_sessions.values.issue import Issue
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series

if TYPE_CHECKING:
    from recurly_sessions.adapters.sql import SqlStore

_EMPTY: Final = School([])
_NAMED: Final = 5  # series that are named in one line


@attrs.frozen(kw_only=True)
class Stored:
    """The school of a database as far as it can be read, with the ids of other live series, and of archived ones."""

    school: School = _EMPTY
    unreadable: tuple[str, ...] = ()
    archived: frozenset[str] = frozenset()


def stored_in(store: SqlStore, *, now: datetime) -> Stored:
    """What a database holds of a school, whatever of it can't be read."""
    archived = frozenset(every_id(store.archived_ids))
    try:
        return Stored(school=store.school(), archived=archived)
    except UnreadableError:
        school = _readable(store, now=now)
    known = {series.id for series in school.series}
    return Stored(
        school=school,
        unreadable=tuple(each for each in every_id(store.series_ids) if each not in known),
        archived=archived,
    )


def _readable(store: SqlStore, *, now: datetime) -> School:
    try:
        return store.readable(now=now)[0].school
    except UnreadableError:
        return _EMPTY  # what all series share can't be read


def every_id(walk: Callable[..., Sequence[str]]) -> Iterator[str]:
    """All ids of a walk."""
    page = walk()
    while page:
        yield from page
        page = walk(after=page[-1])


def without_archived(school: School, archived: frozenset[str], *, now: datetime) -> tuple[School, list[str]]:
    """A school without the series that are in the archive and would go there again, and their ids."""
    found = [each for each in school.series if each.id in archived]
    over = [each.id for each in found if is_over(each, config_for(school, each), now=now)]
    if not over:
        return school, []
    return attrs.evolve(school, series=[each for each in school.series if each.id not in over]), over


def as_if_imported(school: School, store: SqlStore, *, now: datetime) -> Snapshot:
    """What a plan would see once a school was imported: it, and the sessions that are stored."""
    snapshot = store.snapshot(now=now)
    archived = frozenset(every_id(store.archived_ids))
    school, _ = without_archived(school, archived, now=now)
    were = {series.id: series for series in snapshot.school.series}
    sessions = {session.id: session for session in snapshot.sessions}
    for series in school.series:
        if series.id in archived or (series.id in were and were[series.id].packages != series.packages):
            others = (each for each in store.sessions_of(series.id) if can_matter(each, series, now))
            sessions |= {session.id: session for session in others}
    same = {series.id for series in school.series if were.get(series.id) == series}
    return Snapshot(
        school=school,
        sessions=[sessions[each] for each in sorted(sessions)],
        bookings=snapshot.bookings,
        read_at=now,
        held=[each for each in snapshot.held if each in same],  # an import releases what it changes
    )


def oddities(school: School) -> Iterator[str]:
    """What is allowed in a school, and hardly ever meant: tutors, branches and rules that nobody knows."""
    if school.tutors is not None:
        known = {tutor.id for tutor in school.tutors}
        missing = ((each.tutor_id, series) for series in school.series for each in _live(series))
        for tutor_id, named_by in _grouped((each, series) for each, series in missing if each not in known).items():
            yield f"there's no tutor {tutor_id}, whom {_series(named_by)} {_names(named_by)}"
    branches = {*dict(school.branches), *(closure.branch_id for closure in school.closures), None}
    strange = ((each.branch_id or "", each) for each in school.series if each.branch_id not in branches)
    for branch_id, named_by in _grouped(strange).items():
        yield f"there's no branch {branch_id}, which {_series(named_by)} {_names(named_by)}"
    of_rules = ((series, issue) for series in school.series for issue in config_for(school, series).issues)
    yield from dict.fromkeys(_words(*each) for each in of_rules)


def _words(series: Series, issue: Issue) -> str:
    is_own = dict(issue.details).get("layer") == "series"
    return f"series {series.id}: {issue.message}" if is_own else issue.message


def _live(series: Series) -> Iterator[Assignment]:
    return (each for each in series.assignments if each.active)


def _grouped(pairs: Iterator[tuple[str, Series]]) -> dict[str, list[str]]:
    """The ids of series, each once, by what they name."""
    found: dict[str, list[str]] = {}
    for name, series in pairs:
        of_name = found.setdefault(name, [])
        if series.id not in of_name[-1:]:
            of_name.append(series.id)
    return found


def _series(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more


def _names(ids: Sequence[str]) -> str:
    return "names" if len(ids) == 1 else "name"
