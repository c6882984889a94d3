"""What pages show of the command line is what it says: their console blocks are typed, in order, in an empty folder.

A ```toml block whose first line is a comment with a file's name becomes that file. Of a ```console block, commands that
are `recurly-sessions` (or `sqlite3`, which breaks something by hand) are run; a line "…" stands for any lines. Ids of
runs and versions of tzdata may differ.
"""

import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click
import pytest

from recurly_sessions.cli.app import commands
from tests.cli.terminal import Terminal

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    "README.md",
    "docs/tutorial/command-line.md",
    "docs/how-to/operate-a-school.md",
    "docs/how-to/when-a-command-fails.md",
]
BLOCK: Final = re.compile(r"^```(toml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Shown(NamedTuple):
    """A command on a page, and what the page says that it says."""

    command: str
    lines: list[str]


def shown_in(block: str) -> Iterator[Shown]:
    if demo := re.search(r"^\$ (recurly-sessions demo .*)\n", block, re.MULTILINE):  # which shows commands itself
        yield from shown_in(block[: demo.start()])
        yield Shown(demo[1], block[demo.end() :].rstrip().splitlines())
        return
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = part.rstrip().splitlines()
        yield Shown(command, lines)


def run(command: str, terminal: Terminal) -> list[str] | None:
    """What a command says on a terminal; None if it isn't one of ours."""
    program, *args = shlex.split(command)
    if program == "sqlite3":
        with sqlite3.connect(args[0]) as connection:
            connection.execute(args[1])
        connection.close()
        return []
    if program != "recurly-sessions":
        return None
    typed = terminal(*args, now=None)
    return [line.rstrip() for line in (typed.out + typed.err).rstrip().splitlines()]


def is_as_shown(shown: list[str], said: list[str]) -> bool:
    pattern = "".join("(?:.*\n)*?" if line == "…" else re.escape(plain(line)) + "\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{plain(line)}\n" for line in said)) is not None


def plain(line: str) -> str:
    line = re.sub(r"\b[0-9a-f]{12}\b", "<run>", line)
    return re.sub(r"tzdata \w+", "tzdata", line)


@pytest.mark.requirement("FR-009")
@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_what_the_command_line_says(folder: Path, bare: Terminal, page: str) -> None:
    ran = 0
    for language, block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        if language == "toml":
            if name := re.match(r"# (\S+\.toml)\n", block):
                (folder / name[1]).write_text(block, encoding="utf-8")
            continue
        for shown in shown_in(block):
            said = run(shown.command, bare)
            if said is not None:
                ran += 1
                assert is_as_shown(shown.lines, said), "\n".join([f"$ {shown.command}", *said])

    assert ran


def test_a_page_that_shows_something_else_is_noticed() -> None:
    assert is_as_shown(["a", "…", "d"], ["a", "b", "c", "d"])
    assert is_as_shown(["Run 0123456789ab"], ["Run ba9876543210"])
    assert not is_as_shown(["a", "…", "d"], ["a", "b", "c"])
    assert not is_as_shown(["a.c"], ["abc"])


def every_command(group: click.Group = commands, above: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def test_the_reference_names_every_command_and_every_option() -> None:
    text = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    everywhere, _, of_commands = text.partition("## Commands")
    sections = dict(re.findall(r"^### ([a-z ]+)\n(.*?)(?=^###? |\Z)", of_commands, re.MULTILINE | re.DOTALL))

    assert list(sections) == [name for name, _ in every_command()]
    for name, command in every_command():
        for parameter in command.params:
            told = [each for each in parameter.opts if each.startswith("--")]
            assert all(f"`{each}" in everywhere + sections[name] for each in told), (name, told)
