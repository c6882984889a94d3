"""The process that forks workers, and databases of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.databases import Postgres, Sqlite
from tests.faults.workers import Zygote
from tests.stores.postgres import the_postgres


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    process = Zygote()
    yield process
    process.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqlite | Postgres]:
    if request.param == "sqlite":
        yield Sqlite(tmp_path_factory.mktemp("databases"))
    else:
        server = Postgres(the_postgres())
        yield server
        server.close()
