"""Two operators at one database: what one does appears at the other's, and disturbs nothing there."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

from tests.conftest import with_our_tables
from tests.e2e.conftest import eventually, rows
from tests.e2e.terminal import Terminal

Open = Callable[..., Terminal]
DRAFTS = "SELECT body FROM console_drafts ORDER BY operator_id, conversation_id"


def waiting(text: str) -> int:
    """The count on the tab of those who wait."""
    found = re.search(r"2 Waiting (\d+)", text)
    return int(found[1]) if found else -1


def under_cursor(text: str) -> str:
    """The first line of the row that the cursor is on, up to the end of the list."""
    line = next((line for line in text.splitlines() if line.startswith("▌")), "")
    return line.split("▕")[0].rstrip(" ▁▂▃▄▅▆▇█")


def test_neither_disturbs_the_other_and_a_kill_loses_no_draft(seed_file: Path, open_console: Open) -> None:
    with_our_tables(seed_file)
    anna = open_console(seed_file)
    ben = open_console(seed_file, env={"FRONTDESK_OPERATOR": "ben"})
    for console in (anna, ben):
        console.wait(lambda text: waiting(text) > 2 and under_cursor(text) != "")
    first = under_cursor(ben.screen())
    ben.press("j", "j", "j")
    ben.wait(lambda text: under_cursor(text) not in ("", first))
    ben.press("r")
    ben.wait("Ctrl\\+G")
    ben.press("ответ бена")
    eventually(lambda: rows(seed_file, DRAFTS) == [("ответ бена",)], "the draft saved on a pause")
    here, before = under_cursor(ben.screen()), waiting(ben.screen())
    anna.press("2")
    # The first of all does not wait: the view is another when the cursor is on somebody else.
    anna.wait(lambda text: under_cursor(text) not in ("", first))
    anna.press("e")
    ben.wait(lambda text: waiting(text) == before - 1)
    anna.wait(lambda text: waiting(text) == before - 1)
    # Ben still writes, to the same person, in the same view; of his words Anna sees nothing.
    assert under_cursor(ben.screen()) == here
    assert "ответ бена" in ben.screen()
    assert "ответ бена" not in anna.screen()
    ben.press(" и ещё")
    ben.wait("ответ бена и ещё")
    anna.press("z")
    ben.wait(lambda text: waiting(text) == before)
    eventually(lambda: rows(seed_file, DRAFTS) == [("ответ бена и ещё",)], "the draft saved again")
    ben.press(", недосказанное")
    ben.signal(signal.SIGKILL)
    ben.process.wait(50)
    again = open_console(seed_file, env={"FRONTDESK_OPERATOR": "ben"})
    again.wait("9 Drafts 1|Drafts 1")
    again.press("j", "j", "j")
    again.wait("✎ draft: ответ бена и ещё")
    assert rows(seed_file, DRAFTS)[0][0].startswith("ответ бена и ещё")
