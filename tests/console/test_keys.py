"""`frontdesk keys`: what the console would do, without a terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from screens.actions import ACTIONS
from tests.console.command import frontdesk, frontdesk_json


@pytest.fixture
def configure() -> object:
    """Writes the configuration file."""

    def write(text: str) -> None:
        path = Path(os.environ["XDG_CONFIG_HOME"]) / "frontdesk" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    return write


def test_every_action_is_listed_with_its_id() -> None:
    listed = frontdesk_json("keys")
    assert {each["id"] for each in listed} == {action.id for action in ACTIONS}
    [reply] = [each for each in listed if each["id"] == "inbox.reply"]
    assert reply == {
        "id": "inbox.reply", "keys": ["r"], "default_keys": ["r"], "changed": False, "context": "inbox",
        "description": "Reply", "writes": True,
    }  # fmt: skip
    lines = frontdesk("keys").stdout.splitlines()
    assert len(lines) == len(ACTIONS) + 1
    assert any(line.split()[:3] == ["app.help", "?", "F1"] for line in lines)


def test_what_the_configuration_changes_is_shown(configure) -> None:  # type: ignore[no-untyped-def]
    configure('[keymap]\ninbox.reply = ["к", "ctrl+r"]\n"app.help" = "f9"\n')
    assert frontdesk_json("keys", "--changed")[1]["keys"] == ["r", "ctrl+r"]
    assert "r Ctrl+R (was r)" in frontdesk("keys").stdout
    russian = frontdesk("keys", "--changed", env={"FRONTDESK_LANG": "ru"}).stdout
    assert "r Ctrl+R (было r)" in russian
    assert frontdesk_json("keys", env={"FRONTDESK_LANG": "ru"}) == frontdesk_json("keys")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('inbox.reply = "j"', "keymap.inbox.reply can't be used: j means list.down already (Next)"),
        ('inbox.fly = "w"', "keymap.inbox.fly can't be used: there is no such action"),
    ],
)
def test_a_keymap_that_can_not_be_used_is_one_line(configure, line: str, said: str) -> None:  # type: ignore[no-untyped-def]
    configure(f"[keymap]\n{line}\n")
    done = frontdesk("keys", code=2)
    assert said in done.stderr
    assert done.stdout == ""
