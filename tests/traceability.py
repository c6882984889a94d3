"""Which test proves which requirement: read from the sources, so that a run of a part of the tests knows it all."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent


class UnreadableMarkError(ValueError):
    """A requirement mark stands where it proves nothing, or names its ids in a way that cannot be read."""


def read_requirements() -> dict[str, str]:
    """Return the title of each requirement by its id, in the order of the file."""
    return tomllib.loads((TESTS / "requirements.toml").read_text("utf-8"))


def read_open() -> list[str]:
    """Return the ids that are still open, as they stand in the file."""
    lines = (TESTS / "requirements_open.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_ceiling() -> int:
    """Return how many ids may be open, from the first line of the file."""
    first_line = (TESTS / "requirements_open.txt").read_text("utf-8").splitlines()[0]
    return int(first_line.removeprefix("# at most ").removesuffix(" open"))


def marked_tests(folder: Path = TESTS) -> dict[str, list[str]]:
    """Return, by requirement, the sorted names of the tests that are marked with it."""
    proofs = defaultdict(set)
    for path in sorted(folder.rglob("*.py")):
        file = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        for place, ids in _marks(ast.parse(path.read_text("utf-8")), file):
            for requirement in ids:
                proofs[requirement].add(place)
    return {requirement: sorted(places) for requirement, places in proofs.items()}


def _marks(node: ast.AST, place: str) -> Iterator[tuple[str, list[str]]]:
    for child in ast.iter_child_nodes(node):
        inside = place
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inside = f"{place}::{child.name}"
        elif isinstance(child, ast.Call) and _is_requirement(child.func):
            yield place, _ids(child, place)
        yield from _marks(child, inside)


def _is_requirement(function: ast.expr) -> bool:
    return ast.unparse(function) in {"pytest.mark.requirement", "mark.requirement"}


def _ids(call: ast.Call, place: str) -> list[str]:
    name = place.rpartition("::")[2] if "::" in place else "test_"
    ids = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    texts = [text for text in ids if isinstance(text, str)]
    if not texts or len(texts) != len(call.args) or call.keywords:
        message = f"{place}, line {call.lineno}: a requirement mark must list its ids as plain strings"
        raise UnreadableMarkError(message)
    if not name.startswith(("test_", "Test")):
        message = f"{place}, line {call.lineno}: a requirement mark must stand on a test, not on {name!r}"
        raise UnreadableMarkError(message)
    return texts
