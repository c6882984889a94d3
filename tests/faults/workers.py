"""Workers in processes of their own, and the points at which they are killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

POINTS: Final = int(os.environ.get("FAULT_POINTS", "8"))  # for each task and database
TURNS: Final = max(2, POINTS // 10)  # of many workers at once


class Zygote:
    """The process that forks workers; what is in a folder of its own comes before what is installed."""

    def __init__(self, *folders: Path) -> None:
        command = [sys.executable, "-m", "tests.faults.zygote"]
        root = Path(__file__).parent.parent.parent
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, folders), str(root), *sys.path])}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=root
        )

    def run(self, *workers: dict[str, Any]) -> list[dict[str, Any]]:
        """Let some workers run at once, and say how each ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(workers) + "\n")
        self._process.stdin.flush()
        ends = json.loads(self._process.stdout.readline())
        errors = [end["error"] for end in ends if end.get("error")]
        assert not errors, errors[0]
        return list(ends)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def points(count: int, seed: str, most: int = POINTS) -> list[int]:
    """Where to kill: everywhere if that's not too often, else at the beginning, the end, and some points between."""
    if count <= most:
        return list(range(1, count + 1))
    between = random.Random(seed).sample(range(2, count), most - 2)
    return [1, *sorted(between), count]
