"""The channels of one thread, where there are two: which is shown, and why no reply goes by one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from screens.i18n import N_, _, number
from screens.text import plain
from screens.wording import CLOSED

if TYPE_CHECKING:
    from models.services.channels import Channels

CHANNEL_WORDS: dict[str | None, str] = {None: N_("All"), "bot": N_("Bot"), "business": N_("Business")}


def why_closed(channels: Channels | None, chosen: str | None) -> str | None:
    """Why no reply goes out with this tab, in words; None when one does."""
    if channels is None:
        return None
    if chosen is None:
        return None if channels.usual is not None else _("no channel is open")
    why = channels.closed(chosen)
    return None if why is None else _(CLOSED.get(why, why))


def tab_line(channels: Channels, chosen: str | None) -> tuple[Content, list[tuple[int, str | None]]]:
    """`All  Bot 12  Business 3`, the reason why the chosen one is closed, and where each tab ends."""
    line, ends = Content(""), []
    counts: dict[str | None, str] = {channel.name: f" {number(channel.messages)}" for channel in channels.each}
    for name, words in CHANNEL_WORDS.items():
        style = "$foreground-disabled" if why_closed(channels, name) is not None else "$foreground-muted"
        if name == chosen:
            style = "bold reverse" if why_closed(channels, name) is not None else "bold $accent reverse"
        line = line + plain(f" {_(words)}{counts.get(name, '')} ", style)
        ends.append((line.cell_length, name))
    if (why := why_closed(channels, chosen)) is not None:
        line = line + plain(f" {why}", "$text-warning")
    return line, ends


class ChannelTabs(Widget):
    """Hidden while there is but one channel."""

    DEFAULT_CSS = """
    ChannelTabs {
        height: 1; width: 1fr; background: $surface; display: none;
        &.-shown { display: block; }
    }
    """

    class Chosen(Message):
        """A click on a tab; None: all."""

        def __init__(self, channel: str | None) -> None:
            super().__init__()
            self.channel = channel

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[Channels | None, str | None] = (None, None)

    def show(self, channels: Channels | None, chosen: str | None) -> None:
        """Draws again only what differs."""
        if (channels, chosen) != self._shown:
            self._shown = (channels, chosen)
            self.set_class(channels is not None, "-shown")
            self.refresh()

    def render(self) -> Content:
        channels, chosen = self._shown
        if channels is None:
            return Content("")
        return tab_line(channels, chosen)[0].truncate(self.size.width, ellipsis=True)

    def on_click(self, event: Click) -> None:
        event.stop()
        channels, chosen = self._shown
        for end, name in tab_line(channels, chosen)[1] if channels is not None else ():
            if event.x < end:
                self.post_message(self.Chosen(name))
                return
