"""Keys of the Russian layout as terminals send them: raw bytes through the parser that the driver uses."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual._xterm_parser import XTermParser
from textual.binding import BindingsMap
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from console.app import FrontdeskApp
from console.telegram import Token
from screens.actions import ACTIONS, PLACES, Action, bindings
from screens.widgets.composer_text import ComposerText
from screens.widgets.conversation_list import ConversationList
from tests.screens.running import console
from tests.screens.widgets.window_source import until

#: Nothing listens there.
NOWHERE = "http://127.0.0.1:1"
TOKEN = Token("123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
#: All that a person can type on ЙЦУКЕН, the upper row of signs too.
TYPED = 'йцукенгшщзхъфывапролджэячсмитьбю.ёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,Ё1234567890!"№;%:?*()-_=+/\\'
#: Characters of that layout that are commands outside a field.
COMMANDS = "оплк.,ЖхъйР?:/"
#: What a key of that layout gives without Shift, where Shift changes it: kitty names a key by that.
_BARE = {",": ".", ":": "6", "?": "7", "*": "8", "_": "-", "+": "=", "№": "3", ";": "4", "%": "5", "!": "1", '"': "2"}


def xterm(character: str, *, ctrl: bool = False, alt: bool = False) -> bytes:
    """The character itself, Alt by an Esc before it; Ctrl with a letter as `modifyOtherKeys` reports it."""
    if ctrl:
        return f"\x1b[27;5;{ord(character)}~".encode()
    return (b"\x1b" if alt else b"") + character.encode()


def tmux(character: str, *, ctrl: bool = False, alt: bool = False) -> bytes:
    """As xterm; Ctrl in the form of `extended-keys-format csi-u`."""
    return f"\x1b[{ord(character)};5u".encode() if ctrl else xterm(character, alt=alt)


def kitty(character: str, *, ctrl: bool = False, alt: bool = False, locks: int = 0) -> bytes:
    """Every key an escape code, with the text that it makes: what the console asks for. `locks`: Caps Lock is 64, Num
    Lock 128."""
    shift = character.isupper() or character in _BARE
    bare = _BARE.get(character, character.lower())
    modifiers = shift + 2 * alt + 4 * ctrl + locks
    text = "" if ctrl or alt else f";{ord(character)}"
    held = str(modifiers + 1) if modifiers else ""
    return f"\x1b[{ord(bare)};{held}{text}u".encode()


TERMINALS: dict[str, Callable[..., bytes]] = {"xterm": xterm, "tmux": tmux, "kitty": kitty}


def keys_of(raw: bytes) -> list[Key]:
    """What the driver makes of these bytes, read one at a time as a slow line brings them."""
    parser, decoder = XTermParser(), codecs.getincrementaldecoder("utf-8")()
    found: list[Key] = []
    for byte in raw:
        if text := decoder.decode(bytes([byte])):
            found += [event for event in parser.feed(text) if isinstance(event, Key)]
    found += [event for event in parser.feed("") if isinstance(event, Key)]
    return found


def lettered() -> list[tuple[Action, str]]:
    """Every action of the registry with each of its keys that has a place on the other layout."""
    return [(action, key) for action in ACTIONS for key in action.keys if key in PLACES]


@pytest.mark.parametrize("terminal", TERMINALS)
def test_every_letter_key_works_by_its_place(terminal: str) -> None:
    assert {"[", "]", ":", "/", "?", "j", "G"} <= {key for _action, key in lettered()}
    for action, key in lettered():
        [event] = keys_of(TERMINALS[terminal](PLACES[key]))
        bound = BindingsMap(bindings(action.context)).key_to_bindings[event.key]
        assert [each.id for each in bound] == [action.id], (key, event)


@pytest.mark.parametrize("terminal", TERMINALS)
def test_ctrl_with_a_letter_works_by_its_place(terminal: str) -> None:
    held = [(action, key[-1]) for action in ACTIONS for key in action.keys if key[:-1] == "ctrl+" and key[-1].isalpha()]
    assert len(held) > 3
    for action, letter in held:
        [event] = keys_of(TERMINALS[terminal](PLACES[letter], ctrl=True))
        assert event.key == f"ctrl+{PLACES[letter]}"
        bound = BindingsMap(bindings(action.context)).key_to_bindings[event.key]
        assert [each.id for each in bound] == [action.id]


@pytest.mark.parametrize("locks", [64, 128, 192])
def test_locks_change_no_meaning_in_kitty(locks: int) -> None:
    for lock_free in ("о", "р", "х"):
        [event] = keys_of(kitty(lock_free, locks=locks & 128))
        assert event.key == lock_free
    [event] = keys_of(kitty("з", ctrl=True, locks=locks))
    assert event.key == "ctrl+з"


@pytest.mark.parametrize("terminal", TERMINALS)
def test_every_character_is_the_text_that_it_is(terminal: str) -> None:
    assert "".join(keys_of(TERMINALS[terminal](each))[0].character or "" for each in TYPED) == TYPED


@pytest.mark.parametrize("terminal", TERMINALS)
def test_alt_with_a_letter_types_nothing(terminal: str) -> None:
    for event in keys_of(TERMINALS[terminal]("о", alt=True)):
        assert event.key == "alt+о"


async def test_bytes_of_terminals_work_and_are_text_in_fields(seed_file: Path) -> None:
    async with console(seed_file, "inbox", token=TOKEN, telegram_api_url=NOWHERE) as (app, pilot):
        # What tmux sends differs from xterm's with Ctrl alone.
        await walk(app, pilot, xterm, escape=b"\x1b")
        await walk(app, pilot, kitty, escape=b"\x1b[27u")


async def walk(app: FrontdeskApp, pilot: Pilot[Any], terminal: Callable[..., bytes], escape: bytes) -> None:
    """Down the list and up again, the filter, the composer, help and the palette, with the Russian layout on."""
    chosen = app.screen.query_one("#list", ConversationList)

    def feed(raw: bytes) -> None:
        for event in keys_of(raw):
            event.set_sender(app)
            app.post_message(event)

    for key, row in (("п", 0), ("о", 1), ("л", 0)):
        feed(terminal(key))
        await until(pilot, lambda row=row: chosen.index == row)
    # By the places of `/` and `r`; what is typed there is text, whatever it means outside.
    for key, field, written in ((".", Input, "value"), ("к", ComposerText, "text")):
        feed(terminal(key))
        await until(pilot, lambda field=field: isinstance(app.focused, field))
        feed(b"".join(map(terminal, COMMANDS)))
        await until(pilot, lambda written=written: getattr(app.focused, written) == COMMANDS)
        setattr(app.focused, written, "")
        feed(escape)
        await until(pilot, lambda field=field: not isinstance(app.focused, field))
        await pilot.press("f2")
        await until(pilot, lambda: chosen.screen.is_current)
    # By the places of `?`, which `q` closes, and of `:`.
    for key, closes in ((",", terminal("й")), ("Ж", escape)):
        feed(terminal(key))
        await until(pilot, lambda: len(app.screen_stack) == 2)
        feed(closes)
        await until(pilot, lambda: len(app.screen_stack) == 1)
