"""The first command of a newcomer, where parts are missing: one line that says what to install."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def project(folder: Path) -> Path:
    """A copy of what `make` reads, without an environment."""
    made = folder / "project"
    made.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, made / name)
    return made


def fake_python(folder: Path, script: str) -> Path:
    """A folder for PATH that shadows every Python with a script."""
    bin = folder / "bin"
    bin.mkdir()
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
        path = bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return bin


def outside_make() -> dict[str, str]:
    """The environment without what a `make` around these tests tells the ones inside: they would say so on stdout."""
    return {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def make(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    search = os.environ["PATH"] if path is None else f"{path}:/usr/bin:/bin"
    env = {**outside_make(), "PATH": search, "LC_ALL": "C"}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"):
        env.pop(name, None)
    return subprocess.run(["make", *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=120)


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was said, but for make's own last word and the announcement of the work."""
    said = (done.stdout + done.stderr).splitlines()
    return [line for line in said if not line.startswith(("make", "Making the environment"))]


def test_a_missing_venv_module_names_the_package(tmp_path: Path) -> None:
    # What Debian's python3 says when its venv package is not installed.
    script = f"""case "$*" in
*"-m venv"*)
    mkdir -p .venv/bin
    echo "The virtual environment was not created successfully because ensurepip is not"
    echo "available.  On Debian/Ubuntu systems, you need to install the python3-venv"
    echo "package using the following command."
    exit 1;;
*) exec {sys.executable} "$@";;
esac"""
    folder = project(tmp_path)
    done = make(folder, "test", path=fake_python(tmp_path, script))
    assert done.returncode != 0
    [line] = lines(done)
    assert "python3-venv" in line
    assert not (folder / ".venv").exists()


def test_an_old_python_is_said_in_one_line(tmp_path: Path) -> None:
    done = make(project(tmp_path), "demo", path=fake_python(tmp_path, "exit 1"))
    assert done.returncode != 0
    [line] = lines(done)
    assert "Python 3.11" in line


def test_another_failure_of_venv_is_passed_on_in_one_line(tmp_path: Path) -> None:
    venv = 'echo "Error: no space left on device" >&2; exit 1;;'
    script = f'case "$*" in *"-m venv"*) {venv} *) exec {sys.executable} "$@";; esac'
    done = make(project(tmp_path), "demo", path=fake_python(tmp_path, script))
    [line] = lines(done)
    assert "no space left" in line


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    folder = project(tmp_path)
    ready = folder / ".venv" / ".ready"
    ready.parent.mkdir()
    ready.touch()
    assert make(folder, "-q", ".venv/.ready").returncode == 0
    os.utime(folder / "constraints.txt", (ready.stat().st_mtime + 10, ready.stat().st_mtime + 10))
    assert make(folder, "-q", ".venv/.ready").returncode == 1


def test_ci_runs_checks_and_tests_and_takes_no_skip(tmp_path: Path) -> None:
    for last, code in {
        "===== 3 passed in 1.00s =====": 0,
        "===== 3 passed, 1 skipped in 1.00s =====": 1,
        "===== 1 failed, 2 passed in 1.00s =====": 1,
        "===== no tests ran in 0.01s =====": 1,
    }.items():
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / ".ci").mkdir(parents=True)
        shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
        (folder / "Makefile").write_text(f"check:\n\t@echo checked\ntest:\n\t@echo '{last}'\n")
        done = subprocess.run(
            ["bash", ".ci/run"], cwd=folder, env=outside_make(), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code, last
        assert done.stdout.startswith("checked\n")
        assert done.stdout.endswith(f"{last}\n")
