"""Commands that find what is wrong and mend it: `check`, `cancel`, `add`, `rename`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain, count, groupby
from typing import Final, TypeVar

import attrs
import click

from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.errors import CommandError, in_words
from recurly_sessions.cli.names import no_session, series_of
from recurly_sessions.cli.options import DRY_RUN, NO_NOTIFY, YES, at_desk, examples, refused
from recurly_sessions.config import config_for, zone_of
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import to_date, to_end_time, to_time
from recurly_sessions.operations.call_off import call_off_session
from recurly_sessions.operations.check import Fault, MakeUp, check_calendar
from recurly_sessions.operations.edit import add_session, rename_session, session_by_hand
from recurly_sessions.render.text import when
from recurly_sessions.render.words import LONGEST_REASON, safe
from recurly_sessions.time.clock import resolve, since_midnight
from recurly_sessions.time.zones import zone_named

T = TypeVar("T")

_MOST: Final = 100  # of one kind that are shown
_MANY: Final = {
    "unreadable": "rows that can't be read",
    "failed": "series that can't be planned",
    "issue": "to see to in the school",
    "held": "held series",
    "orphan": "orphans",
    "duplicate": "duplicates",
    "gap": "gaps",
    "drift": "drifted",
    "open": "without a tutor",
    "clash": "clashes",
}
_SAID_OTHERWISE: Final = {"call it off", "leave it"}  # of the choices, with how
_KINDS: Final = """\
unreadable  rows of the database that can't be read; the rest is looked at
failed      a series or a slot that can't be planned, so nobody knows what it lacks
to see to   what no plan can put right: a tutor who isn't there, a rule that is none
held        nothing is done to the series since a run was undone
orphans     sessions whose series or slot is gone
duplicates  two sessions of a series at the same time
gaps        sessions that should be there, and aren't
drifted     sessions that aren't as their series says
no tutor    sessions that nobody teaches, though tutors take turns there
clashes     a tutor, a member or a room booked twice, or a tutor who is away
"""
_LINES: Final = _KINDS.splitlines()


class _WithKinds(click.Command):
    """A command whose help ends with what it finds, in two columns as wide as the terminal lets them be."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click asks
        """Write the kinds."""
        with formatter.section("What it finds"):
            formatter.write_dl([(kind, said.lstrip()) for kind, _, said in (line.partition("  ") for line in _LINES)])


@click.command("check", cls=_WithKinds, short_help="Find what is wrong, and what mends it.")
@at_desk()
def check(desk: Desk) -> int:
    """Find what is wrong with the sessions to come, each with what mends it. Nothing is written.

    Exits with 1 if something is wrong.
    """
    with desk.store() as store, desk.screen.working("Checking"):
        faults = [attrs.evolve(fault, why=in_words(fault.why)) for fault in check_calendar(store, now=desk.now)]
    for kind, same in groupby(faults, key=lambda fault: fault.kind):
        of_kind = list(same)
        desk.screen.title(f"{_MANY[kind]}: {len(of_kind):,}")
        shown = of_kind[:_MOST]
        for _, group in groupby(shown, key=lambda fault: _alike(desk, fault)):
            together = list(group)
            for fault in together:
                is_whole = fault.session_id is None and fault.series_id is not None and fault.kind != "unreadable"
                desk.screen.say(f"  {fault.series_id} {fault.why}" if is_whole else f"  {fault.why}")
            for way in _ways(desk, together):
                desk.screen.say(f"    {way}")
        if len(of_kind) > _MOST:
            desk.screen.say(f"  … and {len(of_kind) - _MOST:,} more; --json lists them all")
        desk.screen.say()
    desk.screen.say(_summary(faults))
    desk.screen.data([{"fault": fault, "mend": _mend(desk, fault)} for fault in faults])
    return 1 if faults else 0


def _alike(desk: Desk, fault: Fault) -> object:
    """What faults have in common that are mended together."""
    return fault.series_id if fault.mend == "declare" else (_mend(desk, fault), fault.choices, fault.rule)


