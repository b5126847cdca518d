"""What opening a desk and reading its first page imports: each table, service or library more would delay that page."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from models.services.once import once
from tests.conftest import with_our_tables

ROOT = Path(__file__).parents[3]
_LOOK = """
import json, sys
from models.services.desk import Desk
from models.views import Order, View
desk = Desk.open(sys.argv[1], operator="lean")
desk.keeper.begin()
page = desk.inbox.ids(View.ALL, Order.RECENT, limit=200)
rows = desk.inbox.rows(page.ids[:30])
print(json.dumps([len(rows), sorted(sys.modules)]))
"""
#: Libraries that a file needs only for other work, by the beginning of their modules' names.
OTHERS = ("sqlalchemy.dialects.postgresql", "psycopg", "asyncpg", "alembic", "httpx", "textual")
TABLES = {
    "base", "console_drafts", "console_inbox", "console_operators", "console_outbox", "console_reach", "console_triage",
    "extended", "functions", "indexes", "message_codes", "names", "types", "undated",
}  # fmt: skip
SERVICES = {
    "desk", "directions", "inbox", "inbox_counts", "inbox_few", "inbox_ids", "inbox_keeper", "inbox_kept",
    "inbox_pages", "inbox_pressing", "inbox_progress", "inbox_rows", "inbox_slices", "inbox_table", "inbox_triage",
    "keyset", "once", "operators", "parts", "reach_marks", "slices", "standing",
}  # fmt: skip
VIEWS = {"choices", "database", "inbox", "lead"}


def test_the_first_page_loads_only_what_it_shows(seed_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(with_our_tables(seed_file))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    rows, modules = json.loads(done.stdout)
    assert rows > 0
    assert [name for name in modules if name.startswith(OTHERS)] == []
    for room, allowed in (("tables", TABLES), ("services", SERVICES), ("views", VIEWS)):
        inside = {name.split(".")[2] for name in modules if name.startswith(f"models.{room}.")}
        assert inside <= allowed, f"{room}: {sorted(inside - allowed)}"


def test_a_file_never_needs_the_dialect_of_the_server(owned_file: Path) -> None:
    look = (
        "import sys, models.tables.whole\n"
        "from models.services.desk import Desk\n"
        "from models.services.parts import Parts\n"
        "desk = Desk.open(sys.argv[1], operator='lean')\n"
        "print([name for name in vars(Parts) if getattr(desk, name) is None])\n"
        "print(*[name for name in sys.modules if name.startswith(('sqlalchemy.dialects.postgresql', 'psycopg'))])"
    )
    command = [sys.executable, "-c", look, str(owned_file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[1] == ""


@pytest.mark.parametrize("package", ["models.tables", "models.views"])
def test_every_name_of_a_package_is_there_when_asked_for(package: str) -> None:
    module = importlib.import_module(package)
    assert all(getattr(module, name).__module__.startswith("models.") for name in module.__all__ if name != "WORKING")
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = module.nothing_of_this_name
    # What the type checker is told is what there is.
    source = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    told = {
        alias.name: str(node.module)
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{package}.")
        for alias in node.names
    }
    assert set(told) == set(module.__all__)
    for name, home in told.items():
        assert getattr(importlib.import_module(home), name) is getattr(module, name)


def test_the_seeds_models_are_asked_for_together() -> None:
    """Each names the others: one that is there alone can't be asked for its rows."""
    for folder in ("models/services", "models/store", "models/loops", "console"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("models.tables."):
                    alone = {alias.name for alias in node.names} & {"User", "Conversation", "Message"}
                    assert not alone, f"{path}: {sorted(alone)} from {node.module}"


def test_any_one_of_the_seeds_models_is_enough_to_ask_for_rows() -> None:
    for name in ("User", "Conversation", "Message", "Payment", "Enrollment", "LessonProgress"):
        look = f"from models.tables import {name}; from sqlalchemy.orm import configure_mappers; configure_mappers()"
        subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=True, timeout=60)


def test_a_part_is_made_once_however_many_threads_ask() -> None:
    made: list[object] = []

    class Whole:
        @once
        def part(self) -> object:
            """A part."""
            time.sleep(0.02)
            made.append(object())
            return made[-1]

    whole, found = Whole(), []
    threads = [threading.Thread(target=lambda: found.append(whole.part)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 8
    assert Whole.part.__doc__ == "A part."
    assert Whole().part is not made[0]


def test_a_part_that_could_not_be_made_is_made_the_next_time() -> None:
    tries = iter([ValueError("not now"), None])

    class Whole:
        @once
        def part(self) -> int:
            if (trouble := next(tries)) is not None:
                raise trouble
            return 1

    whole = Whole()
    with pytest.raises(ValueError, match="not now"):
        assert whole.part
    assert whole.part == 1
