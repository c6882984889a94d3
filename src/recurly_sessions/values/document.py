"""Plain data to values and back: a school file in, a value or everything that is wrong with it out.

The fields of the values say how they're read: their converters check them, and the metadata key `of` names the kind of
nested ones. Here stands only what a document adds: paths, lines, unknown keys, and not stopping at the first problem.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import attrs

from recurly_sessions.errors import DocumentError, InvalidValueError, Problem, shown
from recurly_sessions.fields import OF, WRITE, as_plain, is_default, to_id
from recurly_sessions.patterns import Consecutive, Manual, Pattern, RoundRobin, Weekly
from recurly_sessions.values.config import Config
from recurly_sessions.values.files import Source, joined
from recurly_sessions.values.money import Money

T = TypeVar("T")

BY_ID: Final = "by_id"  # the metadata key of a field whose values stand under their ids
_MOST_PROBLEMS: Final = 1_000
_MOST_NEVER: Final = 10
_PATTERNS: Final = {pattern.kind: pattern for pattern in (RoundRobin, Weekly, Consecutive, Manual)}
_WORDS: Final = (RoundRobin.kind, Manual.kind)  # patterns with no more to say
_AS_TABLE: Final = '{ kind = "weekly", every = 2 } or { kind = "consecutive", n = 2 }'
_MISSING: Final = object()


# From data to values


def read(cls: type[T], data: Mapping[str, Any], source: Source) -> T:
    """Make a value of data, or raise one error with everything that is wrong."""
    reading = _Reading(source)
    value = reading.value(cls, data, "")
    if reading.problems:
        raise DocumentError(source.name, tuple(sorted(reading.problems, key=lambda problem: problem.line or 0)))
    assert isinstance(value, cls), "what has no problems is a value"
    return value


class _Reading:
    """One pass over a document, which goes on after a problem."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.problems: list[Problem] = []
        self._never = 0  # rules that never come: each takes a while to find out

    def value(self, cls: type, data: object, path: str) -> Any:
        """A value of some class, or what is known of it if something in it is wrong."""
        if not isinstance(data, Mapping):
            self._add(path, f"must be a table of {cls.__name__} fields, got {shown(data)}")
            return None
        problems_before = len(self.problems)
        fields = {field.name: field for field in attrs.fields(cls) if field.init and field.name != "unknown"}
        unknown = {str(key): data[key] for key in data if key not in fields}
        parts = {name: self._field(field, data, path) for name, field in fields.items()}
        if cls is Config:
            parts["unknown"] = unknown
        else:
            self._refuse_unknown(unknown, cls, path)
        if len(self.problems) == problems_before:
            return self._whole(cls, parts, path)
        return self._rest(cls, parts, path)

    def _field(self, field: attrs.Attribute[Any], data: Mapping[str, Any], path: str) -> Any:
        place = joined(path, field.name)
        if data.get(field.name) is None:  # JSON's null says nothing
            if field.default is attrs.NOTHING:
                self._add(path, f"{field.name} is missing")
            return _MISSING
        said = data[field.name]
        try:
            if OF in field.metadata:
                return self._nested(field, said, place)
            if field.name == "pattern":
                said = self._pattern(said, place)
            return field.converter(said) if field.converter else said  # type: ignore[operator]
        except InvalidValueError as error:
            self._add(error.where if error.where.startswith(place) else place, _without_place(error))
            return _MISSING

    def _nested(self, field: attrs.Attribute[Any], said: Any, place: str) -> Any:
        cls = field.metadata[OF]
        if cls is Config and BY_ID not in field.metadata:
            return self.value(cls, said, place)
        if field.metadata.get(BY_ID):
            if not isinstance(said, Mapping):
                self._add(place, f"must be tables by id, like [{place}.north], got {shown(said)}")
                return _MISSING
            return self._by_id(cls, said, place)
        if not isinstance(said, (list, tuple)):
            self._add(place, f"must be a list of {cls.__name__} tables, got {shown(said)}")
            return _MISSING
        before = len(self.problems)
        by_id = cls.__name__ in {"Member", "Tutor"}
        values = [
            each if by_id and isinstance(each, str) else self.value(cls, each, f"{place}[{number}]")
            for number, each in enumerate(said)
        ]
        if len(self.problems) == before and field.converter is not None:
            return field.converter(values)  # type: ignore[operator]
        return tuple(value for value in values if value is not None and not isinstance(value, str))

    def _by_id(self, cls: type, said: Mapping[str, Any], place: str) -> dict[str, Any]:
        values = {}
        for key, data in said.items():
            try:
                to_id(key)
            except InvalidValueError as error:
                self._add(joined(place, str(key)), _without_place(error))
            values[key] = self.value(cls, data, joined(place, str(key)))
        return values

    def _pattern(self, said: Any, place: str) -> Pattern | str:
        if isinstance(said, str):
            if said.lower() not in _WORDS:
                rule = f"must be {' or '.join(_WORDS)}, or a table with a kind, like {_AS_TABLE}"
                raise InvalidValueError(place, rule, said)
            return said
        kind = str(said.get("kind")).lower() if isinstance(said, Mapping) else ""
        if kind not in _PATTERNS:
            raise InvalidValueError(place, f"must be a table with kind = one of {', '.join(_PATTERNS)}", said)
        cls = _PATTERNS[kind]
        fields = {key: said[key] for key in said if key != "kind"}
        strange = set(fields) - {field.name for field in attrs.fields(cls)}
        if strange:
            raise InvalidValueError(place, f"must not have {', '.join(sorted(map(str, strange)))}", said)
        try:
            return cls(**fields)
        except InvalidValueError as error:
            _, dot, name = error.where.partition(".")
            raise error.at(joined(place, name) if dot else place) from None
        except TypeError:
            raise InvalidValueError(place, f"must have what {cls.__name__} needs", said) from None

    def _whole(self, cls: type, parts: dict[str, Any], path: str) -> Any:
        try:
            return cls(**{name: part for name, part in parts.items() if part is not _MISSING})
        except InvalidValueError as error:
            if not hasattr(cls, "contradictions"):
                self._add(path, _without_place(error) if error.where == cls.__name__ else str(error))
            return self._rest(cls, parts, path)

    def _rest(self, cls: type, parts: dict[str, Any], path: str) -> Any:
        """Gather what else is wrong with the parts together, and give what is known of them."""
        fields = [field for field in attrs.fields(cls) if field.name in parts]
        known = {field.name: parts[field.name] for field in fields if parts[field.name] is not _MISSING}
        unsaid = {field.name: field.default for field in fields if field.name not in known}
        if hasattr(cls, "contradictions") and attrs.NOTHING not in unsaid.values():
            for field, error in cls.contradictions(SimpleNamespace(**unsaid | known)):
                self._add(f"{path}.{field}", str(error))
                self._never += error.where == "Slot.rrule"
                if self._never > _MOST_NEVER:
                    self._stop()
        return SimpleNamespace(**unsaid | known) if "id" in known else None

    def _refuse_unknown(self, unknown: Mapping[str, object], cls: type, path: str) -> None:
        names = [field.name for field in attrs.fields(cls) if field.init]
        for key in unknown:
            near = difflib.get_close_matches(key[:80], names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names)}"
            self._add(joined(path, key), f"is not a field of {cls.__name__}; {hint}")

    def _add(self, path: str, message: str) -> None:
        problem = Problem(path, message, self._source.line(path))
        if problem not in self.problems[-20:]:
            self.problems.append(problem)
        if len(self.problems) >= _MOST_PROBLEMS:
            self._stop()

    def _stop(self) -> None:
        raise DocumentError(self._source.name, (*self.problems, Problem("", "and maybe more: stopped here")))