def _ways(desk: Desk, together: Sequence[Fault]) -> list[str]:
    """The ways out of faults that are alike, a line each: of a clash there are several."""
    fault = together[0]
    if fault.mend == "declare":
        which = fault.session_id if len(together) == 1 else None
        return [f"mend: {_declare(desk, fault)}", f"else: {_call_off(desk, which)}"]
    mend = _mend(desk, fault)
    if fault.make_up is not None:
        edit = f"call off that day in your school file, with one session fewer in package {fault.make_up.package_id}"
        return [f"mend: {mend}", f"keep: {edit}, then: {desk.command('import', 'FILE', writes=True)}"]
    if fault.rule is None:
        return [f"mend: {mend}"]
    others = [each for each in fault.choices if each not in _SAID_OTHERWISE]
    instead = [f"or: {safe(', '.join(others), LONGEST_REASON)}"] if others else []
    edit = f'write {fault.rule} = "ignore" into the config of series {fault.series_id} in your school file'
    return [f"mend: {mend}", *instead, f"keep: {edit}, then: {desk.command('import', 'FILE', writes=True)}"]


def _mend(desk: Desk, fault: Fault) -> str:
    """The command that mends a fault, or what a person has to do."""
    match fault.mend:
        case "apply":
            return desk.command("apply", "--series", fault.series_id or "", writes=True)
        case "release":
            return desk.command("release", fault.series_id or "", writes=True)
        case "call-off":
            return _call_off(desk, fault.session_id)
        case "rename":
            return desk.command("rename", fault.session_id or "", writes=True)
        case "add":
            assert fault.make_up is not None, "it's what is to be added"
            return desk.command("add", fault.series_id or "", *_options(fault.make_up), writes=True)
        case "declare":
            return f"{_declare(desk, fault)}; else: {_call_off(desk, fault.session_id)}"
        case "edit":
            what = "that" if fault.series_id is None else f"series {fault.series_id}"
            then = desk.command("import", "FILE", writes=True)
            return f"correct {what} in your school file, or leave it if it's right there, then: {then}"
        case "assign":
            edit = f"let somebody of series {fault.series_id} have that turn in your school file, or say "
            edit += 'pattern = "manual" there if turns are given by hand'
            return f"{edit}, then: {desk.command('import', 'FILE', writes=True)}"
        case "save":
            return desk.command("import", "FILE", writes=True)
        case "restore":
            return "correct the row in the database, or put back a copy of it"
        case other:
            raise AssertionError(other)


def _options(make_up: MakeUp) -> Iterator[str]:
    """The options of `add` for a lesson that is proposed; words in capitals where there's no time for it."""
    day, start, end = "DAY", "TIME", "TIME"
    if make_up.starts_at is not None and make_up.ends_at is not None:
        zone = zone_named(make_up.timezone)
        begins, ends = zone.local(make_up.starts_at), zone.local(make_up.ends_at)
        day, start, end = f"{begins:%Y-%m-%d}", f"{begins:%H:%M}", f"{ends:%H:%M}"
    yield from ("--on", day, "--start", start, "--end", end)
    if make_up.tutor_id is not None:
        yield from ("--tutor", make_up.tutor_id)
    yield from ("--package", make_up.package_id)


def _declare(desk: Desk, fault: Fault) -> str:
    then = desk.command("import", "FILE", writes=True)
    return f"if series {fault.series_id} should be there, import a file that has it: {then}"


def _call_off(desk: Desk, session_id: str | None) -> str:
    """The command that calls off a session, or any that it's given."""
    return desk.command("cancel", session_id or "SERIES/SLOT/DAY", writes=True)


def _summary(faults: list[Fault]) -> str:
    if not faults:
        return "Nothing is wrong."
    return "1 fault." if len(faults) == 1 else f"{len(faults):,} faults."


@click.command("cancel", short_help="Call off one session.")
@click.argument("session_id", metavar="SERIES/SLOT/DAY")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the people who take part.")
@DRY_RUN
@NO_NOTIFY
@YES
@at_desk(writes=True)
def cancel(desk: Desk, *, session_id: str, reason: str, dry_run: bool, no_notify: bool, yes: bool) -> None:
    """Call off one session to come. No plan brings it back; `undo` does.

    To call off a day or a week of a slot, write that into the school file: the turns are dealt accordingly then.

    It asks on a terminal, and needs --yes elsewhere.
    """
    with desk.store(writes=not dry_run) as store:
        if not dry_run:
            desk.agree(f"Call off {session_id}?", yes=yes)
        try:
            after = call_off_session(
                session_id, store, now=desk.now, reason=reason, notify=not no_notify, dry_run=dry_run
            )
        except UnknownNameError:
            there = (each.id for each in store.sessions_of(series_of(session_id)))
            raise no_session(session_id, store.school(), there) from None
    if dry_run:
        tutor = f", by {after.tutor_id}" if after.tutor_id is not None else ""
        desk.screen.say(f"Would call off: {after.id}, on {when(after.starts_at, after.timezone)}{tutor}.")
    else:
        desk.screen.say(f"Called off: {after.id}.")
    desk.screen.data(after)


