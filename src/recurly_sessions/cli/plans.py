"""Commands that plan and apply: `plan`, `apply`, `migrate`."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import attrs
import click

from recurly_sessions.cli.desk import Desk, read_school, snapshot_of
from recurly_sessions.cli.errors import CommandError, HalfDoneInterrupt, in_words
from recurly_sessions.cli.options import CHANGES, DETAILED, FILE, NO_NOTIFY, YES, What, at_desk, examples, planning
from recurly_sessions.cli.screen import MOST, in_color
from recurly_sessions.cli.stored import every_id
from recurly_sessions.errors import BrakedError, PlanFormatError, RecurlyError, UnreadableError
from recurly_sessions.operations.apply import Applied, apply_plan
from recurly_sessions.operations.check import FAILED
from recurly_sessions.operations.log import log_applied, log_plan
from recurly_sessions.operations.migrate import WEEKS, Migrated, migrated, plan_migration
from recurly_sessions.planning.plan import Plan
from recurly_sessions.render.words import LONGEST_REASON, safe
from recurly_sessions.store import Store
from recurly_sessions.values.school import Snapshot
from recurly_sessions.values.series import SeriesStatus

if TYPE_CHECKING:
    from recurly_sessions.adapters.sql import SqlStore

_MOST_LINES: Final = 400  # of a plan that is about to be applied
SHORT: Final = 12  # characters of a run's id that are shown


@click.command(
    "plan",
    short_help="Show what should change, and why.",
    epilog=examples(
        "recurly-sessions plan school.toml",
        "recurly-sessions plan --series maths --weeks 8 --html plan.html",
        "recurly-sessions plan --out plan.json && recurly-sessions apply plan.json",
    ),
)
@FILE
@planning
@click.option("--html", metavar="FILE", help="Write the plan as a calendar, to be opened in a browser.")
@click.option("--out", metavar="FILE", help="Save the plan, for `apply FILE`.")
@click.option("--summary", "-q", is_flag=True, help="Show only how much would change, and issues.")
@click.option("--conflicts", is_flag=True, help="Show only what is booked twice, with what can be done about it.")
@DETAILED
@at_desk()
def plan(
    desk: Desk,
    *,
    file: str | None,
    what: What,
    html: str | None,
    out: str | None,
    summary: bool,
    conflicts: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what should change on the calendar, and why. Nothing is written.

    --json is the whole plan, as --out saves it; with --summary it's the numbers, with --conflicts those alone.

    FILE is a school in TOML or JSON (`recurly-sessions init` writes one); no database is needed for it. If one is
    named, by --database or by the variable RECURLY_SESSIONS_DATABASE, the plan is what FILE would do to the sessions in
    it, once it's imported. Without FILE, the school and the sessions are those of the database.
    """
    with desk.screen.working("Reading"):
        read = _read(desk, file, what)
    made = _planned(desk, what, read)
    log_plan(made)
    if conflicts:
        desk.screen.say(made.conflict_table(color=in_color()) if made.conflicts else "No conflicts.")
        desk.screen.data(made.conflict_sheet())
    elif summary:
        _sum_up(desk, made)
    elif desk.screen.as_json:
        click.echo(made.to_json(), nl=False)
    else:
        desk.screen.say(made.as_text(color=in_color()))
    if html is not None:
        desk.screen.write(html, made.as_html())
    if out is not None:
        desk.screen.write(out, made.to_json())
        if file is None:
            desk.screen.say(f"Apply it: {desk.command('apply', out, writes=True)}")
    _tell_unreadable(desk, read)
    return 1 if read.unreadable else _exit_code(made, detailed=detailed_exitcode)


