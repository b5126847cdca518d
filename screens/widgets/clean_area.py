"""A text area that draws what is not text in it as such, one cell for one character."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.widgets import TextArea

from screens.text import forbid

#: Longest text that one paste may bring, in characters.
LONGEST = 20_000


class CleanArea(TextArea):
    """Control characters in it are shown as what they are not: never as themselves."""

    def get_line(self, line_index: int) -> Text:
        # One for one, so that the cursor's column stays right.
        line = "\t".join(forbid(piece)[0] for piece in self.document.get_line(line_index).split("\t"))
        return Text(line, end="", no_wrap=True)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        self.replace(text[:LONGEST], *self.selection, maintain_selection_offset=False)
