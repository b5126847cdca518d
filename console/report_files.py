"""Files of the report: readable by their owner only, whole or not there, and nothing else is ever written over."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from secrets import token_hex

from models.errors import Usage
from models.rules.csv_text import BOM

#: How our own files begin; others are not replaced.
PAGE, TABLE = "<!doctype html><!-- Frontdesk report -->", "picture;"


def keep(name: str, text: str) -> None:
    """Writes a file of mode 0600 in one step; an earlier report there is replaced. Raises Usage('file-exists',
    'bad-file')."""
    path = Path(name).expanduser()
    try:
        _spare_others(path)
        making = path.with_name(f".{path.name}.{token_hex(4)}")
        handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(handle, "w", encoding="utf-8", errors="replace", newline="") as out:
                out.write(text)
            making.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                making.unlink()
            raise
    except (OSError, ValueError) as error:
        raise Usage("bad-file", path=name, why=getattr(error, "strerror", None) or str(error)) from None


def _spare_others(path: Path) -> None:
    if path.is_symlink() or path.exists():
        with path.open("rb") as there:
            begins = there.read(100).decode("utf-8", "replace").removeprefix(BOM)
        if begins and not begins.startswith((PAGE, TABLE)):
            raise Usage("file-exists", path=str(path))
