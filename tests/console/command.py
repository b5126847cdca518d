"""The command line, as a script would call it: mostly in this process, since a second goes into starting another."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.e2e.terminal import FRONTDESK

Done = subprocess.CompletedProcess[str]


def frontdesk(
    *arguments: str | Path, env: Mapping[str, str] | None = None, code: int | None = 0, process: bool = False
) -> Done:
    """Runs it without a terminal and checks its exit code, unless `code` is None; errors are one line each. `process`:
    the installed command in a process of its own."""
    argv = [*map(str, arguments)]
    done = _elsewhere(argv, env or {}) if process or _busy() else _here(argv, env or {})
    assert "Traceback" not in done.stderr, done.stderr
    if code is not None:
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert done.stderr.count("\n") == (1 if code else 0), done.stderr
    return done


def _busy() -> bool:
    """Whether this thread can't run a command with loops and signals of its own."""
    if threading.current_thread() is not threading.main_thread():
        return True
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _elsewhere(argv: list[str], env: Mapping[str, str]) -> Done:
    return subprocess.run(
        [FRONTDESK, *argv],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _here(argv: list[str], env: Mapping[str, str]) -> Done:
    from console.cli import run

    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        open(os.devnull) as nothing,
        patch.dict(os.environ, env),
        patch.multiple(sys, stdin=nothing, stdout=out, stderr=err, argv=["frontdesk", *argv]),
    ):
        code = run(argv)
    said = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        said.append(stream.read())
    return Done(argv, code, *said)


def frontdesk_json(
    *arguments: str | Path, env: Mapping[str, str] | None = None, code: int | None = 0, process: bool = False
) -> Any:
    """What it printed with --json, which has to be ASCII."""
    done = frontdesk(*arguments, "--json", env=env, code=code, process=process)
    assert done.stdout.isascii()
    return json.loads(done.stdout)
