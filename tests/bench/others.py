"""What a person would use instead, on comparable data: neomutt and aerc on a maildir of 100,000 messages where they are
installed, and Textual's own lists."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MESSAGES = 100_000
_NEOMUTT = """set folder="{mail}"
set spoolfile="{mail}"
set mbox_type=Maildir
set header_cache="{cache}"
set sort=reverse-date
set sleep_time=0
set quit=yes
"""
_ACCOUNT = """[bench]
source = maildir://{folder}
default = mail
from = Bench <bench@example.com>
"""


def absent() -> list[str]:
    """The programs of which no figure is taken here."""
    return [name for name in ("neomutt", "aerc") if shutil.which(name) is None]


def specs(folder: Path) -> dict[str, dict[str, Any]]:
    """Runs for ptybench by the program's name."""
    found: dict[str, dict[str, Any]] = {
        "DataTable": {
            "command": [sys.executable, str(HERE / "textual_lists.py"), "DataTable", "100000"],
            "ready": "row 0 ",
            "keys": "",
        },
        "ListView": {
            "command": [sys.executable, str(HERE / "textual_lists.py"), "ListView", "1000"],
            "ready": "row 0 ",
            "keys": "",
        },
    }
    if set(absent()) == {"neomutt", "aerc"}:
        return found
    mail = maildir(folder / "mail")
    if "neomutt" not in absent():
        rc = folder / "neomuttrc"
        rc.write_text(_NEOMUTT.format(mail=mail, cache=folder / "headers"))
        (folder / "headers").mkdir(exist_ok=True)
        command = ["neomutt", "-n", "-F", str(rc)]
        found["neomutt"] = {"command": command, "ready": r"subject 99999|subject 0\b|subject \d+", "keys": ""}
    if "aerc" not in absent():
        config = folder / "config" / "aerc"
        config.mkdir(parents=True, exist_ok=True)
        account = config / "accounts.conf"
        account.write_text(_ACCOUNT.format(folder=folder))
        account.chmod(0o600)
        found["aerc"] = {"command": ["aerc"], "ready": r"subject \d+", "keys": "", "quit": [":", "q", "enter"]}
    return found


def maildir(mail: Path) -> Path:
    """Made once and kept."""
    if (mail / "made").exists():
        return mail
    for name in ("cur", "new", "tmp"):
        (mail / name).mkdir(parents=True, exist_ok=True)
    for number in range(MESSAGES):
        minute, hour, day = number % 60, number // 60 % 24, 1 + number // 1440 % 28
        text = (
            f"From: Person {number % 5000} <p{number % 5000}@example.com>\nTo: bench@example.com\n"
            f"Subject: subject {number}\nMessage-ID: <{number}@example.com>\n"
            f"Date: {day} Nov 2025 {hour:02}:{minute:02}:00 +0000\n\nBody of {number}.\n"
        )
        (mail / "cur" / f"{1_760_000_000 + number}.{number}.bench:2,S").write_text(text)
    (mail / "made").touch()
    return mail