@click.command(
    "apply",
    short_help="Make the calendar what it should be.",
    epilog=examples(
        "recurly-sessions apply", "recurly-sessions apply --series maths --yes", "recurly-sessions apply plan.json"
    ),
)
@click.argument("file", metavar="[PLAN.json]", type=click.Path(exists=True, dir_okay=False), required=False)
@planning
@click.option("--dry-run", "-d", is_flag=True, help="Only show the plan.")
@click.option("--quiet", "-q", is_flag=True, help="Don't show the plan.")
@click.option("--override-brake", is_flag=True, help="Apply it even if it cancels or moves more than max_changes.")
@NO_NOTIFY
@YES
@DETAILED
@at_desk(writes=True)
def apply(
    desk: Desk,
    *,
    file: str | None,
    what: What,
    dry_run: bool,
    quiet: bool,
    override_brake: bool,
    no_notify: bool,
    yes: bool,
    detailed_exitcode: bool,
) -> int:
    """Make the calendar what it should be: plan now and apply that, or apply a plan that was saved.

    Each series is written as a whole or not at all. What has changed since a plan was saved is refused, and the rest
    is applied. What was applied before isn't done again, so after an interruption apply the same again.
    """
    if file is not None and what != What():
        raise click.UsageError("a saved plan says what it plans: give --series, --weeks and --window to `plan`")
    made = _saved(desk, file) if file is not None else None
    read: _Read | None = None
    with desk.store(writes=not dry_run) as store:
        if made is None:
            with desk.screen.working("Reading"):
                read = _readable(store, *what.series, now=desk.now)
            made = _planned(desk, what, read)
            _tell_unreadable(desk, read)
        log_plan(made)
        is_partial = read is not None and bool(read.unreadable)
        if dry_run or not (desk.screen.as_json or quiet):
            _show(desk, made, whole=dry_run)
        if dry_run:
            return 1 if is_partial else _exit_code(made, detailed=detailed_exitcode)
        if made.braked and not override_brake:
            raise BrakedError(tuple(issue.message for issue in made.issues if issue.code == "brake"))
        if made or _drafts(made):
            desk.confirm("Apply this plan?", yes=yes)
        applied = _apply(desk, made, store, kind="apply", notify=not no_notify, brake=not override_brake)
    log_applied(applied)
    if made and not quiet:
        desk.screen.say()
    _tell(desk, applied)
    desk.screen.data({**attrs.asdict(applied, recurse=False), "run_id": _written_by(applied)})
    return 1 if applied.refused or is_partial else _exit_code(made)


@click.command(
    "migrate",
    short_help="Make only the sessions that are missing.",
    epilog=examples("recurly-sessions migrate --dry-run", "recurly-sessions migrate --weeks 8 --no-notify"),
)
@click.option("--dry-run", "-d", is_flag=True, help="Only show the plan that the live run would apply.")
@click.option(
    "--weeks", "-w", type=click.IntRange(1, 520), default=WEEKS, show_default=True, metavar="N",
    help="Make sessions so many weeks ahead.",
)  # fmt: skip
@click.option("--series", metavar="ID", multiple=True, help="Migrate this series only; may be repeated.")
@NO_NOTIFY
@YES
@DETAILED
@at_desk(writes=True)
def migrate(
    desk: Desk,
    *,
    dry_run: bool,
    weeks: int,
    series: tuple[str, ...],
    no_notify: bool,
    yes: bool,
    detailed_exitcode: bool,
) -> int:
    """Make the sessions that are missing, and change nothing that is there: for a first run over an existing calendar.

    It visits the active series with active slots, and goes on when one of them fails. It ends with a summary.

    No connection: see to the database, or name it by --database; then run it again. Nothing generated: is the series
    ACTIVE, has it an active slot, is auto_generate on, is it held (`check` tells), do its days lie in the weeks
    ahead? Errors of a series: they are named in the summary with the reason; mend the series, import it, and run it
    again for it alone (--series ID): what is made already isn't made twice.
    """
    with desk.store(writes=not dry_run) as store:
        with desk.screen.working("Planning"):
            read = _readable(store, *series, now=desk.now, whole=True)
            made = _of_others(read, plan_migration(read.snapshot, now=desk.now, weeks=weeks, only=series or None))
        _tell_unreadable(desk, read)
        log_plan(made)
        if dry_run or not desk.screen.as_json:
            _show(desk, made, whole=dry_run)
        applied: Applied | None = None
        if not dry_run:
            if made:
                desk.confirm("Make these sessions?", yes=yes)
            applied = _apply(desk, made, store, kind="migrate", notify=not no_notify)
            log_applied(applied)
            desk.screen.say()
            _tell(desk, applied)
    summary = migrated(made, applied)
    desk.screen.say()
    desk.screen.say(str(summary))
    _advise(desk, summary)
    if not dry_run:
        run_id = None if applied is None else _written_by(applied)
        desk.screen.data({"run_id": run_id, **attrs.asdict(summary, recurse=False)})
    if summary.errors or read.unreadable:
        return 1
    return CHANGES if dry_run and detailed_exitcode and made else 0