def _day(ctx: click.Context, param: click.Parameter, value: str) -> date:
    return _typed(ctx, param, value, to_date)


def _time(ctx: click.Context, param: click.Parameter, value: str) -> timedelta:
    return since_midnight(_typed(ctx, param, value, to_end_time if param.name == "end" else to_time))


def _typed(ctx: click.Context, param: click.Parameter, value: str, convert: Callable[[str], T]) -> T:
    """What was typed for an option, as it's kept."""
    try:
        return convert(value)
    except InvalidValueError as error:
        raise click.BadParameter(refused(error), ctx, param) from None


@click.command(
    "add",
    short_help="Add one session by hand.",
    epilog=examples("recurly-sessions add maths --on 2026-10-24 --start 10:00 --end 11:30 --tutor amina"),
)
@click.argument("series_id", metavar="SERIES")
@click.option("--on", "day", required=True, callback=_day, metavar="DAY", help="Its day, e.g. 2026-10-24.")
@click.option("--start", required=True, callback=_time, metavar="TIME", help="When it begins, where the series is.")
@click.option("--end", required=True, callback=_time, metavar="TIME", help="When it ends; the next day if not later.")
@click.option("--tutor", metavar="ID", help="Who teaches it. Without it, nobody does yet.")
@click.option("--package", metavar="ID", help="The package of which it is. Without it, that of its day.")
@DRY_RUN
@NO_NOTIFY
@YES
@at_desk(writes=True)
def add(
    desk: Desk,
    *,
    series_id: str,
    day: date,
    start: timedelta,
    end: timedelta,
    tutor: str | None,
    package: str | None,
    dry_run: bool,
    no_notify: bool,
    yes: bool,
) -> None:
    """Add one session to a SERIES by hand, beside those of its slots: no plan touches it, and `cancel` calls it off.

    In a package it makes up for a lesson of it that was called off by hand or missed.
    """
    with desk.store(writes=not dry_run) as store:
        school = store.school()
        series = school.one(series_id)
        zone = zone_of(series, config_for(school, series))
        begins = resolve(zone, day, start)
        ends = resolve(zone, day + timedelta(days=end <= start), end)
        if begins <= desk.now:
            raise CommandError(f"{when(begins, zone.name)} has passed", "add a session to come")
        session = session_by_hand(school, series_id, starts_at=begins, ends_at=ends, tutor_id=tutor, package_id=package)
        stored = store.sessions_of(series_id)
        there = next((each for each in stored if each.is_open and each.starts_at == begins), None)
        if there is not None:
            raise CommandError(f"{there.id} begins then already", "choose another time, or call that one off")
        session = attrs.evolve(session, id=_free(session.id, {each.id for each in stored}))
        if not dry_run:
            desk.confirm(f"Add {session.id}?", yes=yes)
            session = add_session(session, store, now=desk.now, notify=not no_notify)
    by = f", by {tutor}" if tutor is not None else ""
    of_package = f", of package {session.package_id}" if session.package_id is not None else ""
    told = "Would add" if dry_run else "Added"
    desk.screen.say(f"{told}: {session.id}, on {when(begins, session.timezone)}{by}{of_package}.")
    desk.screen.data(session)


def _free(session_id: str, taken: Container[str]) -> str:
    """An id that no session has: the first that was off stays as it is."""
    numbered = (f"{session_id} ({number})" for number in count(2))
    return next(each for each in chain([session_id], numbered) if each not in taken)


@click.command("rename", short_help="Free the id of a lesson that is due.")
@click.argument("session_id", metavar="SERIES/SLOT/DAY")
@YES
@at_desk(writes=True)
def rename(desk: Desk, *, session_id: str, yes: bool) -> None:
    """Give a session that has the id of a lesson which it isn't another id, so that the lesson can be made.

    That is what a change of the database by hand may leave: `check` finds it. Nothing else about the session changes,
    and nobody is told.
    """
    with desk.store(writes=True) as store:
        desk.confirm(f"Give {session_id} another id?", yes=yes)
        try:
            after = rename_session(session_id, store, now=desk.now)
        except UnknownNameError:
            there = (each.id for each in store.sessions_of(series_of(session_id)))
            raise no_session(session_id, store.school(), there) from None
    desk.screen.say(f"Renamed: {session_id} is {after.id} now. Next: {desk.command('check')}")
    desk.screen.data(after)
