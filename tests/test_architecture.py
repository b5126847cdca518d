"""What the import contracts can't see: which libraries an import really loads, and what the project's files promise."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATABASE = {"sqlmodel", "sqlalchemy", "alembic", "sqlite3", "pysqlite3", "pydantic"}
NETWORK = {"httpx", "httpcore", "h11"}
TERMINAL = {"textual", "rich"}


def loaded_by(*modules: str) -> set[str]:
    """Top-level packages in memory after importing `modules` in a fresh interpreter."""
    code = (
        "import importlib, json, sys\n"
        f"for name in {list(modules)!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def modules_in(folder: str) -> list[str]:
    """Every module of a floor, by name, but `__main__`s."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths if path.name != "__main__.py"]
    return [name.removesuffix(".__init__") for name in names]


def test_models_load_no_terminal_and_no_network() -> None:
    modules = [name for name in modules_in("models") if ".migrations" not in name]
    assert not loaded_by(*modules) & (TERMINAL | NETWORK)


def test_the_vocabulary_of_models_is_standard_library_only() -> None:
    vocabulary = ["models", "models.views", "models.errors", "models.gateway"]
    vocabulary += [name for name in modules_in("models") if name.startswith("models.rules")]
    third_party = {name for name in loaded_by(*vocabulary) - loaded_by() if name not in sys.stdlib_module_names}
    assert third_party == {"models"}


def test_the_frame_paints_before_any_database_or_network_library_is_loaded() -> None:
    assert not loaded_by("console.app", "console.wiring", *modules_in("screens")) & (DATABASE | NETWORK)


def test_the_command_line_loads_nothing_that_a_verb_may_not_need() -> None:
    verbs = [name for name in modules_in("console") if name.startswith("console.verbs")]
    assert not loaded_by("console.__main__", "console.cli", *verbs) & (DATABASE | NETWORK | TERMINAL)


def test_each_dependency_says_why() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    start = lines.index("dependencies = [") + 1
    block = [line.strip() for line in lines[start : lines.index("]", start)]]
    for reason, requirement in zip(block, block[1:], strict=False):
        if not requirement.startswith("#"):
            assert reason.startswith("# "), requirement


def test_constraints_pin_every_dependency_exactly_and_name_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text("utf-8").split()
    assert all(line.count("==") == 1 and "/" not in line and "@" not in line for line in lines)
    pinned = {line.partition("==")[0].lower() for line in lines}
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    for requirement in wanted:
        name = re.split(r"[<>=\[]", requirement)[0].lower()
        assert name in pinned


def test_the_top_level_holds_the_floors_and_what_tools_want_there() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    top = {path.partition("/")[0] for path in listed.stdout.splitlines()}
    assert top <= {
        "console", "screens", "models", "tests", "pyproject.toml", "README.md", "Makefile", "CHANGELOG.md", "LICENSE",
        "constraints.txt", ".ci", ".gitignore",
    }  # fmt: skip


@pytest.mark.parametrize("floor", ["console", "screens", "models"])
def test_no_address_of_the_machines_it_was_made_on(floor: str) -> None:
    for path in (ROOT / floor).rglob("*.py"):
        text = path.read_text("utf-8")
        assert "/work/" not in text, path
