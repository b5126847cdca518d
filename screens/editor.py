"""A text in the person's own editor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App


async def edited(app: App[int], text: str, longest: int) -> str:
    """`text` as $VISUAL, $EDITOR or vi leaves it, at most `longest` characters, by a file that only this user can read
    and that is gone afterwards. Raises OSError, CalledProcessError, ValueError: the editor did not work."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    handle, name = tempfile.mkstemp(prefix="frontdesk-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
        # The loop goes on, so that replies under way are recorded; nothing is drawn meanwhile.
        with app.batch_update(), app.suspend():
            await asyncio.to_thread(subprocess.run, [*words, name], check=True)
        return path.read_bytes()[: longest * 4].decode("utf-8", "replace")[:longest].removesuffix("\n")
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
