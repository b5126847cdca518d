"""What a screen can save: lists as CSV, a conversation in several formats; chosen in the palette, asked where to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from screens.base import BaseScreen
from screens.dialogs.save_as import SaveAs
from screens.i18n import _
from screens.private import write_private
from screens.transcripts import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from models.services.desk import Desk
    from models.views.transcript import Transcript

#: A command of the palette: what it says, and what it does.
Command = tuple[str, Callable[[], object]]


def list_command(screen: BaseScreen, name: str, lines: Callable[[Desk], Iterable[str]]) -> Command:
    """Saves a list as CSV: `lines` of the file, made in the thread that writes it."""

    def content(desk: Desk) -> bytes:
        return "".join(lines(desk)).encode("utf-8", "replace")

    title = _("Save this list as CSV, for a spreadsheet")
    return title, partial(_save, screen, title, f"{name}-{_stamp(screen)}.csv", content)


def conversation_commands(screen: BaseScreen, conversation_id: int) -> list[Command]:
    """Saves a conversation, in each format."""
    titles = {
        "html": _("Save this conversation as one HTML page"),
        "markdown": _("Save this conversation as Markdown"),
        "text": _("Save this conversation as text"),
        "json": _("Save this conversation as JSON"),
    }
    found: list[Command] = []
    for name, title in titles.items():
        suffix, write = FORMATS[name]
        file = f"conversation-{conversation_id}-{_stamp(screen)}.{suffix}"
        content = partial(_written, write, conversation_id, screen.console.clock)
        found.append((title, partial(_save, screen, title, file, content)))
    return found


def _written(
    write: Callable[[Transcript, datetime], str], conversation_id: int, clock: Callable[[], datetime], desk: Desk
) -> bytes:
    return write(desk.exports.transcript(conversation_id), clock()).encode("utf-8", "replace")


def _stamp(screen: BaseScreen) -> str:
    return f"{screen.console.clock().astimezone():%Y%m%d-%H%M%S}"


def _save(screen: BaseScreen, title: str, name: str, content: Callable[[Desk], bytes]) -> None:
    def answered(path: str | None) -> None:
        if path is None:
            return

        def write(desk: Desk) -> None:
            write_private(Path(path), content(desk))

        async def save() -> None:
            await screen.services.call(write)
            screen.console.say(_("Written: {path}").format(path=str(Path(path).expanduser().absolute())))

        screen.console.write(save, name="save")

    screen.app.push_screen(SaveAs(title, name), answered)
