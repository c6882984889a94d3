"""How far long work has come, on a terminal: a spinner, and a bar once it's known how much there is."""

from __future__ import annotations

import threading
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from recurly_sessions.operations.progress import Progress

_MOMENT: Final = 0.5  # seconds; what takes no longer shows nothing


class WorkingBar:
    """Shows what is being done for as long as a block lasts; what was cut short stays to be read."""

    def __init__(self, console: Console, what: str) -> None:
        self._bar = Bar(SpinnerColumn(), TextColumn("{task.description} …"), console=console, transient=True)
        self._task = self._bar.add_task(what, total=None)
        self._later = threading.Timer(_MOMENT, self._bar.start)
        self._later.daemon = True

    def __enter__(self) -> Self:
        self._later.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._later.cancel()
        self._later.join()
        self._bar.live.transient = kind is None
        self._bar.stop()

    def tell(self, progress: Progress) -> None:
        """Show how far it is."""
        self._bar.columns = _COUNTED
        self._bar.update(
            self._task,
            description=progress.doing.capitalize(),
            completed=progress.done,
            total=progress.total,
        )


class _Series(ProgressColumn):
    """So many series of so many."""

    def render(self, task: Task) -> Text:
        """The numbers, in words."""
        return Text(f"{int(task.completed):,} of {int(task.total or 0):,} series")


_COUNTED: Final = (TextColumn("{task.description}"), BarColumn(), _Series(), TimeElapsedColumn())
