"""Where a reply is written. Whom it goes to is fixed when it opens: no refresh changes that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static
from textual.widgets.text_area import Selection

from models.rules.splitting import is_blank
from models.rules.templates import unfilled
from models.rules.text import one_line
from models.views import Author, Direction, MessageView
from screens.editor import edited
from screens.i18n import _
from screens.keymap import key_for
from screens.reach import GLYPH
from screens.text import plain
from screens.times import hours
from screens.widgets.composer_head import Target, addressed, counter
from screens.widgets.composer_text import LONGEST_PASTE, ComposerText
from screens.work import start

if TYPE_CHECKING:
    from screens.base import Console

#: Seconds from a letter to its saving, whether or not more are typed: a kill costs less than the last second.
LATEST = 0.5
#: Seconds to the next try when saving failed.
AGAIN = 5.0


class Composer(Vertical):
    """Hidden until it is opened for somebody."""

    DEFAULT_CSS = """
    Composer {
        height: auto; max-height: 60%; display: none; border-top: solid $border-blurred;
        &:focus-within { border-top: solid $border; }
        Static { height: auto; width: 1fr; padding: 0 1; }
        #composer-hold { color: $text-warning; display: none; max-height: 8; }
        &.-held #composer-hold { display: block; }
        #composer-warning { max-height: 2; color: $text-error; display: none; }
        &.-warned #composer-warning { display: block; }
        #composer-target { height: 1; text-wrap: nowrap; }
        ComposerText {
            height: auto; min-height: 1; max-height: 10; border: none; padding: 0 1; background: $background;
            &:focus { border: none; }
            scrollbar-size-vertical: 1;
        }
    }
    """

    class Submitted(Message):
        """Send this text to this conversation. `client_key` makes a double Enter one reply; `done`: and it is done."""

        def __init__(self, target: Target, text: str, client_key: str, *, done: bool = False) -> None:
            super().__init__()
            self.target = target
            self.text = text
            self.client_key = client_key
            self.done = done

    class DraftChanged(Message):
        """Worth saving now: a moment has passed, or the composer was left. `ahead`: it was typed before the draft was
        read, and follows it."""

        def __init__(self, conversation_id: int, text: str, client_key: str, ahead: bool = False) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.text = text
            self.client_key = client_key
            self.ahead = ahead

    class Left(Message):
        """Esc: the draft is kept."""

    class EditWanted(Message):
        """↑ while nothing is written: our newest message is to be changed."""

    class Typed(Message):
        """Somebody is writing a new message."""

        def __init__(self, target: Target) -> None:
            super().__init__()
            self.target = target

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.target: Target | None = None
        self.client_key = ""
        self._pause: Timer | None = None
        self._saved: str | None = ""

    def compose(self) -> ComposeResult:
        yield Static(id="composer-hold", markup=False)
        yield Static(id="composer-warning", markup=False)
        yield Static(id="composer-target", markup=False)
        yield ComposerText(id="composer-text", soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)

    @property
    def _area(self) -> ComposerText:
        return self.query_one(ComposerText)

    @property
    def text(self) -> str:
        return self._area.text

    @property
    def writing(self) -> bool:
        """Open, with or without words in it."""
        return self.target is not None

    def open(self, target: Target, text: str = "", client_key: str | None = None) -> None:
        """Opens for `target` with what was written before; a new text gets a key of its own."""
        self.close()
        self.target = target
        self.client_key = client_key or uuid4().hex
        self._saved = text
        self._area.load_text(text)
        self._area.move_cursor(self._area.document.end)
        # At once, not with the next look at the stylesheet: the next key is already text.
        self.styles.display = "block"
        self._draw()

    def insert(self, text: str, missing: Sequence[str] = ()) -> None:
        """A template at the cursor; the first of its placeholders that is `missing` is selected, to be typed over."""
        area = self._area
        at = len(area.get_text_range((0, 0), min(area.selection.start, area.selection.end)))
        area.replace(text, *area.selection, maintain_selection_offset=False)
        if (span := unfilled(self.text[at:], missing)) is not None:
            self.choose(at + span[0], at + span[1])
        self._draw()

    def choose(self, start: int, end: int) -> None:
        """Selects these characters: what is typed next takes their place."""
        self._area.selection = Selection(_location(self.text, start), _location(self.text, end))

    def put_before(self, text: str) -> None:
        """A reply that was taken back, before what is being written now."""
        typed = self.text
        self._area.load_text(f"{text}\n{typed}" if typed else text)
        self._area.move_cursor(self._area.document.end)
        self._draw()

    def not_saved(self, client_key: str) -> bool:
        """Saving failed: what is here counts as unsaved again, and is offered once more after a while. False: it is not
        here any more."""
        if self.target is None or self.client_key != client_key:
            return False
        self._saved = None
        self._stop_pause()
        self._pause = self.set_timer(AGAIN, self._save_in_time)
        return True

    def settle(
        self,
        newest_id: int,
        text: str = "",
        client_key: str | None = None,
        *,
        channel: str | None = None,
        warning: str | None = None,
    ) -> None:
        """The thread and the draft are read: what was typed ahead of them follows the draft."""
        if self.target is None or self.target.newest_id is not None:
            return
        self.target = replace(self.target, newest_id=newest_id, channel=channel, warning=warning)
        if text:
            typed = self.text
            self.client_key = client_key or self.client_key
            self._saved = text
            self._area.load_text(text + typed)
            self._area.move_cursor(self._area.document.end)
        self._draw()

    def by(self, channel: str | None, warning: str | None = None) -> None:
        """The reply goes by this channel, and `warning` is what is known against it."""
        if self.target is not None and (self.target.channel, self.target.warning) != (channel, warning):
            self.target = replace(self.target, channel=channel, warning=warning)
            self._draw()

    def focus_text(self) -> None:
        """At once: Textual's own `focus` lets keys that are already waiting pass it."""
        self.screen.set_focus(self._area, scroll_visible=False)

    def close(self) -> None:
        """Hides it; what was not saved yet is offered for saving."""
        self.save_now()
        self.target = None
        self.styles.display = "none"
        self.remove_class("-held")

    def sent(self) -> None:
        """The text is in the outbox: nothing of it is a draft any more."""
        self._stop_pause()
        self._saved = ""
        self._area.load_text("")
        self.target = None
        self.styles.display = "none"
        self.remove_class("-held")

    def unsaved(self) -> tuple[int, str, str, bool] | None:
        """What is not saved yet, as `DraftChanged` takes it; a change to a message is no draft."""
        if self.target is None or self.target.editing is not None or self.text == self._saved:
            return None
        return self.target.conversation_id, self.text, self.client_key, self.target.newest_id is None

    def _save_in_time(self) -> None:
        self._pause = None
        if self.target is not None and self.target.newest_id is None:
            # The draft that it follows is still being read.
            self._pause = self.set_timer(LATEST, self._save_in_time)
        else:
            self.save_now()

    def save_now(self) -> None:
        self._stop_pause()
        unsaved = self.unsaved()
        if unsaved is not None:
            self._saved = unsaved[1]
            self.post_message(self.DraftChanged(*unsaved))

    def hold(self, news: Sequence[MessageView]) -> None:
        """Somebody wrote since the composer opened: shows it and waits for one more Enter."""
        lines = [plain(_("Since you began to write:"), "bold")]
        for message in news[-4:]:
            who = _("wrote") if message.direction is Direction.INCOMING else _("was answered")
            if message.author is Author.COLLEAGUE and message.author_name:
                who = one_line(message.author_name, 24)
            lines.append(plain(f"{hours(message.created_at)} {who}: {one_line(message.body, 160)}"))
        lines.append(plain(_("{key} sends all the same.").format(key=key_for("composer.send")), "bold"))
        assert self.target is not None
        newest = max(message.id for message in news)
        self.target = replace(self.target, newest_id=newest)
        self.query_one("#composer-hold", Static).update(Content("\n").join(lines))
        self.set_class(True, "-held")

    def on_text_area_changed(self) -> None:
        self._draw()
        if self.target is None:
            return
        if self._pause is None:
            self._pause = self.set_timer(LATEST, self._save_in_time)
        if self.target.editing is None and self.text.strip() and self.text != self._saved:
            self.post_message(self.Typed(self.target))

    def _stop_pause(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def on_resize(self) -> None:
        self._draw()

    def submit(self, *, done: bool = False) -> None:
        """As Enter does, or Ctrl+S."""
        self._area.post_message(self._area.Asked("submit-done" if done else "submit"))

    def on_composer_text_asked(self, event: ComposerText.Asked) -> None:
        event.stop()
        if event.what == "leave":
            self.save_now()
            self.post_message(self.Left())
        elif event.what == "edit":
            self.post_message(self.EditWanted())
        elif event.what == "editor":
            start(self.screen, self._edit, name="editor", group="editor", exclusive=True)
        elif self.target is not None:
            if is_blank(self.text):
                cast("Console", self.app).say(_("There is nothing to send: write something first."))
                return
            done = event.what == "submit-done"
            self.post_message(self.Submitted(self.target, self.text, self.client_key, done=done))

    def _draw(self) -> None:
        if self.target is None:
            return
        width = max(10, self.size.width - 2)
        count = counter(self.text)
        room = width - count.cell_length - 1
        whom = addressed(self.target, room)
        line = whom.truncate(room, ellipsis=True, pad=True) + plain(" ") + count if room > 12 else whom
        self.query_one("#composer-target", Static).update(line)
        self.set_class(self.target.warning is not None, "-warned")
        self.query_one("#composer-warning", Static).update(plain(f"{GLYPH} {self.target.warning or ''}"))

    async def _edit(self) -> None:
        """The text in $EDITOR."""
        try:
            text = await edited(self.app, self.text, LONGEST_PASTE)
        except (OSError, CalledProcessError, ValueError):
            cast("Console", self.app).say(_("The editor did not work: set EDITOR to one that does."))
            return
        self._area.load_text(text)
        self._area.move_cursor(self._area.document.end)
        self.on_text_area_changed()


def _location(text: str, index: int) -> tuple[int, int]:
    """Row and column of a character."""
    before = text[:index]
    return before.count("\n"), index - (before.rfind("\n") + 1)
