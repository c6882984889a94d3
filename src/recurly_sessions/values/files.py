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
from recurly_sessions.fields import first_repeated

LARGEST: Final = 32 * 1024 * 1024
_LONGEST_PATH: Final = 4096
_LONGEST_NAME: Final = 80
_MOST_NAMES: Final = 100  # in a dotted key, for which tomllib takes the square of their number
_QUOTES: Final = ('"""', "'''")
# Possessive (+), so that no input makes them try again: each reads a text once.
_SETS: Final = re.compile(r"""\s*([\w."'-]+)\s*=""")
_DEEP: Final = re.compile(rf"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_MOST_NAMES}}}""")
_NAME: Final = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\]|\\.)*+"|'[^']*+'""")
_KEY: Final = re.compile(rf"(?:{_NAME.pattern})(?:[ \t]*+\.[ \t]*+(?:{_NAME.pattern}))*+")
_TOKEN: Final = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*+"|'[^']*+'|\#.*|[\[\]{}]""")


class Source:
    """Where a document comes from: its name for people, and the line of a path where the format tells."""

    def __init__(self, name: str, lines: dict[str, int] | None = None) -> None:
        self.name = name
        self._lines = lines or {}

    def line(self, path: str) -> int | None:
        """The line of a path, of its first member, or of the nearest thing around it that has one."""
        while path:
            for place in (path, f"{path}[0]"):
                if place in self._lines:
                    return self._lines[place]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None


def from_toml(path_or_text: str | Path) -> tuple[Mapping[str, Any], Source]:
    """Parse TOML, with the lines on which its keys stand."""
    text, name = _text_of(path_or_text, signs="=")
    if deep := _DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise DocumentError(name, (Problem("", f"a key of more than {_MOST_NAMES} names", line),))
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        at = int(found[1]) if found else None
        said = str(error)[: found.start()] if found else str(error)
        if at is not None and said == "Cannot overwrite a value" and (key := _SETS.match(text.split("\n")[at - 1])):
            said = f"{cut(key[1])} is said twice"
        raise DocumentError(name, (Problem("", f"not TOML: {cut(said)}", at),)) from None
    except RecursionError:
        raise DocumentError(name, (Problem("", "not TOML that can be read: nested too deeply"),)) from None
    except (ValueError, ArithmeticError) as error:
        raise DocumentError(name, (Problem("", f"not TOML that can be read: {cut(str(error))}"),)) from None
    return data, Source(name, _Lines().of(text))


def from_json(path_or_text: str | Path) -> tuple[Mapping[str, Any], Source]:
    """Parse JSON."""
    text, name = _text_of(path_or_text, signs="{[")
    try:
        data = json.loads(text, parse_float=Decimal, object_pairs_hook=_each_key_once)
    except json.JSONDecodeError as error:
        raise DocumentError(name, (Problem("", f"not JSON: {error.msg}", error.lineno),)) from None
    except RecursionError:
        raise DocumentError(name, (Problem("", "not JSON that can be read: nested too deeply"),)) from None
    except (ValueError, ArithmeticError) as error:
        raise DocumentError(name, (Problem("", f"not JSON that can be read: {cut(str(error))}"),)) from None
    if not isinstance(data, dict):
        raise DocumentError(name, (Problem("", f"must be an object with series, got {shown(data)}"),))
    return data, Source(name)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = first_repeated(name for name, _ in pairs)
    if twice is not None:
        raise ValueError(f"two of the key {cut(twice)!r} in one object")
    return dict(pairs)


