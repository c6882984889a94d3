"""Commands about the database: `db upgrade`, `db current`, `db check`, and `prune`."""

from __future__ import annotations

import click

from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.options import CHANGES, DETAILED, YES, at_desk, examples
from recurly_sessions.operations.prune import LEAST, prune
from recurly_sessions.store import Pruned


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
        store.check()
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
    """See whether the tables are those that this release needs, and whole."""
    with desk.store() as store:
        store.check()
        revision = store.current()
    desk.screen.say(f"The tables are as they should be: {revision}.")
    desk.screen.data({"revision": revision, "ok": True})


@click.command("prune", short_help="Forget what is long over.", epilog=examples("recurly-sessions prune --days 180"))
@click.option(
    "--days", type=click.IntRange(LEAST.days, 36_500), default=365, show_default=True, metavar="N",
    help="Forget what is older than so many days.",
)  # fmt: skip
@click.option("--dry-run", "-d", is_flag=True, help="Only say how much that is.")
@YES
@DETAILED
@at_desk(writes=True)
def prune_store(desk: Desk, *, days: int, dry_run: bool, yes: bool, detailed_exitcode: bool) -> int:
    """Forget the runs of long ago, with what people were told of them: they can't be undone any more.

    All series and sessions stay. So does a run of which somebody still has to be told.
    """
    with desk.store(writes=not dry_run) as store:
        if not dry_run:
            would = prune(store, now=desk.now, days=days, dry_run=True)
            if _told(would):
                desk.confirm(f"Forget {_told(would)}?", yes=yes)
        pruned = prune(store, now=desk.now, days=days, dry_run=dry_run)
    told = _told(pruned) or "nothing"
    desk.screen.say(f"{'Would forget' if dry_run else 'Forgotten'}: {told}. All sessions stay.")
    if pruned.waiting:
        one = pruned.waiting == 1
        runs = "1 run that is as old stays" if one else f"{pruned.waiting:,} runs that are as old stay"
        deliver = desk.command("deliver", writes=True)
        desk.screen.say(f"{runs}, since {'its' if one else 'their'} messages wait: {deliver}")
    desk.screen.data(pruned)
    return CHANGES if dry_run and detailed_exitcode and _told(pruned) else 0


def _told(pruned: Pruned) -> str:
    parts = (
        (pruned.entries, "entry of the journal", "entries of the journal (one a run and series)"),
        (pruned.notices, "message", "messages"),
        (pruned.job_runs, "run of the job", "runs of the job"),
    )
    return ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in parts if count)
