"""Runs the examples: Python blocks of README and docs, `>>>` in docstrings.

In Markdown, a ```text block behind a ```python block that printed something has to be what it printed. All blocks of a
page share their names, as they would for a reader who types them in.
"""

from collections.abc import Generator
from contextlib import redirect_stdout
from difflib import unified_diff
from doctest import ELLIPSIS
from io import StringIO

import pytest
from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.evaluators.python import PythonEvaluator
from sybil.integration.pytest import SybilItem
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser

OUTPUT = "__output__"


def run(example: Example) -> None:
    with redirect_stdout(StringIO()) as output:
        PythonEvaluator()(example)
    example.namespace[OUTPUT] = output.getvalue()


def compare_output(example: Example) -> str | None:
    printed = example.namespace.pop(OUTPUT, "").rstrip().splitlines()
    written = str(example.parsed).rstrip().splitlines()
    if not printed or printed == written:
        return None
    return "\n".join(unified_diff(written, printed, "written here", "printed by the code above", lineterm=""))


python_blocks = PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)
python_blocks.codeblock_parser = CodeBlockParser("python", run)

pytest_collect_file = (
    Sybil(parsers=[python_blocks, CodeBlockParser("text", compare_output), SkipParser()], pattern="*.md")
    + Sybil(
        parsers=[DocTestParser(optionflags=ELLIPSIS)],
        path="src",
        pattern="*.py",
        document_types={".py": PythonDocStringDocument},
    )
).pytest()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Keep the examples in the order of their page, whatever pytest-randomly does to the tests around them."""
    examples = (item for item in list(items) if isinstance(item, SybilItem))
    yield
    items[:] = [next(examples) if isinstance(item, SybilItem) else item for item in items]
