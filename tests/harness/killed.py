"""A console in a terminal that is killed without warning, and what it must leave: every draft but the last second of
typing, every confirmed reply once, nothing sent unasked."""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.e2e.conftest import Telegram, eventually, rows
from tests.e2e.inbox import TELEGRAM
from tests.e2e.terminal import FRONTDESK, Terminal
from tests.harness.drafted import COSTS, Drafted

#: A reply with this word in it stays in flight: Telegram does not answer.
FLIGHT = "unanswered"
#: What `telegram_at` is given for that.
FAULTS = [{"action": "stall", "method": "sendMessage", "text": FLIGHT, "after": True, "seconds": 600}]
#: Seconds in which z takes a reply back.
UNDO = 2
#: Letters above which a draft is answered and not written on: the composer shows ten lines.
LONGEST = 250

_CURSOR = re.compile(r"^▌.*?Person(\d{3})x", re.MULTILINE)
_TITLE = re.compile(r"▕ Person(\d{3})x")
_WHOM = re.compile(r"→ Person(\d{3})x  id \d+")


def cursor(text: str) -> int | None:
    """Whose row the list's cursor is on."""
    found = _CURSOR.search(text)
    return int(found[1]) if found else None


def title(text: str) -> int | None:
    """Whose thread is shown."""
    found = _TITLE.search(text.splitlines()[1])
    return int(found[1]) if found else None


def whom(text: str) -> int | None:
    """To whom the open composer writes."""
    found = _WHOM.search(text)
    return int(found[1]) if found else None


