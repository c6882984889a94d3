"""Where the command line begins: before anything that only the extra `cli` brings is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

OF_EXTRA: Final = {"alembic", "click", "psycopg", "rich", "sqlalchemy"}
# What a shell says of a program that SIGINT, SIGPIPE or SIGTERM has ended.
INTERRUPTED: Final = 130
READER_GONE: Final = 141
TERMINATED: Final = 143


def main(args: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    try:
        from recurly_sessions.cli.app import run  # noqa: PLC0415 - who hasn't installed the extra is told so

        return run([*sys.argv[1:]] if args is None else [*args])
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in OF_EXTRA:
            raise
        sys.stderr.write(
            f"error: the command line needs {missing}, which isn't installed\n"
            "hint: python -m pip install 'recurly-sessions[cli]'\n"
        )
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
