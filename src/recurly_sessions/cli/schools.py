"""Commands that bring a school into a database and out of it: `import`, `export`."""

from __future__ import annotations

from pathlib import Path

import attrs
import click

from recurly_sessions.cli.desk import Desk, read_school
from recurly_sessions.cli.errors import CommandError
from recurly_sessions.cli.options import YES, at_desk, examples
from recurly_sessions.values.school import School


@click.command(
    "import",
    short_help="Bring a school file into the database.",
    epilog=examples("recurly-sessions import school.toml"),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--keep", is_flag=True, help="Keep the series that the file doesn't have.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@YES
@at_desk(writes=True)
def import_school(desk: Desk, *, file: str, keep: bool, dry_run: bool, yes: bool) -> None:
    """Make the school of the database that of FILE (TOML or JSON). Sessions are left to `plan` and `apply`.

    A database that isn't there is made. Series that the file doesn't have are gone afterwards, their sessions stay:
    that is asked for on a terminal, and elsewhere needs --yes, or --keep.
    """
    school = read_school(file)
    with desk.store(writes=not dry_run, creates=True) as store:
        before = store.school()
        if keep:
            school = _with_others(school, before)
        new, changed, gone = _differences(before, school)
        for word, ids in (("new", new), ("changed", changed), ("gone", gone)):
            if ids:
                desk.screen.say(f"{word}: {', '.join(ids)}")
        if before != school and not (new or changed or gone):
            desk.screen.say("changed: what all series share")
        if not dry_run:
            if gone and not yes:
                _agree(desk, gone)
            store.save(school)
    told = "Would import" if dry_run else "Imported"
    then = "" if dry_run else f" Next: {desk.command('plan')}"
    desk.screen.say(f"{told}: {len(school.series):,} series.{then}")
    desk.screen.data({"series": len(school.series), "new": new, "changed": changed, "gone": gone})


def _with_others(school: School, before: School) -> School:
    """A school with the series of another that it lacks; its tutors, closures and rules are its own."""
    known = {series.id for series in school.series}
    return attrs.evolve(school, series=(*school.series, *(each for each in before.series if each.id not in known)))


def _differences(before: School, after: School) -> tuple[list[str], list[str], list[str]]:
    """The ids of the series that are new, changed and gone."""
    were = {series.id: series for series in before.series}
    are = {series.id: series for series in after.series}
    changed = [each for each, series in are.items() if each in were and were[each] != series]
    return [each for each in are if each not in were], changed, [each for each in were if each not in are]


def _agree(desk: Desk, gone: list[str]) -> None:
    if not desk.is_attended:
        hint = "give --yes if that is right, or --keep to keep them"
        raise CommandError(f"the file doesn't have the series {', '.join(gone)}, which would be gone", hint)
    desk.confirm(f"Let {', '.join(gone)} go? The sessions stay.", yes=False)


@click.command(
    "export",
    short_help="Write the school to a file.",
    epilog=examples("recurly-sessions export > school.toml", "recurly-sessions export school.json"),
)
@click.argument("file", type=click.Path(dir_okay=False), required=False)
@click.option("--yes", "-y", is_flag=True, help="Don't ask before writing over a FILE that is there.")
@at_desk()
def export(desk: Desk, *, file: str | None, yes: bool) -> None:
    """Write the school of the database as TOML, to FILE or to the output; as JSON to a FILE.json, or with --json.

    To write over a FILE with something else in it is asked for on a terminal, and elsewhere needs --yes.
    """
    with desk.store() as store:
        school = store.school()
    as_json = desk.screen.as_json or (file is not None and Path(file).suffix.lower() == ".json")
    text = school.to_json() if as_json else school.to_toml()
    if file is None:
        click.echo(text, nl=False)
    else:
        if _holds_something_else(Path(file), text):
            desk.agree(f"Write over {file}?", yes=yes)
        desk.screen.write(file, text)


def _holds_something_else(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() not in {b"", text.encode()}
