"""The steps of a sales admin's morning, by part and in their order; each ends where the console is killed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.e2e.conftest import eventually, rows
from tests.e2e.inbox import name
from tests.harness.killed import FLIGHT, Killed, cursor, title, whom

Step = Callable[[Killed], None]


def _step(part: str, said: str) -> Callable[[Step], Step]:
    def add(step: Step) -> Step:
        PARTS.setdefault(part, {})[said] = step
        return step

    return add


#: By part and by what is said of them.
PARTS: dict[str, dict[str, Step]] = {}


# Writing


@_step("writing", "in the middle of typing")
def _typing(on: Killed) -> None:
    on.type(on.write_to(), seconds=1.8)


@_step("writing", "after a pause")
def _pause(on: Killed) -> None:
    on.type(on.write_to(), words=3)
    on.rest()


@_step("writing", "typing on after a pause")
def _on_after_pause(on: Killed) -> None:
    id = on.write_to(drafted=True)
    on.type(id, words=2)
    on.rest()
    on.type(id, seconds=1.3)


@_step("writing", "after Esc")
def _esc(on: Killed) -> None:
    _kept(on, on.write_to())


@_step("writing", "after Esc and r, typing on")
def _esc_and_on(on: Killed) -> None:
    id = on.write_to()
    _kept(on, id)
    on.reply(id)
    on.type(id, seconds=1.2)


@_step("writing", "with the next conversation shown")
def _next(on: Killed) -> None:
    id = on.write_to()
    on.type(id, seconds=0.5)
    on.console.press("alt+down")
    on.console.wait(lambda text: title(text) not in (None, id) and whom(text) is None)
    on.rest(on.chance.uniform(0, 1.2))


@_step("writing", "there and back")
def _back(on: Killed) -> None:
    id = on.write_to()
    _kept(on, id)
    on.console.press("J")
    on.console.wait(lambda text: title(text) not in (None, id))
    on.console.press("K")
    on.console.wait(lambda text: title(text) == id and "✎ draft" in text)
    on.reply(id)
    on.type(id, seconds=1.2)


@_step("writing", "after a template")
def _template(on: Killed) -> None:
    id = on.go(drafted=False)
    _insert(on, id, "t", "1", f"{name(id)}, it is 38 000.")
    on.type(id, seconds=on.chance.uniform(0, 1.5), words=0)


@_step("writing", "after a template in a draft")
def _template_within(on: Killed) -> None:
    id = on.write_to(drafted=True)
    on.type(id, words=2)
    _insert(on, id, "ctrl+t", "2", f"{name(id)}, tell me more?")
    on.rest(on.chance.uniform(0.5, 1.2))


@_step("writing", "while a placeholder is asked for")
def _placeholder(on: Killed) -> None:
    id = on.go(drafted=False)
    _insert(on, id, "t", "3", f"{name(id)}, it begins {{day}}.")
    on.rest()


@_step("writing", "after a placeholder was filled")
def _filled(on: Killed) -> None:
    id = on.go(drafted=False)
    _insert(on, id, "t", "3", f"{name(id)}, it begins {{day}}.")
    pressed = time.monotonic()
    on.console.press("5")
    on.console.wait(r"begins\s+5\.")
    on.model.typed(id, f"{name(id)}, it begins 5.", pressed=pressed, shown=time.monotonic())
    on.rest(on.chance.uniform(0.5, 1.2))


@_step("writing", "in a resize")
def _resize(on: Killed) -> None:
    id = on.write_to()
    on.type(id, words=2)
    on.console.resize(80, 24)
    on.type(id, seconds=1.2)
    on.console.resize(50, 18)
    on.console.pump_for(on.chance.uniform(0, 0.1))


def _kept(on: Killed, id: int) -> None:
    """Types, and leaves the composer; what says that the draft is kept holds for every letter of it."""
    on.type(id, words=2)
    on.console.press("esc")
    on.console.wait("The draft is kept")
    on.model.kept(id)


def _insert(on: Killed, id: int, key: str, digit: str, filled: str) -> None:
    on.console.press(key)
    on.console.wait("Templates for")
    pressed = time.monotonic()
    on.console.press(digit)
    last = re.escape(filled.split()[-1])
    on.console.wait(lambda text: "Templates for" not in text and whom(text) == id and re.search(last, text) is not None)
    on.model.typed(id, on.model.text(id) + filled, pressed=pressed, shown=time.monotonic())


# Under dialogs, and acts on many


def _over(said: str, dialog: str, *keys: str) -> None:
    """A step that opens a dialog, or another screen, over the open composer."""

    def step(on: Killed) -> None:
        on.type(on.write_to(), words=2)
        for key in keys:
            on.console.press(key)
            if key == "tab":
                on.console.wait(lambda text: "Ctrl+G" not in text)
        on.console.wait(dialog)
        on.rest()

    _step("dialogs", said)(step)


_over("under the help", "Esc", "f1")
_over("under the search", "Search all messages|Nothing typed|Words", "ctrl+f")
_over("under the templates", "Templates for", "ctrl+t")
_over("under the palette", "Search|command", "ctrl+p")
_over("while a snooze is asked for", "Snooze ·", "tab", "s")
_over("while a tag is asked for", "Tag ·", "tab", "#")
_over("while a note is written", "Note", "tab", ";")
_over("after a mark", "1 marked", "tab", "x")
_over("after all were marked", r"\d marked", "tab", "*")


def _mark(on: Killed, id: int, others: int = 2) -> list[int]:
    """This one, left with its draft kept, and those below it: x goes on to the next."""
    marked: list[int] = []
    for many in range(1, others + 2):
        before = marked[-1:]
        on.console.wait(lambda text, before=before: title(text) == cursor(text) not in (None, *before))  # type: ignore[misc]
        marked.append(cursor(on.console.screen()) or 0)
        on.console.press("x")
        on.console.wait(f"{many} marked")
    assert marked[0] == id
    return marked


@_step("dialogs", "while an act on many is asked about")
def _question(on: Killed) -> None:
    id = on.write_to()
    _kept(on, id)
    _mark(on, id)
    on.console.press("d")
    on.console.wait("Outcome ·")
    on.console.press("3")
    on.console.wait("Do it")
    on.rest(on.chance.uniform(0, 0.3))


@_step("dialogs", "in an act on many")
def _many(on: Killed) -> None:
    on.type(on.write_to(), seconds=0.5)
    on.console.press("tab")
    on.console.wait(lambda text: "Ctrl+G" not in text)
    on.console.press("*")
    on.console.wait(r"\d marked")
    on.console.press("d")
    on.console.wait("Outcome ·")
    on.console.press("3")
    text = on.console.wait(r"Type their number, (\d+)")
    found = re.search(r"Type their number, (\d+)", text)
    assert found is not None
    on.console.press(found[1], "enter")
    time.sleep(on.chance.uniform(0, 0.1))


@_step("dialogs", "in a reply to many")
def _reply_many(on: Killed) -> None:
    _to_many(on)
    time.sleep(on.chance.uniform(0, 0.1))


@_step("dialogs", "after a reply to many")
def _replied_to_many(on: Killed) -> None:
    many = _to_many(on)
    on.console.wait("3 of 3")
    on.model.sent.update(many)
    on.model.perhaps = set()


def _to_many(on: Killed) -> set[tuple[int, str]]:
    """One reply to three, one of whom is just being written to: that draft stays."""
    id = on.write_to()
    _kept(on, id)
    marked, text = _mark(on, id), on.word()
    on.console.press("R")
    on.console.wait("goes on to a preview")
    on.console.press(text)
    on.console.wait(text)
    on.console.press("enter")
    on.console.wait("Do it")
    on.model.perhaps = {(each, text) for each in marked}
    on.console.press("enter")
    return on.model.perhaps


# Sending


def _send(on: Killed, id: int) -> str:
    """Ctrl+S, seen to be accepted."""
    text = on.model.text(id).rstrip()  # nothing is sent of what nobody sees
    on.console.press("ctrl+s")
    on.console.wait(lambda screen: whom(screen) is None)
    on.model.confirmed(id, text)
    return text


@_step("sending", "in the undo window")
def _held(on: Killed) -> None:
    id = on.write_to()
    on.type(id, words=2)
    _send(on, id)
    on.rest(on.chance.uniform(0, 0.2))


@_step("sending", "as Ctrl+S is pressed")
def _sending(on: Killed) -> None:
    id = on.write_to()
    on.type(id, words=3)
    on.console.press("ctrl+s")
    on.model.either[id] = on.model.text(id).rstrip()
    time.sleep(on.chance.uniform(0, 0.04))


@_step("sending", "while a reply is in flight")
def _flight(on: Killed) -> None:
    id = on.write_to(drafted=False)
    on.type(id, words=1)
    on.type(id, only=FLIGHT)
    _send(on, id)
    here = f"SELECT 1 FROM console_outbox WHERE conversation_id = {id} AND state = 'sending'"
    eventually(lambda: not on.console.pump(0.05) and bool(rows(on.path, here)), "in flight")
    on.type(on.write_to(), seconds=1.2)


@_step("sending", "after done")
def _done(on: Killed) -> None:
    id = on.write_to(waiting=True)
    _kept(on, id)
    on.away.add(id)
    on.console.press("e")
    on.console.wait(lambda text: cursor(text) != id and "z takes it back" in text)


@_step("sending", "after done was taken back")
def _undone(on: Killed) -> None:
    _done(on)
    on.console.press("z")
    on.console.wait("Taken back")
    on.type(on.write_to(), words=2)


@_step("sending", "as a reply is taken back")
def _taking_back(on: Killed) -> None:
    id = on.write_to(waiting=True)
    on.type(id, words=2)
    text = _send(on, id)
    on.console.wait("z takes it back")
    on.console.press("z")
    on.model.either[id] = text
    time.sleep(on.chance.uniform(0, 0.04))


@_step("sending", "after a reply was taken back")
def _taken_back(on: Killed) -> None:
    id = on.write_to(waiting=True)
    on.type(id, words=2)
    text = _send(on, id)
    on.console.wait("z takes it back")
    on.console.press("z")
    on.console.wait(lambda screen: whom(screen) == id and text.split()[-1] in screen)
    on.model.taken_back(id, text)
    on.type(id, seconds=on.chance.uniform(0, 1.3))
