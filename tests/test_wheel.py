"""The wheel holds everything and nothing else: built, installed into an environment of its own, and run there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a fresh environment, with the wheel installed and the libraries lent by the one that runs us."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=120)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True, capture_output=True, timeout=120)
    site = next((home / "lib").glob("python*/site-packages"))
    # A path line lends the libraries without what their folder's own .pth files add: the work tree stays out.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "frontdesk"


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_it_holds_the_three_floors_and_no_tests(wheel: Path) -> None:
    top = {name.partition("/")[0] for name in names(wheel)}
    assert {name for name in top if not name.endswith(".dist-info")} == {"console", "screens", "models"}
    assert not [name for name in names(wheel) if "test" in name.lower() or name.endswith((".pyc", ".sqlite3"))]


def test_it_holds_every_stylesheet_and_migration(wheel: Path) -> None:
    there = set(names(wheel))
    tracked = [
        *ROOT.glob("console/**/*.tcss"),
        *ROOT.glob("screens/**/*.tcss"),
        *ROOT.glob("models/store/migrations/**/*.py"),
    ]
    assert len(tracked) > 3
    assert {str(path.relative_to(ROOT)) for path in tracked} <= there


def test_it_holds_what_gettext_reads_and_not_what_people_write(wheel: Path) -> None:
    catalogues = {str(path.relative_to(ROOT)) for path in ROOT.glob("screens/locale/**/*.mo")}
    assert catalogues
    assert catalogues <= set(names(wheel))
    assert not [name for name in names(wheel) if name.endswith((".po", ".pot"))]


def test_it_carries_licence_and_readme(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    assert "License-Expression: MIT" in metadata
    assert "# Frontdesk" in metadata
    assert any(name.endswith("/licenses/LICENSE") for name in names(wheel))


def test_what_is_installed_runs_from_its_own_files(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [installed.with_name("python"), "-c", "import console; print(console.__file__)"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(installed.parents[1])
    said = subprocess.run([installed, "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert re.fullmatch(r"frontdesk \d+\.\d+\.\d+\n", said.stdout)


def test_what_is_installed_speaks_russian(installed: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [installed, "db", "status", tmp_path / "none"], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**os.environ, "LC_ALL": "ru_RU.UTF-8"},
    )  # fmt: skip
    assert "проверьте путь" in said.stderr


def test_db_init_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    made = subprocess.run([installed, "db", "init", path], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (made.returncode, made.stderr) == (0, "")
    status = subprocess.run([installed, "db", "status", path], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (status.returncode, status.stderr) == (0, "")
    assert "Frontdesk" in status.stdout


def test_demo_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with Terminal([str(installed), "demo"], env={**os.environ, "TMPDIR": str(temporary)}) as terminal:
        terminal.wait("Waiting|waiting", seconds=60)
        terminal.press("q")
        assert terminal.exit_code(seconds=30) == 0
    assert list(temporary.iterdir()) == []
