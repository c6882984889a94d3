"""MemoryStore keeps the contract of all stores."""

from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.store import Store
from recurly_sessions.testing import StoreContract


class TestMemoryStore(StoreContract):
    def make_store(self) -> Store:
        return MemoryStore()
