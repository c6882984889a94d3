"""Commands about the tables: `db upgrade`, `db current`, `db check`."""

from __future__ import annotations

import click

from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.options import at_desk


@click.group("db", short_help="See to the tables of the database.")
def db() -> None:
    """See to the tables of the database: which revision they have, and bringing them up to date."""


@db.command("upgrade")
@at_desk(writes=True)
def upgrade(desk: Desk) -> None:
    """Create the tables, or bring them up to date. Make a copy of the database first."""
    with desk.store(writes=True, creates=True) as store:
        before = store.current()
        store.upgrade()
        after = store.current()
    desk.screen.say(f"Up to date: {after}." if before == after else f"Upgraded: {before or 'no tables'} → {after}.")
    desk.screen.data({"before": before, "after": after})


@db.command("current")
@at_desk()
def current(desk: Desk) -> None:
    """Say which revision the tables have."""
    with desk.store() as store:
        revision = store.current()
    desk.screen.say(str(revision))
    desk.screen.data({"revision": revision})


@db.command("check")
@at_desk()
def check(desk: Desk) -> None:
    """See whether the tables are those that this release needs."""
    with desk.store() as store:
        store.check()
        revision = store.current()
    desk.screen.say(f"The tables are as they should be: {revision}.")
    desk.screen.data({"revision": revision, "ok": True})
