"""The App: it paints, opens the desk behind the frame, watches for changes, goes from screen to screen."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.command import Provider
from textual.filter import LineFilter
from textual.screen import Screen
from textual.signal import Signal
from textual.widgets import Input, TextArea

from console import signals
from console.shell import Shell
from models.errors import DatabaseProblem, FrontdeskError, Refused, Usage
from models.rules.clock import Clock, monotonic, utc_now
from models.rules.text import clean
from screens import actions
from screens import keymap as keymaps
from screens.actions import Context
from screens.health import briefly, in_full
from screens.i18n import _
from screens.opening import UpgradeDialog, problem_dialog
from screens.text import ControlGuard
from screens.themes import DARK, THEMES
from screens.times import countdown
from screens.widgets.status_bar import STALE, State
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk
    from models.views import Changes
    from screens.services import Services
    from screens.walk import Walk

#: Seconds between two looks for changes; between two that ask the database even if its files did not move; between
#: two looks at how old the picture is.
POLL, ASK, TICK = 0.15, 0.9, 0.5
#: Seconds to the next try after the table of the views could not be kept.
KEEP_PATIENCE = 2.0
#: Seconds between two looks at what time alone changes in it.
KEEP_REST = 1.0
#: How often, and how many seconds apart, it is looked whether the first page is there, before the other work begins.
LOOKS, SOON = 50, 0.02
#: What a list does without a desk.
MOVES = frozenset(f"cursor_{where}" for where in ("down", "up", "first", "last", "middle")) | {"page_down", "page_up"}
#: Longest that a key waits for the screen which it is meant for.
PATIENCE = 5.0


def _palette() -> type[Provider]:
    from screens.palette import Actions

    return Actions


class FrontdeskApp(Shell):
    """`keymap` is a person's own keys by action id (see screens.keymap); `state_folder` is where a report of a fatal
    error goes, None: nowhere. After `run`, `farewell_line` is what the plain terminal should say, and `return_code` the
    exit code. Raises Usage for a keymap or theme that can't be used.
    """

    TITLE = "Frontdesk"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    DEFAULT_MODE = "inbox"
    CONTEXTS = (Context.APP,)
    BINDINGS = actions.bindings(Context.APP)
    COMMANDS = {_palette}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        services: Services,
        *,
        theme: str | None = None,
        keymap: Mapping[str, str] | None = None,
        clock: Clock = utc_now,
        state_folder: Path | None = None,
    ) -> None:
        super().__init__(services, clock=clock, state_folder=state_folder)
        self.changes: Signal[Changes] = Signal(self, "changes")
        self.keys: dict[str, tuple[str, ...]] = keymaps.read(keymap or {})
        keymaps.use(self.keys)
        keymaps.rebind(self._bindings, self.CONTEXTS, self.keys)
        self.banner: str | None = None
        self._seen: float | None = None
        self._title_saved = False
        self._waiting = 0
        self._outage: str | None = None
        self._began = False
        self._unscored: Changes | None = None
        for own in THEMES:
            self.register_theme(own)
        if theme is not None and theme not in self.available_themes:
            raise Usage("bad-setting", name="theme", why=_("there is no theme of that name"))
        self.theme = theme or DARK.name
        self.add_mode("inbox", self._inbox)
        self.add_mode("users", self._users)
        self.add_mode("outbox", self._outbox)
        self.add_mode("journal", self._journal)
        self.add_mode("payments", self._payments)
        self.add_mode("report", self._report)
        self.add_mode("grants", self._grants)
        self.add_mode("search", self._search)
        self._searched_from = "inbox"

    # The screens: imported when they are first shown.

    def _inbox(self) -> Screen[Any]:
        from screens.inbox import InboxScreen

        return InboxScreen(self.services)

    def _users(self) -> Screen[Any]:
        from screens.users import UsersScreen

        return UsersScreen(self.services)

    def _outbox(self) -> Screen[Any]:
        from screens.outbox import OutboxScreen

        return OutboxScreen(self.services)

    def _journal(self) -> Screen[Any]:
        from screens.journal import JournalScreen

        return JournalScreen(self.services)

    def _payments(self) -> Screen[Any]:
        from screens.payments import PaymentsScreen

        return PaymentsScreen(self.services)

    def _report(self) -> Screen[Any]:
        from screens.report import ReportScreen

        return ReportScreen(self.services)

    def _grants(self) -> Screen[Any]:
        from screens.grants import GrantsScreen

        return GrantsScreen(self.services)

    def _search(self) -> Screen[Any]:
        from screens.search import SearchScreen

        return SearchScreen(self.services)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), ControlGuard()]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None: ours are all in the registry, and a screenshot would put people's messages into a file."""
        return ()

    # Opening

    def on_mount(self) -> None:
        if not self.is_headless:
            self._handlers.enter_context(signals.handled(self._leave_by_signal))
            if sys.__stdin__ is not None:
                signals.Watchdog(sys.__stdin__.fileno(), self._leave_by_signal).start()
            if self._leave_wanted:
                self._leave_by_signal("early")
        # The first count may have been faster.
        self._set_terminal_title(self._waiting)
        # Only after the first paint: the import of the database libraries would hold it up.
        self.call_after_refresh(self._open)
        self.set_interval(TICK, self._look_at_age)

    def _set_terminal_title(self, waiting: int = 0) -> None:
        name = clean(self.services.database)
        title = f"Frontdesk · {name}" if name else "Frontdesk"
        self.title = f"({waiting}) {title}" if waiting else title
        if self._driver is not None and not self.is_headless:
            # Saved on the terminal's own stack once, and given back on leaving.
            save, self._title_saved = "" if self._title_saved else "\x1b[22;0t", True
            self._driver.write(f"{save}\x1b]2;{self.title}\x07")

    def show_waiting(self, count: int) -> None:
        """The terminal's title carries how many wait."""
        if count != self._waiting:
            self._waiting = count
            self._set_terminal_title(count)

    def _open(self) -> None:
        if self._began:
            return
        self._began = True
        start(self, self._opening, name="opening", group="opening")

    async def _opening(self) -> None:
        await self._first_page(lambda: self.services.scouting)
        self.services.begin()
        while True:
            try:
                desk = await self.services.start()
                break
            except FrontdeskError as error:
                if await self.push_screen_wait(problem_dialog(words(error))) != "again":
                    await self.leave_now()
                    return
        await self._first_page(lambda: True)
        self.look_for_changes()
        refused = desk.why_not_write()
        if refused is not None and refused.id == "no-console-tables":
            await self._offer_tables()
        self.refresh_bars()

    async def _first_page(self, wait: Callable[[], bool]) -> None:
        """Until it stands, or is not to be waited for any longer."""
        for _look in range(LOOKS):
            if (base := self._base()) is None or base.first_page_shown() or not wait():
                break
            await asyncio.sleep(SOON)

    async def _offer_tables(self) -> None:
        async def add() -> None:
            await self.services.call(lambda desk: desk.upgrade())
            await self.services.start()

        plan = await self.services.call(lambda desk: desk.plan_upgrade())
        answer = await self.push_screen_wait(UpgradeDialog(plan.tables, add))
        if answer == "leave":
            await self.leave_now()
        elif answer == "add":
            self.publish(_everything())

    # Live

    def look_for_changes(self) -> None:
        start(self, self._feed, name="feed", group="feed", exclusive=True)
        start(self, self._keep, name="keep", group="keep", exclusive=True)

    async def _feed(self) -> None:
        while not self._leaving:
            try:
                await self._look()
            except FrontdeskError as error:
                self._outage = words(error)
            except Exception as error:
                # Told like any fault of ours; looking goes on, or the picture would grow old in silence.
                self.failed(error)
            await asyncio.sleep(POLL)

    async def _look(self) -> None:
        desk, age = self.services.desk, self._age()
        if desk is not None and age is not None and age < ASK and self._outage is None and desk.feed.quiet():
            return
        changes = await self.services.call(_poll)
        if changes is not None and await self._tables_came():
            changes = _everything()
        first, self._seen = self._seen is None, monotonic()
        if self._outage is not None:
            self._outage = None
            changes = _everything()  # what moved meanwhile nobody saw
        if changes is not None:
            self.publish(changes)
            self._watch_scores(changes)
        if first:
            self.refresh_bars()

    def _watch_scores(self, changes: Changes) -> None:
        """Scores that moved are kept, one look at a time: a locked file holds that up, and not the picture."""
        from models.views import Changes

        waiting, busy = self._unscored, self._unscored is not None
        if waiting is not None:
            everything = waiting.everything or changes.everything
            changes = Changes(waiting.conversations | changes.conversations, everything=everything)
        self._unscored = changes
        if not busy:
            start(self, self._see_scores, name="scores", group="scores")

    async def _see_scores(self) -> None:
        while (changes := self._unscored) is not None:
            with contextlib.suppress(FrontdeskError):
                await self.services.call(partial(_see, changes))
            if self._unscored is changes:
                self._unscored = None

    async def _keep(self) -> None:
        """Keeps the table of the views right, a piece at a time; the screen asks it only while it is."""
        was: bool | None = None
        while not self._leaving:
            pause = KEEP_PATIENCE
            try:
                pause = await self.services.call(lambda desk: desk.keeper.step())
            except FrontdeskError:
                pass  # locked or gone: the feed says so
            except Exception as error:
                self.failed(error)
            desk = self.services.desk
            if desk is not None and desk.keeper.at_rest:
                pause = max(pause, KEEP_REST)  # each look for changes asks it too
            if desk is not None and desk.keeper.usable != was:
                if was is not None:
                    self.publish(_everything())
                was = desk.keeper.usable
            await asyncio.sleep(pause)

    async def _tables_came(self) -> bool:
        """Whether a colleague has added our tables: from then on this console writes and delivers too."""
        desk = self.services.desk
        if desk is None or desk.features.console_tables or not await self.services.call(lambda it: it.look_again()):
            return False
        await self.services.start()
        self.refresh_bars()
        return True

    def _look_at_age(self) -> None:
        """A banner when the database has not answered for STALE seconds; away again when it does."""
        age = self._age()
        wanted = self._outage
        if wanted is None and age is not None and age > STALE:
            wanted = words(DatabaseProblem("locked"))
        if wanted != self.banner:
            self.banner = wanted
            self.refresh_bars()

    def _age(self) -> float | None:
        return None if self._seen is None else monotonic() - self._seen

    def publish(self, changes: Changes) -> None:
        """Says to every screen what moved."""
        self.changes.publish(changes)

    def state(self) -> State:
        desk = self.services.desk
        operator = desk.operator if desk is not None else None
        pause, health = self.services.pause, self.services.health
        return State(
            age=self._age(),
            operator=operator.name if operator is not None else None,
            warning=_("not an admin") if operator is not None and operator.non_admin else None,
            can_send=self.services.can_send,
            not_sending=self._not_sending(),
            trouble=self.services.trouble,
            pause=countdown(pause.until, self.clock()) if pause is not None else None,
            health=briefly(health, self.clock()) if health is not None else None,
            preparing=_percent(desk.keeper.progress) if desk is not None else None,
        )

    def _not_sending(self) -> str | None:
        desk = self.services.desk
        refused = desk.why_not_write() if desk is not None else None
        if refused is None:
            return None if self.services.can_send else _("no bot token: nothing is sent")
        return _("read-only") if refused.id == "read-only-session" else _("read-only: our tables are missing")

    def why_not_write(self) -> str | None:
        desk = self.services.desk
        if desk is None:
            return _("The database is still being opened.")
        refused = desk.why_not_write()
        return words(refused) if isinstance(refused, Refused) else None

    # Going somewhere

    def action_mode(self, mode: str) -> None:
        if len(self.screen_stack) == 1:
            self.switch_mode(mode)

    def action_grant_list(self) -> None:
        if len(self.screen_stack) == 1 and self.current_mode != "grants":
            self._go("grants", "came_from", self.current_mode)

    def action_help(self) -> None:
        if len(self.screen_stack) != 1 or (base := self._base()) is None:
            return
        from screens.help import HelpDialog

        there, dim = base.here()
        health = self.services.health
        note = in_full(health, self.clock()) if health is not None else None
        self.push_screen(HelpDialog(there, dim, self.keys, note))

    def action_command_palette(self) -> None:
        if len(self.screen_stack) == 1:
            from screens.palette import Palette

            self.push_screen(Palette())

    def show_conversation(self, conversation_id: int) -> None:
        self._go("inbox", "show_conversation", conversation_id)

    def show_person(self, search: str) -> None:
        self._go("users", "search_for", search)

    def show_user(self, user_id: int, back: str | None = None) -> None:
        self._go("users", "show_person", user_id, back)

    def show_journal(self, user_id: int, back: str | None = None) -> None:
        self._go("journal", "show_person", user_id, back)

    def show_receipt(self, receipt: str, back: str | None = None) -> None:
        self._go("journal", "show_search", receipt, back)

    def show_outbox(self, reply_id: int | None = None) -> None:
        self._go("outbox", "show_reply", reply_id)

    def action_search(self) -> None:
        if len(self.screen_stack) == 1:
            if self.current_mode != "search":
                self._searched_from = self.current_mode
            self._go("search", "begin")

    def show_hit(self, walk: Walk) -> None:
        self._go("inbox", "show_hit", walk)

    def show_search(self) -> None:
        self._go("search", "resume")

    def leave_search(self) -> None:
        self.action_mode(self._searched_from)

    def _go(self, mode: str, method: str, *arguments: Any) -> None:
        async def go() -> None:
            await self.switch_mode(mode)
            if (base := self._base()) is not None and (show := getattr(base, method, None)) is not None:
                shown = show(*arguments)
                if isinstance(shown, Coroutine):
                    await shown

        start(self, go, name=f"go to {mode}")

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Keys act in the order they were pressed. Textual lets those without priority wander through the widgets
        first, so that what is typed right after `r` (one packet over ssh) would still be taken for commands."""
        if not self.screen.is_mounted:
            # Its panes are still being made: a key that came in one packet with the screen's own waits for them.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.screen._mounted_event.wait(), PATIENCE)
        if priority and self.services.desk is None:
            await self._desk_for(key)
        if await super()._check_bindings(key, priority):
            return True
        return priority and not isinstance(self.focused, Input | TextArea) and await super()._check_bindings(key, False)

    async def _desk_for(self, key: str) -> None:
        """Rows may stand before the desk is open: what acts on them waits for it; what only moves does not."""
        bound = [*self._bindings.key_to_bindings.get(key, ())]
        if self.focused is not None:
            moves = self.focused._bindings.key_to_bindings.get(key, ())
            bound += [each for each in moves if each.action in MOVES]
        base = self._base()
        if bound or base is None or not base.first_page_shown():
            return
        if not self._began:
            self._open()
        end = monotonic() + PATIENCE
        while self.services.desk is None and self.screen is base and not self._leaving and monotonic() < end:
            await asyncio.sleep(0.01)


def _percent(progress: tuple[int, int] | None) -> int | None:
    return None if progress is None else min(99, 100 * progress[0] // progress[1])


def _see(changes: Changes, desk: Desk) -> int:
    return desk.scores.see(changes)


def _poll(desk: Desk) -> Changes | None:
    """What moved; the views know of it first."""
    if desk.keeper.usable:
        desk.keeper.step()
    return desk.feed.poll()


def _everything() -> Changes:
    from models.views import Changes

    return Changes(everything=True)
