"""What people are to be told: kept with the change that it tells of, taken by one at a time, and marked when it's done.

Notices that were claimed together stay together: their key is made then, and kept, so that the same digest has the
same key whenever it's delivered again. What is told of the run later is another digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from recurly_sessions.adapters.sql.dialects import Row
from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.adapters.sql.rows import as_text
from recurly_sessions.store import Digest, Notice, Recipient, Told, digest_of

_TOGETHER: Final = ("run_id", "role", "recipient_id", "key")  # what the notices of one digest have in common


def tell(link: Link, notices: Iterable[Notice]) -> None:
    """Keep notices; one that is there already stays as it is."""
    table = link.tables.notices
    told = {_key_of(notice): notice for notice in notices}
    if not told:
        return
    runs = {notice.run_id for notice in told.values()}
    there = link.rows(
        select(table.c.run_id, table.c.series_id, table.c.nth, table.c.role, table.c.recipient_id).where(
            link.dialect.among(table.c.run_id, runs)
        )
    )
    for key in there:
        told.pop(key, None)
    link.run(
        table.insert(),
        [
            {
                "run_id": notice.run_id,
                "series_id": notice.series_id,
                "nth": notice.nth,
                "role": notice.recipient.role,
                "recipient_id": notice.recipient.id,
                "told": as_text(notice.told),
                "attempts": 0,
                "given_up": False,
            }
            for notice in told.values()
        ],
    )


def _key_of(notice: Notice) -> Row:
    return (notice.run_id, notice.series_id, notice.nth, *notice.recipient)


def told(link: Link, run_id: str, series_id: str, nth: int) -> frozenset[str]:
    """The sessions of which somebody was told, or may have been, because of a run.

    The notices are locked: a worker that is taking them has taken them before we look, or finds them gone.
    """
    asked = _notices(link).where(*_of(link, run_id, series_id, nth)).order_by(link.tables.notices.c.place)
    tried = (row for row in link.rows(asked.with_for_update()) if row[7])
    return frozenset(each.session_id for row in tried for each in _notice(row).told)


def take_back(link: Link, run_id: str, series_id: str, nth: int) -> None:
    """Forget what nobody has tried to deliver."""
    table = link.tables.notices
    link.run(table.delete().where(*_of(link, run_id, series_id, nth), _never_tried(link)))


def _of(link: Link, run_id: str, series_id: str, nth: int) -> list[ColumnElement[bool]]:
    table = link.tables.notices.c
    return [table.run_id == run_id, table.series_id == series_id, table.nth == nth]


def _never_tried(link: Link) -> ColumnElement[bool]:
    table = link.tables.notices.c
    return and_(table.attempts == 0, table.delivered_at.is_(None))


def claim(link: Link, *, now: datetime, until: datetime, limit: int) -> list[Digest]:
    """Take digests that are due, the oldest first.

    Whoever locks the first notice of a digest has all of it, so that two never share one.
    """
    table, due = link.tables.notices, _due(link, now)
    together = [table.c[name] for name in _TOGETHER]
    firsts = select(func.min(table.c.place)).where(due).group_by(*together)
    asked = select(table.c.place).where(table.c.place.in_(firsts), due).order_by(table.c.place).limit(limit)
    locked = [row[0] for row in link.rows(asked.with_for_update(skip_locked=True))]
    first = table.alias("first")
    same = [table.c[name].is_not_distinct_from(first.c[name]) for name in _TOGETHER]
    belonging = _notices(link).add_columns(first.c.place).join(first, and_(*same)).where(first.c.place.in_(locked), due)
    digests: dict[int, list[Row]] = {place: [] for place in locked}
    for *row, place in link.rows(belonging.order_by(table.c.place).with_for_update(of=table)):
        digests[place].append(tuple(row))
    return [_claimed(link, rows, until) for rows in digests.values() if rows]


def _claimed(link: Link, rows: list[Row], until: datetime) -> Digest:
    table = link.tables.notices
    key, attempts = rows[0][6:8]
    digest = digest_of(list(map(_notice, rows)), attempt=attempts + 1)
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


def put_off(link: Link, digest: Digest, *, until: datetime | None) -> None:
    """Keep when a digest is due again, or that it never is."""
    table = link.tables.notices
    update = table.update().where(table.c.key == digest.key, table.c.delivered_at.is_(None))
    link.run(update.values(due_at=until, claimed_until=None, given_up=until is None))


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


def _notice(row: Row) -> Notice:
    run_id, series_id, nth, role, recipient_id, told, *_ = row
    return Notice(
        run_id=run_id,
        series_id=series_id,
        nth=nth,
        recipient=Recipient(role, recipient_id),
        told=tuple(Told(*each) for each in json.loads(told)),
    )
