"""Whether there is a terminal that can hold a screen, and the screen that is opened in it."""

from __future__ import annotations

import os
import sys

from console.config import Settings, state_path
from console.curtain import Curtain
from console.output import say
from console.scout import send
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _

#: Seconds after opening until delivery and the search index begin.
PATIENCE = 0.3
#: Verbs that work without a screen; the refusal names them.
WITHOUT_SCREEN = ("conversations", "messages", "reply", "users", "outbox", "run", "db", "doctor")


def no_terminal() -> str | None:
    """Why no screen can be drawn here, naming what works without one; None when it can."""
    verbs = ", ".join(WITHOUT_SCREEN)
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        name = os.environ.get("TERM") or _("unset")
        return _("the console needs a terminal that can move its cursor (TERM is {name}); without one: {verbs}").format(
            name=name, verbs=verbs
        )
    for stream, what in ((sys.__stdin__, "stdin"), (sys.__stdout__, "stdout"), (sys.__stderr__, "stderr")):
        if not _is_terminal(stream):
            return _("the console needs a terminal, and {what} is none; without one: {verbs}").format(
                what=what, verbs=verbs
            )
    return None


def _is_terminal(stream: object) -> bool:
    try:
        return stream is not None and os.isatty(stream.fileno())  # type: ignore[attr-defined]
    except (OSError, ValueError):
        return False


def speak_utf8() -> None:
    """Textual draws on stderr; in a locale without UTF-8 each line of a frame would be spelled out as escapes."""
    if sys.__stderr__ is not None:
        sys.__stderr__.reconfigure(encoding="utf-8", errors="backslashreplace")


def open_console(settings: Settings) -> int:
    """Runs the app until the person leaves; returns the exit code."""
    speak_utf8()
    scout = send(settings)
    try:
        with Curtain(settings.theme) as curtain:
            from console.app import FrontdeskApp
            from console.wiring import LazyServices

            services = LazyServices(settings, patience=PATIENCE, scout=scout)
            app = FrontdeskApp(services, theme=settings.theme, keymap=settings.keymap, state_folder=state_path())
            app.found_modes = curtain.before
            curtain.successor = app
            app.run()
    finally:
        if scout is not None:
            scout.close()
    if app.farewell_line:
        say(clean(app.farewell_line))
    return int(app.return_code or ExitCode.DONE)
