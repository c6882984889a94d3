"""A connection to a school, a snapshot and sessions; how many statements it takes depends on nothing.

A row that can't be read is told by its id. Where the others are wanted all the same, it's put into `broken`.

Which sessions can matter is said in SQL as `store.can_matter` says it, in parts that no session is in twice and that
each have an index: those that aren't long over, those that were over long before their day, and those of packages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeVar

import attrs
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, union_all

from recurly_sessions.adapters.sql.dialects import Row
from recurly_sessions.adapters.sql.failures import BY_IMPORT, WRONG, reading_row
from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.adapters.sql.rows import as_text, series_from, sessions_from, shared_from, tutor_from
from recurly_sessions.errors import UnknownNameError, UnreadableError
from recurly_sessions.store import Shared, Standing, Tallied, days_that_matter, shared_of, tutors_named
from recurly_sessions.values.config import Config
from recurly_sessions.values.days_off import Closure
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Origin, Session, SessionStatus
from recurly_sessions.values.window import Window

T = TypeVar("T")

_LONG: Final = timedelta(days=5)  # more than the two days, and a day's length, that `days_that_matter` looks back


@attrs.frozen
class _Common:
    """What all series share."""

    revision: int
    base: Config
    branches: Mapping[str, Config]
    closures: tuple[Closure, ...]
    tutors_tracked: bool

    def school(self, series: Iterable[Series], tutors: Sequence[Tutor]) -> School:
        """A school of some series and tutors."""
        return School(
            series,
            tutors=tutors if self.tutors_tracked else None,
            closures=self.closures,
            base=self.base,
            branches=self.branches,
        )


@attrs.frozen
class _Stored:
    """A series as it stands in the database."""

    place: int
    series: Series
    revision: int
    writes: int
    held_by: str | None


def read_school(link: Link) -> School:
    """The whole school."""
    common = _common(link)
    return common.school((each.series for each in _series(link)), _tutors(link))


def read_shared(link: Link, broken: list[UnreadableError]) -> School:
    """What all series share, as a school without series."""
    return _common(link).school((), _tutors(link, broken=broken))


def read_all(link: Link, now: datetime, broken: list[UnreadableError] | None = None) -> Snapshot:
    """The whole school, and the sessions that can matter, by id."""
    common = _common(link)
    stored = _series(link, broken=broken)
    school = common.school((each.series for each in stored), _tutors(link, broken=broken))
    return _snapshot(common, stored, school, _mattering(link, now, broken=broken), now=now)


def read_snapshot(link: Link, series_ids: Iterable[str], now: datetime) -> Snapshot:
    """Some series and their sessions that can matter, by id, with what shares a person or a room.

    What can't be read of others stands in nobody's way.
    """
    common = _common(link)
    beside_them: list[UnreadableError] = []
    only = tuple(sorted({*series_ids}))
    asked = _series(link, only)
    for series_id in sorted({*only}.difference(each.series.id for each in asked)):
        raise UnknownNameError("series", series_id, tuple(row[0] for row in link.rows(_in_order(link))))
    own = _mattering(link, now, link.dialect.among(link.tables.sessions.c.series_id, only))
    shared = shared_of((each.series for each in asked), own)
    others = _mattering(link, now, _sharing(link, shared, only), broken=beside_them)
    beside = _series(link, {session.series_id for session in others}, broken=beside_them)
    stored = sorted([*asked, *beside], key=lambda each: (each.place, each.series.id))
    sessions = sorted([*own, *others], key=lambda session: session.id)
    series = [each.series for each in stored]
    nameless: list[UnreadableError] = []
    tutors = _tutors(link, tutors_named(series, sessions), broken=nameless)
    if nameless:
        _tutors(link, tutors_named((each.series for each in asked), own))  # raises, if it's one of theirs
    return _snapshot(common, asked, common.school(series, tutors), sessions, now=now, only=only)


def _snapshot(
    common: _Common,
    asked: Sequence[_Stored],
    school: School,
    sessions: Sequence[Session],
    *,
    now: datetime,
    only: tuple[str, ...] | None = None,
) -> Snapshot:
    state = sorted((each.series.id, each.revision, each.writes) for each in asked)
    return Snapshot(
        school=school,
        sessions=sessions,
        read_at=now,
        revision=hashlib.sha256(as_text([common.revision, state]).encode()).hexdigest()[:32],
        only=only,
        held=[each.series.id for each in asked if each.held_by is not None],
        revisions=[(each.series.id, f"{common.revision}.{each.revision}") for each in asked],
    )


def _in_order(link: Link) -> Select[Any]:
    series = link.tables.series.c
    return select(series.id).order_by(series.place, series.id)


def read_standing(link: Link, series_ids: Iterable[str]) -> dict[str, Standing]:
    """How each of some series stands now."""
    shared, series = link.tables.shared, link.tables.series
    columns = (series.c.id, shared.c.revision, series.c.revision, series.c.held_by)
    asked = select(*columns).select_from(series.join(shared, true()))
    found = link.rows(asked.where(link.dialect.among(series.c.id, series_ids)))
    return {series_id: Standing(f"{common}.{own}", held_by) for series_id, common, own, held_by in found}


# Sessions


def read_sessions(link: Link, *where: ColumnElement[bool]) -> list[Session]:
    """Sessions in any order."""
    return _sessions_of(link, [_columns(link).where(*where)])


def read_tally(link: Link, window: Window) -> list[Tallied]:
    """How many sessions start in a window, by origin and then status."""
    sessions = link.tables.sessions.c
    counted = (
        select(sessions.origin, sessions.status, func.count())
        .where(sessions.starts_at >= window.start, sessions.starts_at < window.end)
        .where(sessions.ends_at > window.start)  # as they do anyway, but there's an index of ends
        .group_by(sessions.origin, sessions.status)
    )
    rows = link.rows(counted)
    return sorted(Tallied(Origin(origin), SessionStatus(status), count) for origin, status, count in rows)


def _mattering(
    link: Link, now: datetime, *where: ColumnElement[bool], broken: list[UnreadableError] | None = None
) -> list[Session]:
    """Sessions that can matter, by id; those of archived series don't."""
    archived = link.tables.sessions.c.series_id.in_(select(link.tables.archive.c.series_id))
    parts = [_columns(link).where(part, ~archived, *where) for part in _parts(link, now)]
    return _sessions_of(link, parts, broken)


