"""What people are to be told: kept with the change that it tells of, taken by one at a time, and marked when it's done.

Notices that were claimed together stay together: their key is made then, and kept, so that the same digest has the
same key whenever it's delivered again. What is told of the run later is another digest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from recurly_sessions.adapters.sql.dialects import Row, Rows
from recurly_sessions.adapters.sql.failures import reading_row
from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.adapters.sql.rows import as_text
from recurly_sessions.store import Digest, Entry, Notice, Recipient, Told, digest_of

_WRITTEN: Final = ("run_id", "series_id", "nth", "role", "recipient_id", "told", "attempts", "given_up")
_TOGETHER: Final = ("run_id", "role", "recipient_id", "key")  # what the notices of one digest have in common
_NOTICES: Final = 20  # of one digest, mostly fewer


def tell(link: Link, notices: Iterable[Notice]) -> None:
    """Keep notices; one that is there already stays as it is."""
    table, among = link.tables.notices, link.dialect.among
    rows = {_key_of(notice): (*_key_of(notice), _told_text(notice), 0, False) for notice in notices}
    if not link.add(table, _rows(rows.values())):
        keys = (table.c.run_id, table.c.series_id, table.c.nth, table.c.role, table.c.recipient_id)
        runs, series = ({key[place] for key in rows} for place in (0, 1))
        for key in link.rows(select(*keys).where(among(table.c.run_id, runs), among(table.c.series_id, series))):
            rows.pop(key, None)
        link.add(table, _rows(rows.values()))


def _rows(rows: Collection[Row]) -> Rows:
    return Rows(_WRITTEN, len(rows), [list(zip(*rows, strict=True))] if rows else [])


def _told_text(notice: Notice) -> str:
    return as_text([each if each.words else each[:3] for each in notice.told])


def _key_of(notice: Notice) -> Row:
    return (notice.run_id, notice.series_id, notice.nth, *notice.recipient)


def told(link: Link, series_ids: Iterable[str]) -> list[Notice]:
    """What somebody was told of some series, or may have been.

    The notices are locked: a worker that is taking them has taken them before we look, or leaves them alone.
    """
    table = link.tables.notices.c
    asked = _notices(link).where(link.dialect.among(table.series_id, series_ids)).order_by(table.place)
    return [_notice(link, row) for row in link.rows(asked.with_for_update()) if row[7]]


def take_back(link: Link, entries: Iterable[Entry]) -> None:
    """Forget what nobody has tried to deliver."""
    for those in _of(link, entries):
        link.run(link.tables.notices.delete().where(those, _never_tried(link)))


def _of(link: Link, entries: Iterable[Entry]) -> Iterator[ColumnElement[bool]]:
    """Which notices are of some entries: mostly they are all of one run, and of its first time."""
    table = link.tables.notices.c
    grouped: dict[tuple[str, int], list[str]] = {}
    for entry in entries:
        grouped.setdefault((entry.run_id, entry.nth), []).append(entry.series_id)
    for (run_id, nth), series_ids in sorted(grouped.items()):
        theirs = link.dialect.among(table.series_id, series_ids)
        yield and_(table.run_id == run_id, table.nth == nth, theirs)


def _never_tried(link: Link) -> ColumnElement[bool]:
    table = link.tables.notices.c
    return and_(table.attempts == 0, table.delivered_at.is_(None))


def claim(link: Link, *, now: datetime, until: datetime, limit: int) -> list[Digest]:
    """Take digests that are due, the oldest first.

    Whoever locks the first notice of a digest has all of it, so that two never share one. We wait for nobody: a digest
    of which another locks a part is left for the next time.
    """
    table, due = link.tables.notices, _due(link, now)
    together = [table.c[name] for name in _TOGETHER]
    oldest = select(table.c.place, *together).where(due).order_by(table.c.place).limit(limit * _NOTICES).subquery()
    firsts = select(func.min(oldest.c.place)).group_by(*(oldest.c[name] for name in _TOGETHER))
    asked = select(*together).where(table.c.place.in_(firsts), due).order_by(table.c.place).limit(limit)
    locked = link.rows(asked.with_for_update(skip_locked=True))
    runs, recipients = {row[0] for row in locked}, {row[2] for row in locked}
    theirs = and_(due, link.dialect.among(table.c.run_id, runs), link.dialect.among(table.c.recipient_id, recipients))
    digests: dict[Row, list[Row]] = {digest: [] for digest in locked}
    ours = _notices(link).where(theirs).order_by(table.c.place).with_for_update(skip_locked=True)
    for row in link.rows(ours):
        digests.get((row[0], row[3], row[4], row[6]), []).append(row)
    whole = Counter(link.rows(select(*together).where(theirs)))
    return [_claimed(link, rows, until) for digest, rows in digests.items() if rows and len(rows) == whole[digest]]


def waiting(link: Link, *, now: datetime) -> int:
    """How many digests are due, and nobody has taken."""
    digests = select(*(link.tables.notices.c[name] for name in _TOGETHER)).where(_due(link, now)).distinct().subquery()
    return int(link.rows(select(func.count()).select_from(digests))[0][0])


def _claimed(link: Link, rows: list[Row], until: datetime) -> Digest:
    table = link.tables.notices
    key, attempts = rows[0][6:8]
    digest = digest_of([_notice(link, row) for row in rows], attempt=attempts + 1)
    assert key in {None, digest.key}, "what was claimed together is claimed together again"
    places = table.c.place.in_([row[8] for row in rows])
    link.run(table.update().where(places).values(key=digest.key, claimed_until=until, attempts=digest.attempt))
    return digest


def _due(link: Link, now: datetime) -> ColumnElement[bool]:
    table = link.tables.notices.c
    return and_(
        table.delivered_at.is_(None),
        ~table.given_up,
        or_(table.due_at.is_(None), table.due_at <= now),
        or_(table.claimed_until.is_(None), table.claimed_until <= now),
    )


def delivered(link: Link, digest: Digest, *, at: datetime) -> None:
    """Keep that a digest was delivered; the first time counts."""
    table = link.tables.notices
    update = table.update().where(table.c.key == digest.key, table.c.delivered_at.is_(None))
    link.run(update.values(delivered_at=at, claimed_until=None))


def put_off(link: Link, digest: Digest, *, until: datetime) -> None:
    """Keep when a digest is due again."""
    table = link.tables.notices
    update = table.update().where(table.c.key == digest.key, table.c.delivered_at.is_(None))
    link.run(update.values(due_at=until, claimed_until=None, given_up=False, given_up_at=None))


def give_up(link: Link, digest: Digest, *, at: datetime) -> None:
    """Keep that a digest is never due again, and since when."""
    table = link.tables.notices
    update = table.update().where(table.c.key == digest.key, table.c.delivered_at.is_(None))
    link.run(update.values(given_up=True, given_up_at=at))


def _notices(link: Link) -> Select[Any]:
    table = link.tables.notices.c
    return select(
        table.run_id,
        table.series_id,
        table.nth,
        table.role,
        table.recipient_id,
        table.told,
        table.key,
        table.attempts,
        table.place,
    )


def _notice(link: Link, row: Row) -> Notice:
    run_id, series_id, nth, role, recipient_id, told, *_ = row
    what = f"what {role} {recipient_id} is told of run {run_id} and series {series_id}"
    with reading_row(what, link.tables.notices.name, series_id=series_id):
        return Notice(
            run_id=run_id,
            series_id=series_id,
            nth=nth,
            recipient=Recipient(role, recipient_id),
            told=tuple(Told(*each) for each in json.loads(told)),
        )
