"""Commands that bring a school into a database and out of it: `import`, `export`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Final

import attrs
import click

from recurly_sessions.cli.desk import Desk, read_school
from recurly_sessions.cli.errors import CommandError
from recurly_sessions.cli.options import CHANGES, DETAILED, DRY_RUN, SCHOOL_FILE, YES, at_desk, examples
from recurly_sessions.cli.screen import some
from recurly_sessions.cli.stored import Stored, oddities, stored_in, without_archived
from recurly_sessions.values.school import School

# What is told of series, by the field of `Found`.
_WORDS: Final = {
    "new": "new",
    "changed": "changed",
    "gone": "gone",
    "unreadable": "written anew, since it can't be read",
    "archived": "left in the archive",
}


@click.command(
    "import",
    short_help="Bring a school file into the database.",
    epilog=examples("recurly-sessions import school.toml"),
)
@click.argument("file", type=SCHOOL_FILE)
@click.option("--keep", is_flag=True, help="Keep the series that the file doesn't have.")
@DRY_RUN
@YES
@DETAILED
@at_desk(writes=True)
def import_school(desk: Desk, *, file: str, keep: bool, dry_run: bool, yes: bool, detailed_exitcode: bool) -> int:
    """Make the school of the database that of FILE (TOML or JSON). Sessions are left to `plan` and `apply`.

    `recurly-sessions init` writes a FILE with every kind of entry, each explained.

    A database that isn't there is made. Series that the file doesn't have are gone afterwards, their sessions stay:
    that is asked for on a terminal, and elsewhere needs --yes, or --keep. A series in the archive stays there, unless
    the file gives it a last day to come.
    """
    written = read_school(file)
    with nullcontext() if dry_run else desk.store(writes=True, creates=True) as store:
        stored = desk.stored() if store is None else stored_in(store, now=desk.now)
        school, found = _compared(desk, written, stored, keep=keep)
        if store is not None:
            if found.gone and not yes:
                _agree(desk, found.gone)
            with desk.screen.working(f"Writing {len(school.series):,} series"):
                store.save(school)
    _tell(desk, found)
    if stored.school != school and not (found.new or found.changed or found.gone or found.unreadable):
        desk.screen.say("changed: what all series share")
    told = "Nothing changes" if stored.school == school else "Would import" if dry_run else "Imported"
    then = "" if dry_run else f" Next: {desk.command('plan')}"
    desk.screen.say(f"{told}: {len(school.series):,} series.{then}")
    desk.screen.data({"series": len(school.series), **attrs.asdict(found)})
    return CHANGES if dry_run and detailed_exitcode and stored.school != school else 0


@attrs.frozen(kw_only=True)
class Found:
    """What an import would do to series, by id, and what is odd about the file."""

    new: list[str]
    changed: list[str]
    gone: list[str]
    unreadable: list[str]
    archived: list[str]
    warnings: list[str]


def _compared(desk: Desk, written: School, stored: Stored, *, keep: bool) -> tuple[School, Found]:
    """The school to keep, and what is different then."""
    school, archived = without_archived(written, stored.archived, now=desk.now)
    are = {series.id: series for series in school.series}
    lost = [each for each in stored.unreadable if each not in are]
    if keep:
        if lost:
            hint = "put back a copy of the database, or import a file that has them"
            raise CommandError(f"{some(lost)} can't be kept, since they can't be read", hint)
        school = _with_others(school, stored.school)
        are = {series.id: series for series in school.series}
    were = {series.id: series for series in stored.school.series}
    known = {*were, *stored.unreadable}
    return school, Found(
        new=[each for each in are if each not in known],
        changed=[each for each, series in are.items() if each in were and were[each] != series],
        gone=[*(each for each in were if each not in are), *lost],
        unreadable=[each for each in stored.unreadable if each in are],
        archived=archived,
        warnings=list(oddities(school)),
    )


def _tell(desk: Desk, found: Found) -> None:
    for field, words in _WORDS.items():
        if ids := getattr(found, field):
            desk.screen.say(f"{words}: {some(ids)}")
    if found.archived:
        desk.screen.say("  take them out of the file, or give them a last day to come")
    if not desk.screen.as_json:
        for words in found.warnings:
            desk.screen.note(f"warning: {words}")


def _with_others(school: School, before: School) -> School:
    """A school with the series of another that it lacks; its tutors, closures and rules are its own."""
    known = {series.id for series in school.series}
    return attrs.evolve(school, series=(*school.series, *(each for each in before.series if each.id not in known)))


def _agree(desk: Desk, gone: list[str]) -> None:
    if not desk.is_attended:
        hint = "give --yes if that is right, or --keep to keep them"
        raise CommandError(f"the file doesn't have the series {some(gone)}, which would be gone", hint)
    desk.confirm(f"Let {some(gone)} go? The sessions stay.", yes=False)


@click.command(
    "export",
    short_help="Write the school to a file.",
    epilog=examples("recurly-sessions export > school.toml", "recurly-sessions export school.json"),
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), required=False)
@click.option("--yes", "-y", is_flag=True, help="Don't ask before writing over a FILE that is there.")
@at_desk()
def export(desk: Desk, *, file: str | None, yes: bool) -> None:
    """Write the school of the database as TOML, to FILE or to the output; as JSON to a FILE.json, or with --json.

    "-" is the output. What FILE is written as is said by its name; --json then says what was written.

    To write over a FILE with something else in it is asked for on a terminal, and elsewhere needs --yes.
    """
    with desk.store() as store:
        school = store.school()
    if file is None or file == "-":
        click.echo(school.to_json() if desk.screen.as_json else school.to_toml(), nl=False)
        return
    text = school.to_json() if Path(file).suffix.lower() == ".json" else school.to_toml()
    if _holds_something_else(Path(file), text):
        desk.agree(f"Write over {file}?", yes=yes)
    desk.screen.write(file, text)
    desk.screen.data({"wrote": file})


def _holds_something_else(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() not in {b"", text.encode()}
