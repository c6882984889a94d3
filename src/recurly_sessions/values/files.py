"""Texts and files to plain data and back, in TOML and JSON, with the lines on which TOML's keys stand.

The readers open the file that they're given, the one thing below the adapters that isn't pure.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from recurly_sessions.errors import DocumentError, Problem, shown

LARGEST: Final = 32 * 1024 * 1024


class Source:
    """Where a document comes from: its name for people, and the line of a path where the format tells."""

    def __init__(self, name: str, lines: dict[str, int] | None = None) -> None:
        self.name = name
        self._lines = lines or {}

    def line(self, path: str) -> int | None:
        """The line of a path, or of the nearest thing around it that has one."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None


def from_toml(path_or_text: str | Path) -> tuple[Mapping[str, Any], Source]:
    """Parse TOML, with the lines on which its keys stand."""
    text, name = _text_of(path_or_text, sign="=")
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        message = f"not TOML: {str(error)[: found.start()] if found else error}"
        raise DocumentError(name, (Problem("", message, int(found[1]) if found else None),)) from None
    except RecursionError:
        raise DocumentError(name, (Problem("", "not TOML that can be read: nested too deeply"),)) from None
    return data, Source(name, _toml_lines(text))


def from_json(path_or_text: str | Path) -> tuple[Mapping[str, Any], Source]:
    """Parse JSON."""
    text, name = _text_of(path_or_text, sign="{")
    try:
        data = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise DocumentError(name, (Problem("", f"not JSON: {error.msg}", error.lineno),)) from None
    except (RecursionError, ValueError) as error:
        raise DocumentError(name, (Problem("", f"not JSON that can be read: {shown(str(error))}"),)) from None
    if not isinstance(data, dict):
        raise DocumentError(name, (Problem("", f"must be an object with series, got {shown(data)}"),))
    return data, Source(name)


def _text_of(path_or_text: str | Path, *, sign: str) -> tuple[str, str]:
    """The text itself, or of the file: a str is a path if it's one line without the sign of the format in it."""
    if isinstance(path_or_text, str) and ("\n" in path_or_text or sign in path_or_text or not path_or_text.strip()):
        name, text = "the text", path_or_text
    else:
        path = Path(path_or_text)
        name = str(path)
        if path.stat().st_size > LARGEST:
            raise DocumentError(name, (Problem("", f"larger than {LARGEST // 2**20} MB; split the school"),))
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DocumentError(name, (Problem("", f"not UTF-8 text: {error.reason} at byte {error.start}"),)) from None
    if len(text) > LARGEST:
        raise DocumentError(
            name, (Problem("", f"longer than {LARGEST // 2**20} million characters; split the school"),)
        )
    return text, name


_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(
    r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)


def _toml_lines(text: str) -> dict[str, int]:
    """Say on which line each table and key stands; what is in an inline table stands on the line of its key."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    quotes = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quotes:
            quotes = "" if quotes in line else quotes
            continue
        if header := _HEADER.fullmatch(line):
            table = _table(header[2], counts, new=header[1] == "[[")
            lines[table] = number
        elif key := _KEY.match(line):
            lines.setdefault(joined(table, ".".join(_names(key[1]))), number)
            quotes = _left_open(line[key.end() :])
    return lines


def _table(header: str, counts: dict[str, int], *, new: bool) -> str:
    """The path of a table, with the places of the arrays that it stands in."""
    path = ""
    names = _names(header)
    for place, name in enumerate(names):
        path = joined(path, name)
        if new and place == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted)]


def _left_open(value: str) -> str:
    for quotes in ('"""', "'''"):
        if value.count(quotes) % 2:
            return quotes
    return ""


def joined(path: str, name: str) -> str:
    """The path of something below a path."""
    return f"{path}.{name}" if path else name


# Writing


def to_json(data: Mapping[str, Any]) -> str:
    """Write data as JSON."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def to_toml(data: Mapping[str, Any]) -> str:
    """Write data as TOML: plain keys first, then tables, then arrays of tables, as people write it."""
    return "\n".join(_toml_table(data, ())).strip("\n") + "\n"


def _toml_table(data: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    later = {key: value for key, value in data.items() if _is_table(value) or _are_tables(value)}
    for key, value in data.items():
        if key not in later:
            yield f"{_toml_key(key)} = {_toml_value(value)}"
    for key, value in later.items():
        path = (*names, key)
        header = ".".join(_toml_key(name) for name in path)
        for table in value if isinstance(value, list) else [value]:
            if isinstance(value, list) or not table or not all(map(_is_table, table.values())):
                yield from ("", f"[[{header}]]" if isinstance(value, list) else f"[{header}]")
            yield from _toml_table(table, path)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and "kind" not in value


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _toml_key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key, re.ASCII) else _toml_string(key)


def _toml_value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _toml_string(value)
        case list():
            return "[" + ", ".join(_toml_value(each) for each in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{_toml_key(key)} = {_toml_value(each)}" for key, each in value.items()) + " }"
        case _:
            return str(value)


def _toml_string(text: str) -> str:
    """A basic string: JSON's escapes are TOML's too, but for the one character that only TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
