"""The line over a reply: whom it goes to, how, and how long it is."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from models.rules.splitting import LIMIT, split
from models.rules.text import one_line, utf16_length
from screens.i18n import _, ngettext
from screens.text import plain


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a reply goes to. `newest_id` is the newest message that was shown when the composer opened; None until the
    thread and the draft are read, since somebody may type ahead of them. `channel` is "bot", "business" or None: there
    is but one. `warning`: why a reply will hardly arrive, in words. `editing`: no new message, but the one of this id,
    `written` then, is to read differently."""

    conversation_id: int
    name: str
    username: str | None
    telegram_id: int | None
    newest_id: int | None
    channel: str | None = None
    warning: str | None = None
    editing: int | None = None
    written: str = ""


def addressed(target: Target, room: int | None = None) -> Content:
    """Whom it goes to, beyond doubt: name, @username, Telegram id; in `room` cells rather without the username than
    with half an id."""
    line = _addressed(target, username=True)
    if room is not None and line.cell_length > room:
        return _addressed(target, username=False)
    return line


def _addressed(target: Target, *, username: bool) -> Content:
    line = plain("→ ", "$accent")
    if target.editing is not None:
        line = plain(
            "✎ " + _("Changing what you sent {when}").format(when=target.written) + " · ", "bold $text-warning"
        )
    if target.channel is not None:
        style = "bold $text-warning" if target.channel == "business" else "$foreground-muted"
        line = line + plain(_("Business") if target.channel == "business" else _("Bot"), style) + plain(" · ", style)
    line = line + plain(one_line(target.name, 60), "bold")
    if target.username and username:
        line = line + plain(f"  @{one_line(target.username, 40)}", "$foreground-muted")
    return line + plain(_("  id {id}").format(id=target.telegram_id), "$foreground-muted")


def counter(text: str) -> Content:
    """`812/4096`, and into how many messages a longer text will be cut."""
    length = utf16_length(text)
    if length <= LIMIT:
        return plain(f"{length}/{LIMIT}", "$foreground-muted" if length < LIMIT * 0.9 else "$text-warning")
    parts = len(split(text))
    words = ngettext("{count} part", "{count} parts", parts).format(count=parts)
    return plain(f"{length}/{LIMIT} · {words}", "$text-warning")
