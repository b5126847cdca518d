"""The person's own editor, and what is left when it does not work."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from screens.editor import edited


class App:
    """Says what was suspended."""

    def __init__(self) -> None:
        self.suspended = 0

    def batch_update(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def suspend(self) -> Iterator[None]:
        self.suspended += 1
        yield


def an_editor(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{path} --wait")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


async def test_the_text_goes_out_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_editor(tmp_path, 'test "$1" = --wait && stat -c %a "$2" > "$0.mode" && echo "дальше" >> "$2"', monkeypatch)
    app: Any = App()
    assert await edited(app, "один\n", 1000) == "один\nдальше"
    assert await edited(app, "один\n", 3) == "оди"
    assert (tmp_path / "editor.mode").read_text() == "600\n"
    assert app.suspended == 2
    assert not list(tmp_path.glob("frontdesk-*"))


async def test_an_editor_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_editor(tmp_path, "exit 3", monkeypatch)
    app: Any = App()
    with pytest.raises(subprocess.CalledProcessError):
        await edited(app, "x", 10)
    monkeypatch.setenv("EDITOR", str(tmp_path / "none"))
    with pytest.raises(OSError, match="none"):
        await edited(app, "x", 10)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("frontdesk-")]
