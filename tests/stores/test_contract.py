"""Every store of ours keeps the contract of all stores."""

from recurly_sessions.store import Store
from recurly_sessions.testing import StoreContract
from tests.stores import makers


class TestMemoryStore(StoreContract):
    def make_store(self) -> Store:
        return makers.MAKERS["memory"]()


class TestSqlStoreOnSqlite(StoreContract):
    def make_store(self) -> Store:
        return makers.sqlite()


class TestSqlStoreOnPostgresql(StoreContract):
    def make_store(self) -> Store:
        return makers.postgresql()