def _sessions_of(
    link: Link, parts: Sequence[Select[Any]], broken: list[UnreadableError] | None = None
) -> list[Session]:
    found: list[Session] = []
    for rows in link.bare_rows(parts[0] if len(parts) == 1 else union_all(*parts)):
        try:
            found += sessions_from(rows, link.dialect)
        except WRONG:
            found += chain.from_iterable(_each(partial(_session, link), rows, broken))
    found.sort(key=attrgetter("id"))
    return found


def _session(link: Link, row: Row) -> list[Session]:
    """The session of a row, looked at by itself."""
    session_id, series_id, *_ = row
    table = link.tables.sessions.name
    with reading_row(f"session {session_id}", table, series_id=series_id, session_id=session_id):
        return sessions_from([row], link.dialect)


def _each(read: Callable[[Row], T], rows: Iterable[Row], broken: list[UnreadableError] | None) -> Iterator[T]:
    """What rows are read to; one that can't be is put into `broken`, if that is there."""
    for row in rows:
        try:
            yield read(row)
        except UnreadableError as error:
            if broken is None:
                raise
            broken.append(error)


def _columns(link: Link) -> Select[Any]:
    return select(*map(link.dialect.bare, link.tables.sessions.columns))


def _parts(link: Link, now: datetime) -> Iterator[ColumnElement[bool]]:
    """The parts of what can matter."""
    sessions, packages = link.tables.sessions.c, link.tables.packages.c
    since, recently = days_that_matter(now), now - _LONG
    promised = sessions.occurs_on >= since
    yield and_(sessions.ends_at > recently, or_(sessions.ends_at > now, promised))
    yield and_(sessions.ends_at <= recently, promised, link.dialect.early())
    live = select(packages.series_id).where(packages.ends_on >= since)
    inside = select(packages.id).where(
        packages.series_id == sessions.series_id,
        packages.ends_on >= since,
        or_(
            packages.id == sessions.package_id,
            and_(packages.starts_on <= sessions.occurs_on, sessions.occurs_on <= packages.ends_on),
        ),
    )
    yield and_(
        sessions.series_id.in_(live),
        sessions.ends_at <= now,
        or_(sessions.occurs_on.is_(None), sessions.occurs_on < since),
        inside.exists(),
    )


