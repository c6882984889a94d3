"""An empty folder, and a terminal in it."""

from pathlib import Path
from typing import Final

import pytest

from tests.cli.terminal import SCHOOL, Terminal

_IMPORTED: Final[dict[str, bytes]] = {}  # the files of a folder where a school was imported, by name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is empty, with nothing said by the environment."""
    for name in ("RECURLY_SESSIONS_DATABASE", "RECURLY_SESSIONS_ENABLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bare(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal in an empty folder."""
    return Terminal(capsys)


@pytest.fixture
def typed(folder: Path, bare: Terminal) -> Terminal:
    """A terminal where a school was imported."""
    if not _IMPORTED:
        (folder / "school.toml").write_text(SCHOOL, encoding="utf-8")
        bare.ok("import", "school.toml")
        _IMPORTED.update({path.name: path.read_bytes() for path in folder.iterdir()})
    for name, content in _IMPORTED.items():
        (folder / name).write_bytes(content)
    return bare
