"""Keys of terminals that say more of them than was asked for."""

from __future__ import annotations

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from console.keyboard import read_all_keys


@pytest.mark.parametrize(
    ("sequence", "keys"),
    [
        ("\x1b[108;5u", ["ctrl+l"]),
        ("\x1b[108;5:1u", ["ctrl+l"]),  # pressed
        ("\x1b[108;5:3u", []),  # released
        ("\x1b[108:76:108;5u", ["ctrl+l"]),  # with its other characters
        ("\x1b[1076::108;5u", ["ctrl+д"]),
        ("\x1b[1;3:1B", ["alt+down"]),
        ("\x1b[97;;97:98u", ["a", "b"]),
        ("\x1b[99999999u", []),
        ("\x1b[97;;1114112u", []),
    ],
)
def test_a_key_is_read_or_is_none(sequence: str, keys: list[str]) -> None:
    read_all_keys()
    parser = XTermParser()
    assert [event.key for event in [*parser.feed(sequence), *parser.tick()] if isinstance(event, Key)] == keys
