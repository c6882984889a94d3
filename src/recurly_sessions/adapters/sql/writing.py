"""Schools, sessions and the journal into a database: only what differs, and nothing that somebody else changed.

The revision of a series goes up with every change of it, its writes with those of its sessions. The revision of one
that is new begins at a number by chance, so that a series that was gone and comes back is not taken for what it was.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, and_, bindparam, func, select

from recurly_sessions.adapters.sql.dialects import Row
from recurly_sessions.adapters.sql.failures import BY_IMPORT, reading_row
from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.adapters.sql.rows import (
    archive_row,
    archived_from,
    availability_rows,
    changed_from_text,
    journal_rows,
    made_from_text,
    member_rows,
    package_rows,
    party_rows,
    rows_of,
    rows_of_made,
    series_from,
    series_row,
    shared_row,
    tutor_row,
)
from recurly_sessions.errors import UnknownNameError
from recurly_sessions.planning.steps import Made
from recurly_sessions.store import Entry, Run
from recurly_sessions.values.actor import Actor
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session

_REVISION_BITS: Final = 52
_MEMBER: Final = ("place", "id", "name", "timezone", "active")
_HOURS: Final = ("place", "id", "weekday", "date", "starts", "ends", "mode", "active")


# The school


def save_school(link: Link, school: School) -> None:
    """Keep a whole school; what isn't in it is gone, but for sessions."""
    shared = link.tables.shared
    names = ("base", "branches", "closures", "tutors_tracked")
    found = link.rows(select(*(shared.c[name] for name in names)).with_for_update())
    row = {
        **shared_row(school.base, school.branches, school.closures),
        "tutors_tracked": school.tutors is not None,
    }
    differs = found != [tuple(row[name] for name in names)]
    if not found:
        _save_tutors(link, school.tutors or ())
        link.run(shared.insert().values(id=1, revision=secrets.randbits(_REVISION_BITS), **row))
    elif _save_tutors(link, school.tutors or ()) or differs:
        link.run(shared.update().values(revision=shared.c.revision + 1, **row))
    _save_all_series(link, school.series)


def _save_tutors(link: Link, tutors: Sequence[Tutor]) -> bool:
    """Keep tutors and their hours; whether anything but their order differs."""
    table, hours = link.tables.tutors, link.tables.availability
    columns = [table.c[name] for name in ("id", "document", "availability_tracked", "place")]
    stored = {row[0]: row[1:] for row in link.rows(select(*columns))}
    their_hours = _grouped(link, hours, "tutor_id", _HOURS)
    new: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for place, tutor in enumerate(tutors):
        row = tutor_row(tutor)
        was = stored.pop(tutor.id, None)
        same = was is not None and was[:2] == (row["document"], row["availability_tracked"])
        if not same or their_hours.get(tutor.id, []) != availability_rows(tutor):
            new.append({**row, "place": place})
        elif was is not None and was[2] != place:
            moved.append({"row_id": tutor.id, "place": place})
    differs = {row["id"] for row in new}
    gone = {*stored, *differs}
    _delete(link, hours, "tutor_id", gone)
    _delete(link, table, "id", gone)
    link.run(table.insert(), new)
    of_new = [
        {"tutor_id": tutor.id, **dict(zip(_HOURS, row, strict=True))}
        for tutor in tutors
        if tutor.id in differs
        for row in availability_rows(tutor)
    ]
    link.run(hours.insert(), of_new)
    _move(link, table, moved)
    return bool(gone)


def _save_all_series(link: Link, all_series: Sequence[Series]) -> None:
    table = link.tables.series
    columns = [table.c[name] for name in ("id", "document", "members_tracked", "place")]
    all_locked = select(*columns).order_by(table.c.id).with_for_update()  # in the order in which transactions lock some
    stored = {row[0]: row[1:] for row in link.rows(all_locked)}
    members = _grouped(link, link.tables.members, "series_id", _MEMBER)
    differing: list[tuple[Series, int, bool]] = []
    moved: list[dict[str, Any]] = []
    for place, series in enumerate(all_series):
        was = stored.pop(series.id, None)
        if was is None or not _is_same(series, was, members.get(series.id, [])):
            differing.append((series, place, was is None))
        elif was[2] != place:
            moved.append({"row_id": series.id, "place": place})
    _remove_series(link, stored)
    _put_series(link, differing)
    _move(link, table, moved)


def _is_same(series: Series, was: Row, members: list[Row]) -> bool:
    row = series_row(series)
    return was[:2] == (row["document"], row["members_tracked"]) and members == member_rows(series)


def save_series(link: Link, series: Series) -> None:
    """Keep one series, at its place or after all others."""
    table, members = link.tables.series, link.tables.members
    found = link.rows(select(table.c.document, table.c.members_tracked, table.c.place).where(table.c.id == series.id))
    if not found:
        ((last,),) = link.rows(select(func.max(table.c.place)))
        _put_series(link, [(series, 0 if last is None else last + 1, True)])
        return
    theirs = _grouped(link, members, "series_id", _MEMBER, series.id)
    if not _is_same(series, found[0], theirs.get(series.id, [])):
        _put_series(link, [(series, found[0][2], False)])


