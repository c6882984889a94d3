"""Every requirement is either proved by a marked test or listed as open, and the list only gets shorter."""

from pathlib import Path

import pytest

from tests.traceability import UnreadableMarkError, marked_tests, read_ceiling, read_open, read_requirements


def test_every_marked_requirement_exists() -> None:
    titles = read_requirements()

    unknown = {requirement: tests for requirement, tests in marked_tests().items() if requirement not in titles}

    assert unknown == {}


def test_every_requirement_is_either_proved_or_open() -> None:
    proved = marked_tests()
    unproved = [requirement for requirement in read_requirements() if requirement not in proved]

    assert read_open() == sorted(unproved), "tests/requirements_open.txt must list exactly what no test is marked with"


def test_the_list_of_open_requirements_only_gets_shorter() -> None:
    """The number in the file's first line goes down with the list; one that goes up is seen in review."""
    assert read_ceiling() == len(read_open())


def test_marks_are_found_on_functions_classes_modules_and_parameters(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_a.py").write_text(
        """
pytestmark = [pytest.mark.requirement("P1")]

class TestB:
    @pytest.mark.requirement("P2", "P3")
    def test_c(self): ...

@pytest.mark.requirement("P3")
class TestD: ...

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.requirement("P4"))])
def test_e(n): ...
"""
    )

    assert marked_tests(tests) == {
        "P1": ["tests/test_a.py"],
        "P2": ["tests/test_a.py::TestB::test_c"],
        "P3": ["tests/test_a.py::TestB::test_c", "tests/test_a.py::TestD"],
        "P4": ["tests/test_a.py::test_e"],
    }


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "@pytest.mark.requirement(*IDS)\ndef test_a(): ...",
            "tests/test_a.py::test_a, line 1: a requirement mark must list its ids as plain strings",
        ),
        (
            '@pytest.mark.requirement("P1")\ndef helper(): ...',
            "tests/test_a.py::helper, line 1: a requirement mark must stand on a test, not on 'helper'",
        ),
    ],
    ids=["ids that cannot be read", "not on a test"],
)
def test_a_mark_that_proves_nothing_is_refused(tmp_path: Path, source: str, problem: str) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_a.py").write_text(source)

    with pytest.raises(UnreadableMarkError) as caught:
        marked_tests(tests)

    assert str(caught.value) == problem
