"""The command palette: every action that works here, the views, the themes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets.option_list import Option

from models.views import View
from screens.actions import ACTIONS, display
from screens.base import BaseScreen, Console
from screens.i18n import _
from screens.painter import Painted
from screens.text import plain
from screens.view_words import VIEW_WORDS


class Actions(Provider):
    """All of it is our own words; foreign text is not searched here."""

    def _commands(self) -> list[tuple[str, str, Callable[[], object]]]:
        """What can be chosen: title, help, what it does."""
        console = cast(Console, self.app)
        found: list[tuple[str, str, Callable[[], object]]] = []
        screen = self.screen
        here = screen.here()[0] if isinstance(screen, BaseScreen) else ()
        seen: set[str] = set()
        for action in (*here, *(each for each in ACTIONS if each.action.startswith("app."))):
            if action.id in seen or "{key}" in action.action or action.id == "app.palette":
                continue
            seen.add(action.id)
            keys = display(console.keys.get(action.id, action.keys))
            found.append((_(action.description), keys, partial(self._run, action.action)))
        if isinstance(screen, BaseScreen):
            found.extend((title, _("a file"), run) for title, run in screen.savings())
        if hasattr(screen, "show_view"):
            for view in View:
                words = _("View: {view}").format(view=_(VIEW_WORDS[view]))
                found.append((words, _("jump to it"), partial(screen.show_view, view)))
        for title, show in getattr(screen, "palette_views", list)():
            found.append((title, _("jump to it"), show))
        for name in sorted(self.app.available_themes):
            found.append((_("Theme: {name}").format(name=name), _("colours"), partial(self._theme, name)))
        return found

    async def _run(self, action: str) -> None:
        node = self.focused if self.focused is not None else self.screen
        # The action may belong to any node around the focus; the first that has it runs it.
        name = action.partition("(")[0]
        if "." in name:
            await self.app.run_action(action, node)
            return
        for each in node.ancestors_with_self:
            if hasattr(each, f"action_{name}"):
                await self.app.run_action(action, each)
                return

    def _theme(self, name: str) -> None:
        self.app.theme = name

    async def discover(self) -> Hits:
        for title, help, run in self._commands():
            yield DiscoveryHit(_beside(plain(title), help), run, text=title)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, help, run in self._commands():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, _beside(matcher.highlight(title), help), run, text=title)


class Palette(Painted, CommandPalette):
    """Textual's, in the person's language."""

    def __init__(self) -> None:
        super().__init__(id="--command-palette", placeholder=_("Search for commands…"))

    def _start_no_matches_countdown(self, search_value: str) -> None:
        self._stop_no_matches_countdown()
        self._no_matches_timer = self.set_timer(self._NO_MATCHES_COUNTDOWN, partial(self._say_none, search_value))

    def _say_none(self, search_value: str) -> None:
        # Nothing to look for is nothing to miss.
        self._list_visible = bool(search_value)
        if search_value:
            none = Option(plain(_("No command is called that.")), disabled=True, id=self._NO_MATCHES)
            self.query_one(CommandList).add_option(none)


def _beside(title: Content, help: str) -> Content:
    return title + plain(f"  {help}", "$foreground-muted")
