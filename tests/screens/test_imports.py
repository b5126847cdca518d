"""The frame paints before any database library is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlmodel", "sqlalchemy", "alembic", "httpx", "pydantic", "sqlite3", "pysqlite3")
_LOOK = """
import importlib, pkgutil, sys
import console.app, screens
for found in pkgutil.walk_packages(screens.__path__, "screens."):
    importlib.import_module(found.name)
print(*sorted(set(sys.modules) & set(sys.argv[1:])))
"""


def test_importing_the_app_and_every_screen_loads_no_database_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, *HEAVY], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def test_words_and_errors_need_no_terminal_library() -> None:
    look = "import sys, screens.wording, screens.i18n; print(*sorted(set(sys.modules) & {'textual', 'rich'}))"
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