def _sharing(link: Link, shared: Shared, asked: Iterable[str]) -> ColumnElement[bool]:
    """Whether a session of another series shares a tutor, a member or a room."""
    among, tables = link.dialect.among, link.tables
    sessions, series, members = tables.sessions.c, tables.series.c, tables.members.c
    with_members = select(members.series_id).where(among(members.id, shared.member_ids))
    in_rooms = select(series.id).where(among(series.room_id, shared.room_ids))
    by_member = {row[0] for row in link.rows(with_members)}
    by_room = {row[0] for row in link.rows(in_rooms)}
    return and_(
        ~among(sessions.series_id, asked),
        or_(
            among(sessions.tutor_id, shared.tutor_ids),
            among(sessions.room_id, shared.room_ids),
            among(sessions.series_id, by_member),
            and_(sessions.room_id.is_(None), among(sessions.series_id, by_room)),
        ),
    )


# What is declared


def read_sharing(link: Link, series_ids: Sequence[str]) -> frozenset[str]:
    """The other series that name a tutor, a member or a room that some of these name, too."""
    own, others, series = link.tables.parties.alias("own"), link.tables.parties.alias("others"), link.tables.series
    same = and_(own.c.party_id == others.c.party_id, own.c.kind == others.c.kind)
    there = series.c.id == others.c.series_id  # where nothing cascades, parties may stay of one taken out by hand
    asked = select(others.c.series_id).distinct().select_from(own.join(others, same).join(series, there))
    rows = link.rows(asked.where(link.dialect.among(own.c.series_id, series_ids)))
    return frozenset(row[0] for row in rows).difference(series_ids)


def _common(link: Link) -> _Common:
    _, revision, base, branches, closures, tracked = link.shared(select(link.tables.shared))
    with reading_row("what all series share", link.tables.shared.name, BY_IMPORT):
        return _Common(revision, *shared_from(base, branches, closures), tracked)


def _series(
    link: Link, ids: Iterable[str] | None = None, *, broken: list[UnreadableError] | None = None
) -> list[_Stored]:
    """Series in their order: all, or some."""
    series, members = link.tables.series.c, link.tables.members.c
    columns = (
        series.id,
        series.place,
        series.document,
        series.members_tracked,
        series.revision,
        series.writes,
        series.held_by,
    )
    statement = select(*columns).order_by(series.place, series.id)
    belonging = select(
        members.series_id, members.place, members.id, members.name, members.timezone, members.active
    ).order_by(members.series_id, members.place)
    if ids is not None:
        ids = tuple(ids)
        statement = statement.where(link.dialect.among(series.id, ids))
        belonging = belonging.where(link.dialect.among(members.series_id, ids))
    by_series = _by_first(link.rows(belonging))

    def stored(row: Row) -> _Stored:
        id_, place, document, tracked, *rest = row
        with reading_row(f"series {id_}", link.tables.series.name, BY_IMPORT, series_id=id_):
            return _Stored(place, series_from(document, by_series.get(id_, ()) if tracked else None), *rest)

    return list(_each(stored, link.rows(statement), broken))


def _tutors(
    link: Link, ids: Iterable[str] | None = None, *, broken: list[UnreadableError] | None = None
) -> list[Tutor]:
    """Tutors in their order: all, or some."""
    tutors, hours = link.tables.tutors.c, link.tables.availability.c
    columns = (tutors.id, tutors.document, tutors.availability_tracked)
    statement = select(*columns).order_by(tutors.place, tutors.id)
    belonging = select(
        hours.tutor_id,
        hours.place,
        hours.id,
        hours.weekday,
        hours.date,
        hours.starts,
        hours.ends,
        hours.mode,
        hours.active,
    ).order_by(hours.tutor_id, hours.place)
    if ids is not None:
        ids = tuple(ids)
        statement = statement.where(link.dialect.among(tutors.id, ids))
        belonging = belonging.where(link.dialect.among(hours.tutor_id, ids))
    by_tutor = _by_first(link.rows(belonging))

    def tutor(row: Row) -> Tutor:
        id_, document, tracked = row
        with reading_row(f"tutor {id_}", link.tables.tutors.name, BY_IMPORT):
            return tutor_from(document, by_tutor.get(id_, ()) if tracked else None)

    return list(_each(tutor, link.rows(statement), broken))


def _by_first(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    """The rest of each row, by the first column, of rows that are in its order."""
    return {first: tuple(row[1:] for row in some) for first, some in groupby(rows, key=itemgetter(0))}
