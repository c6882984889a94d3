"""How far long work has come, on a terminal."""

import io
import threading
from typing import Final

import pytest
from rich.console import Console

from recurly_sessions.cli.bar import WorkingBar
from recurly_sessions.operations.progress import Progress

LONG: Final = 1.5  # seconds; that's for whom the bar is


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system=None, width=100)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_takes_no_longer_than_a_moment_shows_nothing(console: Console) -> None:
    with WorkingBar(console, "Planning") as bar:
        bar.tell(Progress("applying", 1, 2))

    assert shown(console) == ""


def test_what_takes_longer_says_what_it_is_and_then_how_far(console: Console) -> None:
    with WorkingBar(console, "Planning") as bar:
        threading.Event().wait(LONG)
        before = shown(console)
        bar.tell(Progress("applying", 1_000, 2_000))
        threading.Event().wait(LONG)

    assert "Planning …" in before
    assert "Applying ━━━━━━━━━━━━━━━━━━━━                     1,000 of 2,000 series 0:00:0" in shown(console)
    assert shown(console).endswith("\n\x1b[?25h\r\x1b[1A\x1b[2K")  # nothing of it is left


def test_what_is_cut_short_is_left_to_be_read(console: Console) -> None:
    with pytest.raises(KeyboardInterrupt), WorkingBar(console, "Planning") as bar:  # noqa: PT012 - it's what is tested
        bar.tell(Progress("applying", 7, 9))
        threading.Event().wait(LONG)
        raise KeyboardInterrupt

    assert shown(console).endswith("\n\x1b[?25h")
    assert " 7 of 9 series " in shown(console).splitlines()[-2]
