"""Tabs of any number in any width: the chosen one is always seen, and what does not fit has a key."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from screens.people_views import FILTER_WORDS
from screens.widgets.filter_tabs import FilterTabs

COUNTS = dict.fromkeys(range(14), 1234) | {5: 0, 6: 0, 10: 0}


class TabsApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield FilterTabs(list(FILTER_WORDS.values()), warn=[8], more="0", id="tabs")

    def on_filter_tabs_chosen(self, event: FilterTabs.Chosen) -> None:
        self.chosen.append(event.index)


@pytest.mark.parametrize("width", [40, 80, 120, 320])
async def test_the_chosen_one_is_seen(width: int) -> None:
    app = TabsApp()
    async with app.run_test(size=(width, 5)) as pilot:
        tabs = app.query_one(FilterTabs)
        for chosen, words in enumerate(FILTER_WORDS.values()):
            tabs.show(chosen, COUNTS, "newest first")
            line = tabs.render().plain
            assert words in line
            assert len(line) <= width or chosen > 8
            assert ("0 all" in line) == (width < 320)
            assert ("newest first" in line) == (width == 320)
            if width == 120 and chosen != 5:
                assert "Expiring 0" not in line
        tabs.show(0, COUNTS)
        await pilot.pause()
        await pilot.click(FilterTabs, offset=(2, 0))
        assert app.chosen == [0]