def _text_of(path_or_text: str | Path, *, signs: str) -> tuple[str, str]:
    """The text itself, or of the file: a str is a path if it's one line without a sign of the format in it."""
    is_text = isinstance(path_or_text, str) and (
        "\n" in path_or_text or not path_or_text.strip() or any(sign in path_or_text for sign in signs)
    )
    if is_text:
        name, text = "the text", str(path_or_text)
    elif len(str(path_or_text)) > _LONGEST_PATH or "\0" in str(path_or_text):
        message = f"neither the path of a file nor the text of one, got {shown(str(path_or_text))}"
        raise DocumentError("the text", (Problem("", message),))
    else:
        path = Path(path_or_text)
        name = str(path)
        if path.stat().st_size > LARGEST:
            raise DocumentError(name, (Problem("", f"larger than {LARGEST // 2**20} MB; split the school"),))
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise DocumentError(name, (Problem("", "not UTF-8 text; save the file as UTF-8", line),)) from None
    if len(text) > LARGEST:
        raise DocumentError(
            name, (Problem("", f"longer than {LARGEST // 2**20} million characters; split the school"),)
        )
    return text, name


class _Lines:
    """One pass over TOML that is known to be right, to say on which line each table and key stands.

    What is in an inline table or an array stands on the line of its key.
    """

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._counts: dict[str, int] = {}  # how many tables an array has so far
        self._table = ""
        self._quotes = ""  # of a string over several lines that is still open
        self._depth = 0  # how many brackets of a value are still open

    def of(self, text: str) -> dict[str, int]:
        """The line of each path, as in `series[0].slots[1].start`."""
        for number, line in enumerate(text.split("\n"), start=1):
            inside = bool(self._quotes or self._depth)
            stripped = line.strip()
            if not inside and stripped.startswith("["):
                self._open_table(stripped, number)
                continue
            if not inside and (key := _KEY.match(stripped)):
                self._lines.setdefault(joined(self._table, *_names(key[0])), number)
                stripped = stripped[key.end() :]
            self._read_value(stripped)
        return self._lines

    def _open_table(self, header: str, number: int) -> None:
        """Follow a header to its table, past the last member of each array of tables on the way."""
        is_array = header.startswith("[[")
        names = _KEY.match(header.lstrip("[").lstrip())
        assert names is not None, "tomllib has read this header"
        *around, last = _names(names[0])
        path = ""
        for name in around:
            path = self._member(joined(path, name))
        path = joined(path, last)
        if is_array:
            self._counts[path] = self._counts.get(path, -1) + 1
            path = self._member(path)
        self._table = path
        self._lines.setdefault(path, number)

    def _member(self, path: str) -> str:
        return f"{path}[{self._counts[path]}]" if path in self._counts else path

    def _read_value(self, rest: str) -> None:
        """Keep account of what a line leaves open."""
        at = 0
        while at < len(rest):
            if self._quotes:
                at = _end_of_string(rest, self._quotes, at)
                if at < 0:
                    return
                self._quotes = ""
            found = _TOKEN.search(rest, at)
            if found is None or found[0].startswith("#"):
                return
            at = found.end()
            if found[0] in _QUOTES:
                self._quotes = found[0]
            elif found[0] in "[{":
                self._depth += 1
            elif found[0] in "]}":
                self._depth -= 1


def _end_of_string(rest: str, quotes: str, at: int) -> int:
    """Where a string over several lines ends, or -1; a backslash hides a quotation mark in one kind of them."""
    while (end := rest.find(quotes, at)) >= 0:
        slashes = len(rest[at:end]) - len(rest[at:end].rstrip("\\")) if quotes[0] == '"' else 0
        if slashes % 2 == 0:
            end += len(quotes)
            while rest.startswith(quotes[0], end):  # up to two more belong to the string
                end += 1
            return end
        at = end + 1
    return -1


def _names(dotted: str) -> list[str]:
    """The names of a dotted key, without their quotation marks."""
    return [
        next(iter(tomllib.loads(f"{name} = 0"))) if "\\" in name else name[1:-1] if name[0] in "\"'" else name
        for name in _NAME.findall(dotted)
    ]


def joined(path: str, *names: str) -> str:
    """The path of something below a path; names are cut and escaped, so that a path stays one short line."""
    for name in names:
        shown_name = name if name.isprintable() else repr(name)[1:-1]
        path = f"{path}.{cut(shown_name)}" if path else cut(shown_name)
    return path


def cut(text: str) -> str:
    """A text of at most some characters."""
    return text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"


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
