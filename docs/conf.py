"""Configuration of the Sphinx build."""

import importlib.metadata
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "docs" / "_ext"), str(ROOT)]  # the second for tests.traceability

project = "recurly-sessions"
author = "The recurly-sessions developers"
copyright = f"2026 {author}"  # noqa: A001  (Sphinx wants this name)
release = importlib.metadata.version("recurly-sessions")

# No intersphinx: it would fetch the other projects' inventories, and this build has to work without a network.
extensions = ["myst_parser", "sphinx.ext.autodoc", "traceability"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
