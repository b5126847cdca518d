"""The harness that kills upgrades, backups, restores and copies, at the scale of a test; `make soak` runs all of it."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.models.store.processes import ROOT


def test_whatever_is_killed_the_database_opens_and_a_second_run_finishes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.harness.recovery", "--kills", "12", "--messages", "2000", "--seconds", "3",
         "--every", "0.3"],
        cwd=ROOT, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    killed = re.search(r"^(\d+) killed", done.stdout)
    backups = re.search(r"^(\d+) backups", done.stdout, re.MULTILINE)
    assert killed is not None
    assert backups is not None
    assert (int(killed[1]) > 0, int(backups[1]) > 0) == (True, True)