class _Read(NamedTuple):
    """What could be read to be planned, what of the rest couldn't, and the series that are left out for that."""

    snapshot: Snapshot
    unreadable: tuple[UnreadableError, ...] = ()
    left_out: frozenset[str | None] = frozenset()


def _read(desk: Desk, file: str | None, what: What) -> _Read:
    if file is not None:
        return _Read(desk.snapshot(file))
    with desk.store() as store:
        return _readable(store, *what.series, now=desk.now)


def _readable(store: SqlStore, *series_ids: str, now: datetime, whole: bool = False) -> _Read:
    """What `snapshot_of` reads, or the `whole`, but for series that can't be read, or sessions of which can't.

    Their other sessions stand as they are, so that nobody is booked twice. What all are planned from has to be
    readable, and so do series that are named; then of others nothing is told.
    """
    try:
        return _Read(store.snapshot(now=now) if whole else snapshot_of(store, *series_ids, now=now))
    except UnreadableError:
        snapshot, unreadable = store.readable(now=now)
    for error in unreadable:
        if error.series_id is None or error.series_id in series_ids:
            raise error
    left_out = frozenset(error.series_id for error in unreadable)
    series = [each for each in snapshot.school.series if each.id not in left_out]
    rest = attrs.evolve(snapshot, school=attrs.evolve(snapshot.school, series=series))
    return _Read(rest, () if series_ids else unreadable, left_out)


def _tell_unreadable(desk: Desk, read: _Read) -> None:
    for error in read.unreadable[:MOST]:
        desk.screen.note(f"left out: {in_words(error.what)}")
    if len(read.unreadable) > MOST:
        desk.screen.note(f"… and {len(read.unreadable) - MOST:,} more")
    if read.unreadable:
        desk.screen.note(f"All of it, and what mends it: {desk.command('check')}")


def _planned(desk: Desk, what: What, read: _Read) -> Plan:
    with desk.screen.working(f"Planning {len(read.snapshot.school.series):,} series"):
        return _of_others(read, what.plan(read.snapshot, desk.now))


def _of_others(read: _Read, made: Plan) -> Plan:
    """A plan without what it tells of series that were left out, as if they were gone."""
    issues = (each for each in made.issues if each.code != "unknown-series" or each.series_id not in read.left_out)
    return attrs.evolve(made, issues=tuple(issues)) if read.left_out else made


def _sum_up(desk: Desk, made: Plan) -> None:
    """Say how much would change, and what a person should see to."""
    desk.screen.say(made.summary())
    for issue in made.issues[:MOST]:
        desk.screen.say(f"  ! {issue.series_id or 'the school'}  {issue.code}  {safe(issue.message, LONGEST_REASON)}")
    if len(made.issues) > MOST:
        desk.screen.say(f"  … and {len(made.issues) - MOST:,} more")
    parts = {"creates": made.creates, "updates": made.updates, "cancels": made.cancels, "reinstates": made.reinstates}
    counts = {name: len(changes) for name, changes in parts.items()}
    counts |= {"unchanged": len(made.unchanged), "conflicts": len(made.conflicts)}
    desk.screen.data({**counts, "issues": made.issues})