def _put_series(link: Link, differing: Sequence[tuple[Series, int, bool]]) -> None:
    """Write series that are new or changed, with their members, packages and parties."""
    table, members, packages = link.tables.series, link.tables.members, link.tables.packages
    in_order = sorted(differing, key=lambda each: each[0].id)
    new = [
        {**series_row(series), "place": place, "revision": secrets.randbits(_REVISION_BITS), "writes": 0}
        for series, place, is_new in in_order
        if is_new
    ]
    changed = [{**series_row(series), "place": place} for series, place, is_new in in_order if not is_new]
    for row in changed:
        row["row_id"] = row.pop("id")
    link.run(table.insert(), new)
    names = ("status", "branch_id", "room_id", "document", "members_tracked", "place")
    update = (
        table.update()
        .where(table.c.id == bindparam("row_id"))
        .values({"revision": table.c.revision + 1, "held_by": None, **{name: bindparam(name) for name in names}})
    )
    link.run(update, changed)
    _delete(link, link.tables.archive, "series_id", {series.id for series, _, is_new in differing if is_new})
    # Of new ones too: who takes a series out by hand may leave its parts behind.
    _remove_parts(link, {series.id for series, _, _ in differing})
    _delete(link, link.tables.visits, "series_id", {series.id for series, _, is_new in differing if is_new})
    link.run(link.tables.parties.insert(), [row for series, _, _ in in_order for row in party_rows(series)])
    link.run(
        members.insert(),
        [
            {"series_id": series.id, **dict(zip(_MEMBER, row, strict=True))}
            for series, _, _ in in_order
            for row in member_rows(series)
        ],
    )
    link.run(packages.insert(), [row for series, _, _ in in_order for row in package_rows(series)])


def _remove_series(link: Link, ids: Iterable[str]) -> None:
    """Take series out, with what belongs to them; a host's connection may not cascade."""
    gone = set(ids)
    _remove_parts(link, gone)
    _delete(link, link.tables.visits, "series_id", gone)
    _delete(link, link.tables.series, "id", gone)


def _remove_parts(link: Link, ids: set[str]) -> None:
    for table in (link.tables.members, link.tables.packages, link.tables.parties):
        _delete(link, table, "series_id", ids)


def _delete(link: Link, table: Table, column: str, ids: set[str]) -> None:
    if ids:
        link.run(table.delete().where(link.dialect.among(table.c[column], ids)))


def _move(link: Link, table: Table, moved: Sequence[Mapping[str, Any]]) -> None:
    link.run(table.update().where(table.c.id == bindparam("row_id")).values(place=bindparam("place")), moved)


def _grouped(link: Link, table: Table, by: str, names: Sequence[str], one: str | None = None) -> dict[str, list[Row]]:
    """Rows by whom they belong to, in their order."""
    statement = select(table.c[by], *(table.c[name] for name in names)).order_by(table.c[by], table.c.place)
    if one is not None:
        statement = statement.where(table.c[by] == one)
    grouped: dict[str, list[Row]] = {}
    for owner, *row in link.rows(statement):
        grouped.setdefault(owner, []).append(tuple(row))
    return grouped


# Sessions


def insert_sessions(link: Link, made: Sequence[Made]) -> frozenset[str]:
    """Write new sessions; the ids of those whose id or identity is taken."""
    table, dialect = link.tables.sessions, link.dialect
    rows = rows_of_made(made, dialect)
    taken: set[str] = set()
    if not link.add(table, rows):
        with link.telling():
            taken = dialect.insert_others(link.connection, table, list(rows_of_made(made, dialect).each()))
    if len(taken) < rows.count:
        touch(link, {series_id for each in made for series_id in each.column("series_id")})
    return frozenset(taken)


def replace_sessions(link: Link, changed: Sequence[tuple[Session, Session]]) -> frozenset[str]:
    """Write sessions whose version is still that before; the ids of the others."""
    stale = _stale(link, [before for before, _ in changed])
    rows = rows_of([after for before, after in changed if before.id not in stale], link.dialect)
    if rows:
        with link.telling():
            link.dialect.update(link.connection, link.tables.sessions, rows)
        touch(link, {row[1] for row in rows})
    return stale


def delete_sessions(link: Link, sessions: Sequence[Session]) -> frozenset[str]:
    """Remove sessions whose version is still the same; the ids of the others."""
    stale = _stale(link, sessions)
    gone = [session for session in sessions if session.id not in stale]
    _delete(link, link.tables.sessions, "id", {session.id for session in gone})
    touch(link, {session.series_id for session in gone})
    return stale


def _stale(link: Link, sessions: Sequence[Session]) -> frozenset[str]:
    """The ids of sessions that aren't there in this version; the others are locked."""
    if not sessions:
        return frozenset()
    table = link.tables.sessions
    asked = select(table.c.id, table.c.version).where(link.dialect.among(table.c.id, {each.id for each in sessions}))
    versions: dict[str, int] = dict(link.rows(asked.order_by(table.c.id).with_for_update()))
    return frozenset(each.id for each in sessions if versions.get(each.id) != each.version)


