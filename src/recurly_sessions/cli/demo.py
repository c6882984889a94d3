"""`demo`: a small school from its file to a calendar, by the same commands that anybody would type."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import click

from recurly_sessions.cli.address import DEFAULT_FILE
from recurly_sessions.cli.desk import DATABASE, PROGRAM, refuse_if_switched_off
from recurly_sessions.cli.errors import CommandError

_SCHOOL: Final = "school.toml"
_CALENDAR: Final = "calendar.html"
_LATER_ON: Final = "2026-10-05T08:30Z"

SCHOOL: Final = """\
# A small school. Change what you like, then: recurly-sessions import school.toml

[base]
weeks_ahead = 5

[[tutors]]
id = "amina"
name = "Amina"
hourly_rate = "30 EUR"

[[tutors]]
id = "luc"
name = "Luc"
hourly_rate = "28 EUR"

[[tutors]]
id = "zoe"
name = "Zoé"
hourly_rate = "32 EUR"

[[closures]]
id = "autumn"
first_day = 2026-10-19
last_day = 2026-10-21
reason = "autumn holidays"

[[series]]
id = "maths"
timezone = "Europe/Paris"
starts_on = 2026-10-05
members = ["ben", "chi"]
assignments = [
  { id = "amina", tutor_id = "amina", pattern = "round_robin" },
  { id = "luc", tutor_id = "luc", pattern = "round_robin" },
]

[[series.slots]]
id = "mon"
days = "MO"
start = "18:00"
end = "19:30"

[[series]]
id = "english"
timezone = "America/New_York"
starts_on = 2026-10-05
members = ["dan"]
assignments = [{ id = "zoe", tutor_id = "zoe", pattern = "round_robin" }]

[[series.slots]]
id = "early"
days = "TU"
start = "07:00"
duration = 45

[[series]]
id = "art"
timezone = "Europe/Paris"
starts_on = 2026-10-05
members = ["eve", "fay", "gus"]
assignments = [
  { id = "zoe", tutor_id = "zoe", pattern = "round_robin" },
  { id = "amina", tutor_id = "amina", pattern = "round_robin" },
]

[[series.slots]]
id = "wed"
days = "WE"
start = "16:00"
end = "17:30"

[[series.slots]]
id = "sat"
days = "SA"
start = "10:00"
end = "11:30"

[[series]]
id = "piano"
timezone = "Europe/London"
starts_on = 2026-10-05
members = ["hal"]
assignments = [{ id = "luc", tutor_id = "luc", pattern = "round_robin" }]
packages = [{ id = "four", starts_on = 2026-10-05, ends_on = 2026-12-18, sessions = 4 }]

[[series.slots]]
id = "thu"
days = "TH"
start = "17:15"
duration = 45
"""


def _at(time: str) -> tuple[str, str]:
    """What counts as now, on the day of the story."""
    return "--now", f"2026-10-05T{time}Z"


class _Edit(NamedTuple):
    """Lines that are added to the school file, behind others that are there."""

    behind: str
    lines: str


_LATER: Final = _Edit('end = "19:30"\n', 'phases = [{ from_day = 2026-10-26, start = "19:00" }]\n')
_TRIP: Final = _Edit(
    'start = "07:00"\nduration = 45\n',
    """
