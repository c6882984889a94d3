"""The stores that must all do the same, by name: how to make a new, empty one of each."""

from collections.abc import Callable
from typing import Final

from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.store import Store

MAKERS: Final[dict[str, Callable[[], Store]]] = {"memory": MemoryStore}
