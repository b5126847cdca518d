"""Files that hold what people wrote: for their owner only, never in the place of another one."""

from __future__ import annotations

import os
from pathlib import Path

from models.errors import Usage


def write_private(path: Path, content: bytes) -> None:
    """A new file of mode 0600. Raises Usage('bad-file') when it can't be made, or is there already."""
    try:
        handle = os.open(path.expanduser(), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        raise Usage("bad-file", path=str(path), why=os.strerror(error.errno or 0)) from None
