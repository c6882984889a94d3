"""The `traceability` directive: from the marks in the tests, a table of what proves each requirement."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from tests.traceability import marked_tests, read_requirements


class Traceability(SphinxDirective):
    """Lists the requirements that tests prove, then those that are open."""

    def run(self) -> list[nodes.Node]:
        """Write the page in Markdown and let the page's own parser read it."""
        proofs = marked_tests()
        titles = read_requirements()
        proved = [requirement for requirement in titles if requirement in proofs]
        still_open = [requirement for requirement in titles if requirement not in proofs]
        lines = [
            f"{len(proved)} of {len(titles)} are proved by at least one test.",
            "",
            "## Proved",
            "",
            *(_row(requirement, titles[requirement], proofs[requirement]) for requirement in proved),
            "",
            "## Open",
            "",
            *(f"- **{requirement}** {titles[requirement]}" for requirement in still_open),
        ]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def _row(requirement: str, title: str, tests: list[str]) -> str:
    return "\n".join([f"- **{requirement}** {title}", *(f"  - `{test}`" for test in tests)])


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("traceability", Traceability)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
