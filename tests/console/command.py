"""The installed command, as a script would call it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e.terminal import FRONTDESK

Done = subprocess.CompletedProcess[str]


def frontdesk(*arguments: str | Path, env: Mapping[str, str] | None = None, code: int | None = 0) -> Done:
    """Runs it without a terminal and checks its exit code, unless `code` is None; errors are one line each."""
    done = subprocess.run(
        [FRONTDESK, *map(str, arguments)],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    if code is not None:
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert done.stderr.count("\n") == (1 if code else 0), done.stderr
    return done


def frontdesk_json(*arguments: str | Path, env: Mapping[str, str] | None = None, code: int | None = 0) -> Any:
    """What it printed with --json, which has to be ASCII."""
    done = frontdesk(*arguments, "--json", env=env, code=code)
    assert done.stdout.isascii()
    return json.loads(done.stdout)
