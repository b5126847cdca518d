"""What is left of a fatal error: one line for the person and a redacted report. No locals, no bodies, no URLs."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import re
import time
import traceback
from pathlib import Path

from models.errors import FrontdeskError
from models.rules.text import one_line, redact
from screens.i18n import _

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|\(.*\)|\[.*\]|\{.*\}")
#: Longest message of an exception that a report keeps.
_LONGEST = 200


#: Errors whose text the interpreter words itself; any other may hold somebody's message.
_TELLING = (AttributeError, ImportError, NameError, TypeError)


def redacted(error: BaseException) -> str:
    """What may be kept of an exception's text: an id, an errno, or the interpreter's own words without any value."""
    if isinstance(error, FrontdeskError):
        return error.id
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "")
    if not isinstance(error, _TELLING):
        return "…"
    try:
        lines = str(error).splitlines()
    except Exception:
        return "…"
    line = redact(lines[0] if lines else "")
    return one_line(_QUOTED.sub("…", _URL.sub("‹url›", line)), _LONGEST)


def frames(error: BaseException) -> list[str]:
    """Where it happened, `module:line function`, outermost first; neither source lines nor locals."""
    found: list[str] = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_globals.get("__name__", "?")
        found.append(f"{name}:{line} {frame.f_code.co_qualname}")
    return found


def describe(error: BaseException) -> str:
    """The report as text: classes, redacted messages and frames of the error and its causes, and versions."""
    from importlib import metadata

    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 10:
        seen.add(id(current))
        lines += [f"{type(current).__module__}.{type(current).__qualname__}: {redacted(current)}"]
        lines += [f"    {frame}" for frame in frames(current)]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    lines += ["", f"python {platform.python_version()}", f"system {platform.system()} {platform.machine()}"]
    for name in ("frontdesk", "textual", "sqlmodel", "SQLAlchemy", "httpx"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            lines.append(f"{name} {metadata.version(name)}")
    return "\n".join(lines) + "\n"


def report(error: BaseException, folder: Path) -> Path | None:
    """Writes the report with mode 0600 into `folder`; None when the disk does not take it."""
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(describe(error))
    except OSError:
        return None
    return path


def told(error: BaseException, path: Path | None) -> str:
    """The line for the person."""
    where = _("a report without any texts is in {path}").format(path=path) if path else _("no report could be written")
    return _("Frontdesk stopped because of an error of its own ({kind}); {where}. Replies and drafts are kept.").format(
        kind=type(error).__name__, where=where
    )
