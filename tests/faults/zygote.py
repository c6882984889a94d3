"""A process that forks workers to be killed: `python -m tests.faults.zygote`, one JSON command a line.

A fork costs a few milliseconds where a new interpreter costs a second, so hundreds of workers can really be killed.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.operations import apply, undo
from tests.faults.story import school, work


def kill() -> None:
    """End this process without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    """Counts what a worker says to its database, and kills it at a given point."""

    def __init__(self, kill_at: int | None) -> None:
        self.count = 0
        self._kill_at = kill_at

    def step(self, *_: object) -> None:
        """Go one point further."""
        self.count += 1
        if self.count == self._kill_at:
            kill()

    def end(self) -> None:
        """Kill a worker that others left too little to do to come to its point."""
        if self._kill_at is not None:
            kill()

    def listen(self) -> None:
        """Be told of every statement: SQLite tells of each row by itself, other databases of what is sent to them."""
        event.listen(Engine, "connect", self._connected)
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, self.step)

    def _connected(self, connection: Any, _: object) -> None:
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(self.step)


def fork(command: dict[str, Any]) -> int:
    """Start a worker."""
    child = os.fork()
    if child:
        return child
    countdown = Countdown(command.get("kill_at"))
    try:
        countdown.listen()
        if command.get("jitter"):
            time.sleep(random.Random(os.getpid()).random() * command["jitter"])
        folder, more = Path(command["folder"]), command.get("more", {})
        said = work(SqlStore(command["url"]), command["task"], folder, **more)
        if command.get("or_at_end"):
            countdown.end()
        end = {"count": countdown.count, "said": said if isinstance(said, dict) else None}
        (folder / f"end-{os.getpid()}").write_text(json.dumps(end), encoding="utf-8")
    except BaseException:  # noqa: BLE001 - a forked child must never run the parent's code
        Path(command["folder"], f"failed-{os.getpid()}").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(1)
    os._exit(0)


def warm_up() -> None:
    """Load what a worker needs, and find out once what is the same for all: that's half of what many of them do."""
    create_engine("postgresql+psycopg://")
    store = SqlStore("sqlite://")
    store.save(school())
    work(store, "maintain", Path())
    store.close()
    gc.collect()
    gc.freeze()  # so that no worker looks through it for garbage, and has to copy it therefore


def main() -> None:
    """Fork the workers of each command all at once, wait for them, and say how each ended."""
    warm_up()
    for operation in (apply, undo):
        vars(operation)["_MOST_SERIES"] = 2  # so that a few series take several transactions
    for line in sys.stdin:
        children = [(fork(command), command) for command in json.loads(line)]
        ends = []
        for child, command in children:
            _, status = os.waitpid(child, 0)
            ends.append(_end(child, status, Path(command["folder"])))
        sys.stdout.write(json.dumps(ends) + "\n")
        sys.stdout.flush()


def _end(child: int, status: int, folder: Path) -> dict[str, Any]:
    if os.WIFSIGNALED(status):
        return {"killed": True}
    ended, failed = folder / f"end-{child}", folder / f"failed-{child}"
    return {
        "killed": False,
        "error": failed.read_text(encoding="utf-8") if failed.exists() else None,
        **(json.loads(ended.read_text(encoding="utf-8")) if ended.exists() else {}),
    }


if __name__ == "__main__":
    main()
