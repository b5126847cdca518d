"""What the App does besides showing things: it runs writes, survives failures, and leaves cleanly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.app import App, ScreenError
from textual.css.query import NoMatches
from textual.events import Resize
from textual.widgets import Input, TextArea

from console import crash, keyboard
from console.leaving import farewell, held_ones, let_go
from models.errors import FrontdeskError
from models.rules.clock import Clock
from models.rules.text import clean, for_storage
from screens.base import LONGEST, BaseScreen, Speaks, explained
from screens.i18n import _
from screens.opening import leave_dialog
from screens.painter import draw_again
from screens.painting import Frame, Shown
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from screens.services import Services


class Shell(Speaks, App[int]):
    """`state_folder` is where a report of a fatal error goes, None: nowhere. After `run`, `farewell_line` is what the
    plain terminal should say, and `return_code` the exit code."""

    def __init__(self, services: Services, *, clock: Clock, state_folder: Path | None) -> None:
        super().__init__()
        keyboard.read_all_keys()
        self.services = services
        self.clock = clock
        self.farewell_line: str | None = None
        self._state_folder = state_folder
        self._answered: set[int] = set()
        self._leaving = False
        self._shutting = False
        self._suspended = False
        self._warned = False
        self._reported: set[str] = set()
        self._writes: set[asyncio.Task[None]] = set()
        self._handlers = contextlib.ExitStack()
        self._shown = Shown()
        self._leave_wanted = False
        #: The modes of the terminal as a person had it, where it was not found like that.
        self.found_modes: list[Any] | None = None

    def on_mount(self) -> None:
        driver: Any = self._driver
        if self.found_modes is not None and hasattr(driver, "attrs_before"):
            # What the terminal is given back with: to an editor, to the shell.
            driver.attrs_before = self.found_modes

    def _display(self, screen: Any, renderable: Any) -> None:
        if isinstance(renderable, Frame):
            renderable.shown = self._shown
        elif renderable is not None:
            self._shown.forget()
        super()._display(screen, renderable)

    async def _on_resize(self, event: Resize) -> None:
        self._shown.forget()
        await super()._on_resize(event)

    def _check_resize(self) -> None:
        event = self._resize_event
        super()._check_resize()
        if event is not None and self.screen_stack and self.screen._compositor.size == event.size:
            # There and back, or the terminal was another program's: the layout stays, and what was drawn is gone.
            self.screen.refresh()

    def action_redraw(self) -> None:
        """Whatever somebody else wrote over it, and whatever a widget forgot to say."""
        self._shown.soil()
        for screen in (self.screen, *self._background_screens):
            draw_again(screen)

    def leave_soon(self) -> None:
        """A signal came before this App looks for signals itself."""
        self._leave_wanted = True

    @property
    def had_terminal(self) -> bool:
        """Whether the terminal was this App's: it has given it back by now."""
        # A driver that was made and never begun has taken nothing; those of tests have no such thread.
        return self._driver is not None and getattr(self._driver, "_writer_thread", self._driver) is not None

    def _resume_signal(self) -> None:
        # Another program had the terminal.
        self._shown.soil()
        super()._resume_signal()
        self.screen.refresh()

    def look_for_changes(self) -> None:
        """Starts looking for changes; again after a leaving that did not happen."""
        raise NotImplementedError

    def _base(self) -> BaseScreen | None:
        stack = self.screen_stack
        return stack[0] if stack and isinstance(stack[0], BaseScreen) else None

    def refresh_bars(self) -> None:
        if (base := self._base()) is not None:
            base.refresh_bar()

    def say(self, reason: str) -> None:
        base = self._base()
        if base is not None and self.screen is base:
            base.status(clean(reason)[:LONGEST])
        else:
            self.notify(reason)

    # Writes and failures

    def write(self, work: Callable[[], Awaitable[None]], *, name: str = "write") -> None:
        """Runs a write that outlives the screen that asked; leaving waits for it."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._writes.add(task)
            try:
                await work()
            finally:
                self._writes.discard(task)

        start(self, run, name=name, group="writes")

    def count_answer(self, conversation_id: int) -> None:
        """A reply to this conversation was queued here."""
        self._answered.add(conversation_id)

    def failed(self, error: BaseException) -> None:
        if self._leaving or self._ending:
            return
        if isinstance(error, FrontdeskError):
            self.say(words(error))
            return
        # Each kind of error is reported once a run: a failing timer may not fill the disk.
        key = "\n".join([type(error).__name__, *crash.frames(error)[-1:]])
        path = None
        if key not in self._reported and self._state_folder is not None:
            self._reported.add(key)
            path = crash.report(error, self._state_folder)
        line = _("Something went wrong ({kind}); nothing was lost.").format(kind=explained(error))
        self.say(f"{line} {path}" if path is not None else line)

    def on_worker_state_changed(self, event: Any) -> None:
        if event.worker.error is not None:
            self.failed(event.worker.error)

    @property
    def _ending(self) -> bool:
        """The screens are being taken down: whoever still looks for a widget of theirs finds none."""
        return self._exit or self._shutting

    async def _shutdown(self) -> None:
        self._shutting = True
        await super()._shutdown()

    def _handle_exception(self, error: Exception) -> None:
        """Textual's would print source lines and locals: a token, somebody's message."""
        if self._ending and isinstance(error, NoMatches | ScreenError):
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            path = crash.report(error, self._state_folder) if self._state_folder is not None else None
            self._exit_renderables.append(Text(clean(crash.told(error, path))))
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        """Reached only around `_handle_exception`: ends without a traceback."""
        self._return_code = 1
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        """Textual's input thread hands a traceback here: only its fact is told."""
        self._handle_exception(RuntimeError("the terminal's input failed"))

    # Copying and leaving

    @contextlib.contextmanager
    def suspend(self) -> Iterator[None]:
        """As Textual's; meanwhile an interrupt is the other program's business."""
        self._suspended = True
        try:
            with super().suspend():
                yield
        finally:
            self._suspended = False

    def copy_to_clipboard(self, text: str) -> None:
        super().copy_to_clipboard(for_storage(text))

    def action_copy_or_leave(self) -> None:
        focused = self.focused
        if isinstance(focused, TextArea | Input) and focused.selected_text:
            self.copy_to_clipboard(focused.selected_text)
        elif (selected := self.screen.get_selected_text()) is not None:
            self.copy_to_clipboard(selected)
        else:
            self.action_leave()

    async def action_quit(self) -> None:
        self.action_leave()

    def action_leave(self) -> None:
        if self._leaving or len(self.screen_stack) > 1:
            # Behind a dialog there is a question open: a second press leaves it at once.
            self._leave_by_signal("key")
            return
        start(self, self._leave, name="leaving", group="leaving", exclusive=True)

    async def _leave(self) -> None:
        held = await held_ones(self.services)
        if held:
            answer = await self.push_screen_wait(leave_dialog(len(held)))
            if answer == "stay":
                return
            if answer != "keep":
                self.say(_("Leaving when the replies have gone out; Ctrl+C leaves at once."))
                await let_go(self.services, held, now=answer == "send")
        await self.leave_now()

    def _leave_by_signal(self, name: str) -> None:
        if name == "SIGINT" and self._suspended:
            return
        if self._leaving:  # asked twice: what is under way is durable
            self.exit(0)
            return
        start(self, partial(self.leave_now, force=True), name=f"leaving ({name})", group="leaving")

    async def leave_now(self, *, force: bool = False) -> None:
        """Saves drafts, says goodbye, lets requests in flight finish, ends. A draft that can't be saved keeps the App
        open once, unless `force`."""
        if self._leaving:
            return
        self._leaving = True
        if (base := self._base()) is not None:
            base.status(_("Leaving…"))
        try:
            await self._save_drafts()
        except FrontdeskError as error:
            if not (force or self._warned):
                self._leaving, self._warned = False, True
                self.say(_("The draft is not saved; leave again to lose it. {why}").format(why=words(error)))
                self.look_for_changes()
                return
        if self._writes:
            await asyncio.wait(set(self._writes), timeout=5)
        self.farewell_line = await farewell(self.services, self.clock, answered=len(self._answered))
        with contextlib.suppress(FrontdeskError):
            await self.services.stop()
        self.exit(0)

    async def _save_drafts(self) -> None:
        """Every screen saves what is being written. Raises FrontdeskError."""
        for stack in self._screen_stacks.values():
            for screen in stack:
                if (flush := getattr(screen, "flush", None)) is not None:
                    await flush()
                if (leave_seat := getattr(screen, "leave_seat", None)) is not None:
                    await leave_seat()

    async def on_unmount(self) -> None:
        self._leaving = True
        self._handlers.close()
        if self._driver is not None and not self.is_headless:
            with contextlib.suppress(Exception):
                self._driver.write("\x1b[23;0t")
        with contextlib.suppress(FrontdeskError):
            await self.services.stop()
