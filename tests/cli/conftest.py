"""An empty folder, and a terminal in it."""

from pathlib import Path

import pytest

from tests.cli.terminal import SCHOOL, Terminal


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
    (folder / "school.toml").write_text(SCHOOL, encoding="utf-8")
    bare.ok("import", "school.toml")
    return bare
