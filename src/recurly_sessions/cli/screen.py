"""What a command has to say: text or JSON to the output, notes and progress to the error output."""

from __future__ import annotations

import enum
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import attrs
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recurly_sessions.fields import as_plain
from recurly_sessions.operations.progress import OnProgress
from recurly_sessions.render.words import aligned, safe
from recurly_sessions.values.money import Money

MOST: Final = 20  # of what could be thousands that are told
_WIDEST: Final = 10_000  # of a table in a pipe, where nothing is cut or folded
_LONGEST: Final = 400
_IN_UTC: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


def in_color() -> bool:
    """Whether the output is a terminal that shows colors, and nobody asked for none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


@attrs.frozen
class Screen:
    """Says things in words, or as JSON."""

    as_json: bool = False

    def say(self, text: str = "") -> None:
        """Say something in words, if it isn't to be JSON; colors in it go no further than a terminal."""
        if not self.as_json:
            click.echo(text, color=in_color())

    def title(self, text: str) -> None:
        """Say what comes next."""
        self.say(click.style(text, bold=True))

    def data(self, value: object) -> None:
        """Say something as JSON, if it is to be that."""
        if self.as_json:
            click.echo(json.dumps(as_data(value), indent=2, ensure_ascii=False))

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Say something in columns."""
        if self.as_json:
            return
        color = in_color()
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold" if color else "")
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(Text(safe(cell, _LONGEST)) for cell in row))
        width = None if sys.stdout.isatty() else _WIDEST
        console = Console(file=sys.stdout, width=width, highlight=False, markup=False, no_color=not color)
        with console.capture() as captured:
            console.print(table)
        click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()), color=color)

    def columns(self, rows: Sequence[Sequence[str]]) -> None:
        """Say lines whose columns line up, without headings."""
        for line in aligned([[safe(cell, _LONGEST) for cell in row] for row in rows]):
            self.say(line.rstrip())

    def note(self, text: str) -> None:
        """Say something beside the output, for whoever watches."""
        click.echo(text, err=True)

    @contextmanager
    def working(self, what: str) -> Iterator[OnProgress | None]:
        """Show that something takes a while, on a terminal; what it yields is told how far it is."""
        console = Console(stderr=True)
        if self.as_json or not console.is_terminal or os.environ.get("TERM") == "dumb":
            yield None
            return
        from recurly_sessions.cli.bar import WorkingBar  # noqa: PLC0415 - takes a while itself, and few look at it

        with WorkingBar(console, what) as bar:
            yield bar.tell

    def write(self, path: str, text: str) -> None:
        """Write a file, and say so."""
        Path(path).write_text(text, encoding="utf-8")
        self.say(f"Wrote {path}.")


def some(names: Sequence[str]) -> str:
    """Names in a line, which ends where there are too many to be read."""
    more = f" … and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def as_data(value: object) -> object:
    """A value as what JSON can hold."""
    match value:
        case enum.Enum():
            return value.value
        case Money():
            return str(value)
        case date() | timedelta():
            return as_plain(value) if not isinstance(value, timedelta) else value.total_seconds()
        case str() if _IN_UTC.fullmatch(value):
            return value.replace("+00:00", "Z")
        case Mapping():
            return {str(key): as_data(each) for key, each in value.items()}
        case tuple() if hasattr(value, "_asdict"):
            return as_data(value._asdict())
        case tuple() | list():
            return [as_data(each) for each in value]
        case AbstractSet():
            return sorted(map(str, value))
        case object(__attrs_attrs__=fields):
            return {field.name: as_data(getattr(value, field.name)) for field in fields}
        case _:
            return value