[[series.cancellations]]
id = "trip"
slot_id = "early"
first_day = 2026-10-12
last_day = 2026-10-18
reason = "school trip"
""",
)


class _Scene(NamedTuple):
    """What happens, in words; what is written into the school file before; and the commands."""

    words: str
    edit: _Edit | None
    commands: tuple[tuple[str, ...], ...]


_STORY: Final = (
    _Scene(
        "Four classes, three tutors and a holiday stand in school.toml. Bring them into a database, and look at what "
        "should be on the calendar of two. The clocks go back in Paris, and a week later in New York: the lessons stay "
        "at their hour.",
        None,
        (("import", _SCHOOL), ("plan", "--series", "maths", "--series", "english", *_at("08:00"))),
    ),
    _Scene(
        "Make it so, for all of them. A second run finds nothing to do.",
        None,
        (("apply", "--yes", "--quiet", *_at("08:00")), ("plan", *_at("08:05"))),
    ),
    _Scene(
        "From 26 October on, maths begins at seven. Say so in school.toml:",
        _LATER,
        (("import", _SCHOOL), ("apply", "--yes", *_at("08:10"))),
    ),
    _Scene(
        "English is off for a week: a school trip.",
        _TRIP,
        (("import", _SCHOOL), ("apply", "--yes", *_at("08:20"))),
    ),
    _Scene(
        "The trip was a mistake: take that run back. The class is held until somebody has looked at it.",
        None,
        (("runs",), ("undo", "last", "--yes", *_at("08:30")), ("check", *_at("08:30"))),
    ),
    _Scene(
        "Look at a week, and at everything as a page in your browser.",
        None,
        (("show", "--week", "2026-10-26"), ("show", "--all", "--html", _CALENDAR, *_at("08:30"))),
    ),
)
_NEXT: Final = (
    (f"{PROGRAM} explain maths/mon/2026-10-26 --now {_LATER_ON}", "why a session is what it is"),
    (f"{PROGRAM} next maths --now {_LATER_ON}", "who teaches next"),
    (f"{PROGRAM} deliver --now {_LATER_ON}", "what people are told"),
    (f"{PROGRAM} plan", "what today's calendar lacks; without --now, the clock of this machine counts"),
    (f"{PROGRAM} --help", "all commands"),
)


@click.command("demo", short_help="Show everything once, in an empty folder.")
@click.argument("folder", type=click.Path(file_okay=False), required=False)
@click.option("--debug", is_flag=True, expose_value=False, help="Show where an error comes from.")
@click.pass_context
def demo(ctx: click.Context, *, folder: str | None) -> int:
    """Show everything once, in an empty folder: a school from its file to a calendar. It takes a few seconds.

    It writes school.toml, recurly-sessions.db and calendar.html into FOLDER, which is made if it isn't there, or into
    the current one, and prints each command that it performs: you can type them yourself. The story takes place in
    October 2026, so --now says what counts as now.
    """
    refuse_if_switched_off()
    for name in (_SCHOOL, DEFAULT_FILE, _CALENDAR):
        path = Path(folder or "") / name
        if path.exists():
            hint = f"let it make another folder: {PROGRAM} demo my-school"
            raise CommandError(f"{path} is there already, and the demo would write over it", hint)
    if folder is None:
        return _tell(ctx)
    Path(folder).mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(folder):
        return _tell(ctx)


def _tell(ctx: click.Context) -> int:
    """Tell the story in the current folder."""
    Path(_SCHOOL).write_text(SCHOOL, encoding="utf-8")
    root = ctx.find_root().command
    with _own_database():
        for scene in _STORY:
            click.secho(click.wrap_text(scene.words, width=100), bold=True)
            if scene.edit is not None:
                _write(scene.edit)
            click.echo()
            for step in scene.commands:
                click.secho(f"$ {shlex.join((PROGRAM, *step))}", fg="cyan")
                root.main(args=list(step), prog_name=PROGRAM, standalone_mode=False)
                click.echo()
    where = "this folder" if ctx.params["folder"] is None else f"the folder {ctx.params['folder']}"
    click.secho(f"That was all. Open {_CALENDAR} in a browser. What to try next, in {where}:", bold=True)
    click.echo()
    for command, what in _NEXT:
        click.echo(f"$ {command}")
        click.echo(f"    {what}")
    return 0


def _write(edit: _Edit) -> None:
    """Add lines to the school file, and show them."""
    path = Path(_SCHOOL)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(edit.behind, edit.behind + edit.lines), encoding="utf-8")
    for line in edit.lines.strip().splitlines():
        click.secho(f"  + {line}", fg="green")


@contextmanager
def _own_database() -> Iterator[None]:
    """Use the file in the current folder, whatever database the environment names."""
    named = os.environ.pop(DATABASE, None)
    try:
        yield
    finally:
        if named is not None:
            os.environ[DATABASE] = named
