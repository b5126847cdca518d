"""The console in a terminal of a Russian machine: its language, its keyboard, its goodbye."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conftest import with_our_tables
from tests.e2e.terminal import Terminal


def test_a_russian_machine_speaks_russian_and_its_letters_are_keys(
    seed_file: Path, open_console: Callable[..., Terminal]
) -> None:
    with_our_tables(seed_file)
    console = open_console(seed_file, env={"FRONTDESK_LANG": "", "LC_ALL": "ru_RU.UTF-8"})
    console.wait("на связи")
    # Bytes of UTF-8, as xterm sends them: help by the place of `?`, left by that of `q`.
    console.press(",")
    console.wait("Десять слов")
    console.press("й")
    console.wait(lambda screen: "Десять слов" not in screen)
    # The same as kitty sends it, each key an escape code with its text; users by their key, then back to the list.
    console.press("\x1b[46;2;44u")
    console.wait("Десять слов")
    console.press("\x1b[1081;;1081u")
    console.wait(lambda screen: "Десять слов" not in screen)
    console.press("\x1b[1081;;1081u")
    assert console.exit_code() == 0
    assert console.restored()
    assert "ждут" in console.screen() or "не ждёт" in console.screen()
