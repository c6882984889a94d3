"""The form in which hosts store patterns, a name and some data, to a pattern and back. It is data: never evaluated.

Data that can't be read becomes `Manual` with the problem in it: nobody is proposed, and the creator is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from recurly_sessions.errors import InvalidValueError, shown
from recurly_sessions.patterns.consecutive import Consecutive
from recurly_sessions.patterns.manual import Manual
from recurly_sessions.patterns.pattern import Pattern
from recurly_sessions.patterns.round_robin import RoundRobin
from recurly_sessions.patterns.weekly import MOST_WEEKS, Weekly

_LONGEST_DATA: Final = 100_000


def from_stored(name: str, data: Mapping[str, object] | str | None = None) -> Pattern:
    """Read a stored pattern; whatever is wrong with it makes it `Manual`, with the problem said.

    >>> from_stored("WEEKLY", {"weeks": [1, 3, 5]})
    Weekly(weeks=[1, 3, 5])
    >>> from_stored("WEEKLY", {"pattern": "alternating", "startWeek": 2})
    Weekly(every=2, start_week=2)
    >>> from_stored("CONSECUTIVE_DAYS", '{"consecutiveDays": 5}')
    Consecutive(5)
    >>> from_stored("WEEKLY", {"weeks": [0]}).problem
    'Weekly.weeks must be a whole number from 1 to 5200, got 0'
    """
    try:
        return _read(name, _mapping(data))
    except InvalidValueError as error:
        return Manual(problem=str(error))


def to_stored(pattern: Pattern) -> tuple[str, dict[str, object]]:
    """Write a pattern of this library as a name and data.

    >>> to_stored(Weekly(every=2, start_week=1))
    ('WEEKLY', {'pattern': 'alternating', 'startWeek': 1})
    """
    match pattern:
        case RoundRobin():
            return "ROUND_ROBIN", {}
        case Manual():
            return "MANUAL", {}
        case Consecutive(n=n):
            return "CONSECUTIVE_DAYS", {"consecutiveDays": n}
        case Weekly(every=2, start_week=start):
            return "WEEKLY", {"pattern": "alternating", "startWeek": start}
        case Weekly(every=int(every), start_week=start):
            return "WEEKLY", {"every": every, "startWeek": start}
        case Weekly(weeks=tuple(weeks), cycle=cycle):
            return "WEEKLY", {"weeks": list(weeks), **({} if cycle is None else {"cycle": cycle})}
        case _:
            raise InvalidValueError("pattern", "must be one of this library's to have a stored form", pattern)


def _read(name: str, data: Mapping[str, object]) -> Pattern:
    word = name.strip().upper().replace("-", "_").replace(" ", "_") if isinstance(name, str) else name
    match word:
        case "ROUND_ROBIN":
            return RoundRobin()
        case "MANUAL":
            return Manual()
        case "CONSECUTIVE_DAYS" | "CONSECUTIVE":
            return Consecutive(_number(data, "consecutiveDays"))
        case "WEEKLY":
            return _weekly(data)
        case _:
            wanted = "must be ROUND_ROBIN, WEEKLY, CONSECUTIVE_DAYS or MANUAL"
            raise InvalidValueError("pattern", wanted, name)


def _weekly(data: Mapping[str, object]) -> Weekly:
    if data.get("pattern") == "alternating":
        return Weekly(every=2, start_week=_number(data, "startWeek", 1))
    if "pattern" in data:
        raise InvalidValueError("pattern.pattern", 'must be "alternating"', data["pattern"])
    if "every" in data:
        return Weekly(every=_number(data, "every"), start_week=_number(data, "startWeek", 1))
    weeks = data.get("weeks")
    if not isinstance(weeks, (list, tuple)) or len(weeks) > MOST_WEEKS:
        raise InvalidValueError("pattern.weeks", f"must be a list of at most {MOST_WEEKS} week numbers", weeks)
    return Weekly(weeks=weeks, cycle=_number(data, "cycle") if "cycle" in data else None)


def _number(data: Mapping[str, object], key: str, otherwise: int | None = None) -> int:
    number = data.get(key, otherwise)
    if not isinstance(number, int) or isinstance(number, bool):
        raise InvalidValueError(f"pattern.{key}", "must be a whole number", number)
    return number


def _mapping(data: Mapping[str, object] | str | None) -> Mapping[str, object]:
    if isinstance(data, str):
        if len(data) > _LONGEST_DATA:
            raise InvalidValueError("pattern", f"must have at most {_LONGEST_DATA:,} characters of data", data)
        try:
            data = json.loads(data or "{}")
        except (ValueError, RecursionError) as error:
            hint = f"not JSON: {shown(str(error))}"
            raise InvalidValueError("pattern", "must be data as JSON", data, hint) from None
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise InvalidValueError("pattern", "must be data by name", data)
    return data