class Killed:
    """`path` holds the inbox of 120. The console is killed by `kill`, which checks what is left, and opened again."""

    def __init__(self, path: Path, telegram: Telegram, env: Mapping[str, str], chance: random.Random) -> None:
        self.path = path
        self.telegram = telegram
        self.chance = chance
        self.model = Drafted()
        self.kills: Counter[str] = Counter()
        self._env = {**env, "FRONTDESK_UNDO_SECONDS": str(UNDO), "FRONTDESK_MODE": "attached"}
        #: Who is done, as far as this hand knows.
        self.away: set[int] = set()
        self._words = 0
        self._stack = ExitStack()
        self.console = self._open()

    def _open(self) -> Terminal:
        console = self._stack.enter_context(Terminal([FRONTDESK, str(self.path)], env=self._env))
        console.wait(lambda text: cursor(text) is not None or "No " in text)
        return console

    def close(self) -> None:
        self._stack.close()

    # Killing

    def kill(self, step: str) -> None:
        """At once; then the database is looked at, the console opened again, and the draft looked for in it."""
        writing = whom(self.console.screen())
        killed = time.monotonic()
        self._stack.close()
        self.kills[step] += 1
        drafts = dict(rows(self.path, "SELECT conversation_id, body FROM console_drafts"))
        open_replies = "SELECT conversation_id, body FROM console_outbox WHERE state != 'cancelled'"
        outbox = rows(self.path, open_replies)
        wrong = self.model.after_kill(killed, drafts, outbox) + self._sent_wrongly()
        assert not wrong, "\n".join([f"killed at {step!r}:", *wrong])
        self.console = self._open()
        self._look_at_drafts(writing if writing in drafts else None)

    def _sent_wrongly(self) -> list[str]:
        calls = (call["parameters"] for call in self.telegram.calls("sendMessage") if call["accepted"])
        sent = Counter((int(call["chat_id"]) - TELEGRAM, str(call["text"])) for call in calls)
        return [f"Telegram got unasked or twice, to {id}: {text!r}" for id, text in (sent - self.model.sent).elements()]

    def _look_at_drafts(self, id: int | None) -> None:
        """The view of the drafts counts them; that of `id`, or else of anybody, is shown in its own conversation."""
        drafts = self.model.histories
        self.console.press("9", "]", "]", "]")
        if not drafts:
            self.console.wait("No drafts")
            return
        self.console.wait(rf"Drafts {len(drafts)}(?!\d)")
        id = id if id is not None else self.chance.choice(sorted(drafts))
        self.walk_to(lambda here: here == id)
        beginning = " ".join(self.model.text(id).split())[:30]
        self.console.wait(lambda text: title(text) == id and f"✎ draft: {beginning}" in text)

    # Hands

    def walk_to(self, wanted: Callable[[int], bool]) -> int:
        """Down from the top of the list to the first whom one wants; their thread is shown."""
        for _try in range(20):  # a list that is still being read may jump under the cursor
            self.console.press("g")
            with contextlib.suppress(AssertionError):
                self.console.wait(lambda text: text.splitlines()[1].startswith("▌") and title(text) == cursor(text), 2)
            here = cursor(self.console.screen())
            while here is not None:
                if wanted(here):
                    self.console.wait(lambda text, here=here: title(text) == cursor(text) == here)  # type: ignore[misc]
                    return here
                here = self._down(here)
        raise AssertionError(f"not in the list:\n{self.console.screen()}")

    def _down(self, here: int) -> int | None:
        """Whom j leads to from here; None: the list ends."""
        self.console.press("j")
        end = time.monotonic() + 2
        while (there := cursor(self.console.screen())) in (None, here):
            if time.monotonic() > end:
                return None
            self.console.pump(0.02)
        return there

    def go(self, *, drafted: bool | None = None, waiting: bool = False) -> int:
        """To somebody among the first of all; with `drafted` to one with a draft that can be written on, or to one
        without any draft; with `waiting` to one who is not done."""
        self.console.press("1")
        self.console.wait(lambda text: "No drafts" not in text and cursor(text) is not None)
        time.sleep(0.05)
        drafted_on = [id for id in self.model.histories if self._short(id)]
        if drafted and drafted_on:
            chosen = self.chance.choice(drafted_on)
            return self.walk_to(lambda id: id == chosen)
        skip, away = self.chance.randrange(4), self.away | {id for id, _text in self.model.sent} if waiting else set()

        def wanted(id: int) -> bool:
            nonlocal skip
            skip -= self._short(id) and id not in away and not (drafted is False and self.model.text(id))
            return skip < 0

        return self.walk_to(wanted)

    def _short(self, id: int) -> bool:
        return len(self.model.text(id)) <= LONGEST and FLIGHT not in self.model.text(id)

    def write_to(self, *, drafted: bool | None = None, waiting: bool = False) -> int:
        """Opens the composer for somebody, with their draft in it."""
        id = self.go(drafted=drafted, waiting=waiting)
        self.reply(id)
        return id

    def reply(self, id: int) -> None:
        last = self.model.text(id).split()[-1:]
        self.console.press("r")
        self.console.wait(
            lambda text: whom(text) == id and "✎ draft" not in text and all(word in text for word in last)
        )

    def word(self) -> str:
        """No other holds the same letters."""
        self._words += 1
        return f"{self._words}{''.join(self.chance.choices('abcdefghij', k=self.chance.randint(2, 6)))}"

    def type(self, id: int, seconds: float = 0.0, words: int = 1, *, only: str | None = None) -> None:
        """Words one after the other, each waited for, for at least so long and so many."""
        began = time.monotonic()
        while words > 0 or time.monotonic() < began + seconds:
            word = self.word() if only is None else only
            pressed = time.monotonic()
            self.console.press(f"{word} ")
            self.console.wait(re.escape(word))
            assert whom(self.console.screen()) == id
            self.model.typed(id, f"{self.model.text(id)}{word} ", pressed=pressed, shown=time.monotonic())
            words -= 1
            # As a person types, with no pause that anything could wait for.
            self.console.pump_for(self.chance.uniform(0.02, 0.15))

    def rest(self, seconds: float = COSTS + 0.1) -> None:
        """Longer than what a kill may cost."""
        self.console.pump_for(seconds)

    def drained(self) -> None:
        """Everything confirmed goes out once; but what was in flight at a kill waits for its lease."""
        late = (
            f"SELECT 1 FROM console_outbox WHERE state IN ('queued', 'sending') AND body NOT LIKE '%{FLIGHT}%' LIMIT 1"
        )
        eventually(lambda: not self.console.pump(0.05) and not rows(self.path, late), "all of it is sent")
        assert not self._sent_wrongly()