def _without_place(error: InvalidValueError) -> str:
    """What a field's error says, without the place that its path says already."""
    return str(error).removeprefix(f"{error.where} ")


# From values to data


def plain(value: Any) -> dict[str, Any]:
    """A value as data that TOML and JSON can hold; only what differs from the defaults."""
    data: dict[str, Any] = {}
    for field in attrs.fields(type(value)):
        if not field.init or is_default(value, field):
            continue
        held = getattr(value, field.name)
        if field.name == "unknown":
            data |= dict(held)
        elif field.metadata.get(BY_ID):
            data[field.name] = {key: plain(member) for key, member in held}
        else:
            write = field.metadata.get(WRITE)
            data[field.name] = write(held).strip("'") if write else _plain(held)
    return data


def _plain(value: object) -> Any:
    match value:
        case RoundRobin() | Weekly() | Consecutive() | Manual():
            fields = plain(value)
            return {"kind": value.kind, **fields} if fields else value.kind
        case Money():
            return str(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else f"{value:f}"
        case tuple():
            return [_plain(member) for member in value]
        case timedelta() if value.total_seconds() % 60:
            raise InvalidValueError("duration", "must be in whole minutes to be written to a file", value)
        case date() | datetime() | time() | timedelta() | str() | bool() | int() | float():
            return as_plain(value)
        case _ if attrs.has(type(value)) and type(value).__module__.startswith("recurly_sessions."):
            return plain(value)
        case _:
            raise InvalidValueError("value", "must be of this library to be written to a file", value)
