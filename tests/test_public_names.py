"""The public names: as promised, sorted, documented, and importable without what only some need."""

import importlib.resources
import subprocess
import sys
from types import ModuleType
from typing import Final

import pytest

import recurly_sessions

PROMISED: Final = """
    School Series Slot Phase Assignment Cancellation Closure Package Tutor Member Availability Session Config Window
    Snapshot Plan Change Occurrence Decision Conflict Issue Money Actor
    RoundRobin Weekly Consecutive Manual
    SessionStatus AssignmentStatus Origin
    expand_slots assign_tutors resolve_config find_conflicts diff_sessions plan_sessions apply_plan round_robin
    who_is_next is_available
"""
EXTRAS: Final = ("alembic", "click", "hypothesis", "prometheus_client", "psycopg", "pytest", "rich", "sqlalchemy")


def test_the_public_names_are_those_that_were_promised() -> None:
    assert set(recurly_sessions.__all__) == set(PROMISED.split())


def test_the_public_names_stand_in_order_and_once_each() -> None:
    classes = sorted(name for name in recurly_sessions.__all__ if name[0].isupper())
    functions = sorted(name for name in recurly_sessions.__all__ if name[0].islower())

    assert recurly_sessions.__all__ == classes + functions
    assert len(set(recurly_sessions.__all__)) == len(recurly_sessions.__all__)


def test_what_can_be_imported_is_what_is_public() -> None:
    importable = {
        name
        for name, value in vars(recurly_sessions).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }

    assert importable == set(recurly_sessions.__all__)


@pytest.mark.parametrize("name", recurly_sessions.__all__)
def test_a_public_name_says_what_it_is(name: str) -> None:
    doc = getattr(recurly_sessions, name).__doc__

    assert doc is not None
    assert doc.strip().splitlines()[0].endswith((".", "?"))


@pytest.mark.parametrize("name", recurly_sessions.__all__)
def test_a_public_name_is_called_what_it_is(name: str) -> None:
    assert getattr(recurly_sessions, name).__name__ == name


def test_the_package_says_that_it_is_typed() -> None:
    assert importlib.resources.files(recurly_sessions).joinpath("py.typed").is_file()


def test_importing_the_package_imports_nothing_that_only_some_need() -> None:
    look = f"import sys, recurly_sessions; print(*sorted(sys.modules.keys() & {set(EXTRAS)!r}))"

    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert (found.stdout.strip(), found.stderr) == ("", "")
