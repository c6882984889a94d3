"""A database as it's typed, to a URL that can be opened: what may hold a password is never said again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from recurly_sessions.cli.errors import CommandError

DEFAULT_FILE: Final = "recurly-sessions.db"
_EXAMPLE: Final = "a database is school.db, sqlite:///school.db, or postgresql://user:password@host/name"
# What looks like a URL or a connection string, and would be taken for the path of a file.
_NO_PATH: Final = re.compile(r"@|\b(host|password|user)\s*=|^[a-z][\w+.-]+:", re.IGNORECASE)


def url_of(typed: str | None) -> str:
    """The URL of a database, which may be typed as the path of a SQLite file; what can be neither is refused."""
    from sqlalchemy import exc, make_url  # noqa: PLC0415 - takes long, and not all commands need it

    typed = typed or DEFAULT_FILE
    if "://" not in typed:
        if _NO_PATH.search(typed) and not Path(typed).exists():
            raise CommandError("what names the database is neither a URL nor the path of a file", _EXAMPLE)
        return f"sqlite:///{typed}"
    try:
        made = make_url(typed)
    except ValueError:
        raise CommandError("the port in the URL of the database must be a number", _EXAMPLE) from None
    except exc.ArgumentError:
        raise CommandError("the URL of the database can't be read", _EXAMPLE) from None
    if "@" in (made.host or ""):
        hint = f"write each @ in a user's name or a password as %40; {_EXAMPLE}"
        raise CommandError("the URL of the database has an @ too many", hint)
    return typed


def shown_url(typed: str) -> str:
    """A database as it was typed, without its password."""
    from sqlalchemy import make_url  # noqa: PLC0415 - as above

    if "://" not in typed:
        return typed
    made = make_url(url_of(typed))
    if "password" in made.query:
        made = made.update_query_dict({"password": "***"})
    return made.render_as_string(hide_password=True)


def file_of(url: str) -> tuple[bool, Path | None]:
    """Whether a database is on this machine alone, and its file."""
    from sqlalchemy import make_url  # noqa: PLC0415 - as above

    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        return False, None
    named = made.database
    return True, None if named in {None, "", ":memory:"} or named.startswith("file:") else Path(named)