def touch(link: Link, series_ids: set[str]) -> None:
    """Count a write to the sessions of some series."""
    table = link.tables.series
    if series_ids:
        there = link.dialect.among(table.c.id, series_ids)
        link.run(table.update().where(there).values(writes=table.c.writes + 1))


# Holds


def hold(link: Link, series_ids: Iterable[str], run_id: str | None) -> None:
    """Hold some series, or release them."""
    table = link.tables.series
    update = table.update().where(link.dialect.among(table.c.id, series_ids))
    link.run(update.values(held_by=run_id, revision=table.c.revision + 1))


# The journal


def read_entries(link: Link, run_id: str, series_ids: Iterable[str] | None = None) -> list[Entry]:
    """What a run did, by series and order: to all, or to some."""
    table = link.tables.journal
    columns = [column for column in table.columns if column.name != "number"]
    statement = select(*columns).where(table.c.run_id == run_id).order_by(table.c.series_id, table.c.nth)
    if series_ids is not None:
        statement = statement.where(link.dialect.among(table.c.series_id, series_ids))
    return [_entry(link, row) for row in link.rows(statement)]


def _entry(link: Link, row: Row) -> Entry:
    run, series, nth, kind, at, actor_id, role, made, changed, activated, undone_at, undone_by = row
    with reading_row(f"what the run {run} did to series {series}", link.tables.journal.name, series_id=series):
        return Entry(
            run_id=run,
            series_id=series,
            nth=nth,
            kind=kind,
            at=at,
            actor=Actor(actor_id, role=role),
            made=made_from_text(made),
            changed=changed_from_text(changed),
            activated=activated,
            undone_at=undone_at,
            undone_by=undone_by,
        )


def read_runs(link: Link, beginning: str, limit: int) -> list[Run]:
    """The runs of the journal, the latest first."""
    table = link.tables.journal
    kind, at, number = func.max(table.c.kind), func.max(table.c.at), func.max(table.c.number)
    # Of the entries of a run to a series, at most the last isn't undone.
    standing = func.count().filter(table.c.undone_at.is_(None))
    statement = select(table.c.run_id, kind, at, func.count(table.c.series_id.distinct()), standing)
    if beginning:
        statement = statement.where(func.substr(table.c.run_id, 1, len(beginning)) == beginning)
    in_order = statement.group_by(table.c.run_id).order_by(at.desc(), number.desc(), table.c.run_id)
    names = ("id", "kind", "at", "series", "standing")
    return [Run(**dict(zip(names, row, strict=True))) for row in link.rows(in_order.limit(limit))]


def record(link: Link, entries: Sequence[Entry]) -> None:
    """Keep what a run did, or that it was undone."""
    table = link.tables.journal
    ((last,),) = link.rows(select(func.coalesce(func.max(table.c.number), 0)))
    numbers = range(last + 1, last + 1 + len(entries))
    is_new = all(entry.undone_at is None for entry in entries)
    if is_new and link.add(table, journal_rows(entries, numbers, link.dialect)):
        return
    known: dict[tuple[str, str, int], int] = {}
    for run_id, nth in sorted({(entry.run_id, entry.nth) for entry in entries}):
        series_ids = [entry.series_id for entry in entries if (entry.run_id, entry.nth) == (run_id, nth)]
        theirs = link.dialect.among(table.c.series_id, series_ids)
        there = and_(table.c.run_id == run_id, table.c.nth == nth, theirs)
        found = link.rows(select(table.c.series_id, table.c.number).where(there))
        known.update(((run_id, series_id, nth), number) for series_id, number in found)
        link.run(table.delete().where(there))
    keys = ((entry.run_id, entry.series_id, entry.nth) for entry in entries)
    numbers_kept = [known.get(key, number) for key, number in zip(keys, numbers, strict=True)]
    link.add(table, journal_rows(entries, numbers_kept, link.dialect))


# The archive


def archive_series(link: Link, series_id: str, at: datetime) -> None:
    """Take a series out of what is live."""
    table, archive = link.tables.series, link.tables.archive
    found = link.rows(select(table.c.document, table.c.members_tracked).where(table.c.id == series_id))
    if not found:
        raise UnknownNameError("series", series_id)
    ((document, tracked),) = found
    members = _grouped(link, link.tables.members, "series_id", _MEMBER, series_id).get(series_id, [])
    with reading_row(f"series {series_id}", table.name, BY_IMPORT, series_id=series_id):
        row = archive_row(series_from(document, tuple(members) if tracked else None))
    link.run(archive.delete().where(archive.c.series_id == series_id))
    link.run(archive.insert().values(**row, archived_at=at))
    _remove_series(link, {series_id})


def read_archived(link: Link, series_id: str) -> Series:
    """A series that was archived."""
    archive = link.tables.archive
    found = link.rows(select(archive.c.document, archive.c.members).where(archive.c.series_id == series_id))
    if not found:
        raise UnknownNameError("archived series", series_id)
    with reading_row(f"archived series {series_id}", archive.name, series_id=series_id):
        return archived_from(*found[0])