def _advise(desk: Desk, summary: Migrated) -> None:
    """Say what to do about errors of series, and where to look if nothing was generated."""
    for series_id in dict(summary.errors):
        again = desk.command("migrate", "--series", series_id, writes=True)
        desk.screen.say(f"mend {series_id} in the school file, import that, then: {again}")
    if not summary.generated and not summary.errors:
        desk.screen.say(
            "nothing to generate: either nothing is missing in these weeks, or no series is ACTIVE with an active slot "
            f"and auto_generate, or they are held; see: {desk.command('check')}"
        )


def _exit_code(made: Plan, *, detailed: bool = False) -> int:
    """What a command ends with that shows a plan, or has applied all of it."""
    if any(issue.code in FAILED for issue in made.issues):
        return 1
    return CHANGES if detailed and made else 0


def _saved(desk: Desk, file: str) -> Plan:
    try:
        return Plan.from_json(Path(file).read_text(encoding="utf-8"))
    except PlanFormatError:
        if not _is_school(file):
            raise
        hint = f"{desk.command('import', file, writes=True)}; then: {desk.command('apply', writes=True)}"
        raise CommandError(f"{file} is a school, and not a saved plan", hint) from None


def _is_school(file: str) -> bool:
    try:
        read_school(file)
    except RecurlyError:
        return False
    return True


def _apply(desk: Desk, made: Plan, store: Store, *, kind: str, notify: bool, brake: bool = True) -> Applied:
    """Apply a plan; where that is interrupted, say how much of it was done."""
    try:
        with desk.screen.working("Applying") as on_progress:
            return apply_plan(made, store, now=desk.now, notify=notify, brake=brake, on_progress=on_progress, kind=kind)
    except KeyboardInterrupt:
        tell_written(desk, store, made.id)
        raise


def tell_written(desk: Desk, store: Store, run_id: str) -> None:
    """Say how much a run has written that was interrupted, if it's anything."""
    series = len(list(every_id(partial(store.series_of, run_id))))
    if not series:
        return
    undo = desk.command("undo", run_id[:SHORT], writes=True)
    if desk.screen.as_json:
        raise HalfDoneInterrupt({"run_id": run_id, "series": series, "undo": undo})
    desk.screen.note(f"Written so far: {series:,} series. The same command goes on; to take it back: {undo}")


def _written_by(applied: Applied) -> str | None:
    """The id by which what was done can be undone; None if nothing was written."""
    return applied.run_id if applied.series or applied.already else None


def _drafts(made: Plan) -> bool:
    planned = set(made.planned)
    return any(each.status is SeriesStatus.DRAFT and each.id in planned for each in made.school.series)


def _show(desk: Desk, made: Plan, *, whole: bool) -> None:
    """Show a plan: the whole, or as much of it as somebody reads who is about to be asked."""
    lines = made.as_text(color=in_color()).splitlines()
    if whole or len(lines) <= _MOST_LINES:
        desk.screen.say("\n".join(lines))
    else:
        more = f"… and {len(lines) - _MOST_LINES:,} more lines; with --dry-run all of them are shown"
        desk.screen.say("\n".join([*lines[:_MOST_LINES], more, "", made.summary()]))
    if desk.screen.as_json:
        click.echo(made.to_json(), nl=False)


def _tell(desk: Desk, applied: Applied) -> None:
    """Tell what came of a plan, and how to take it back."""
    desk.screen.say(str(applied))
    if applied:
        short = applied.run_id[:SHORT]
        desk.screen.say(f"Run {short}; take it back with: {desk.command('undo', short, writes=True)}")
    if applied.refused:
        desk.screen.note(f"Plan again, and look: {desk.command('plan')}")
