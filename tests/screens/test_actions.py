"""The registry of actions: one key, one meaning, on both layouts."""

from __future__ import annotations

import re

import pytest
from textual.binding import Binding, BindingsMap

from screens.actions import ACTIONS, BY_ID, CHAINS, CONTEXT_WORDS, Context, bindings, clashes, display, places

#: What each letter means in the whole product, in this release and later ones; from the design's key table.
MEANINGS = {
    "w": "who",
    "f": "fix",
    "j": "next",
    "k": "previous",
    "g": "first|oldest",
    "G": "last|newest",
    "l": "open|unfold|correct",
    "h": "out",
    "n": "waits",
    "N": "waits",
    "J": "next conversation",
    "K": "previous conversation",
    "[": "previous view",
    "]": "next view",
    "/": "filter|find|search",
    "o": "order|sort",
    "?": "help",
    ":": "palette",
    "i": "lead|detail",
    "+": "enlarge",
    "_": "shrink",
    "q": "leave",
    "r": "reply",
    "m": "mark read",
    "u": "mark unread",
    "y": "copy",
    "z": "take back",
    "a": "access",
    "p": "the ai",
    "t": "templates",
    "e": "done",
    "s": "snooze",
    "c": "claim",
    "x": "mark",
    "*": "mark all",
    "v": "once more",
    "Z": "do again",
    "B": "bring",
    "M": "money",
    "E": "export",
    "!": "stuck",
}


def test_no_chain_of_contexts_binds_a_key_twice() -> None:
    assert clashes() == []


def test_every_context_is_in_a_chain() -> None:
    assert {context for chain in CHAINS.values() for context in chain} == set(Context)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_no_letter_contradicts_the_design(action: object) -> None:
    for key in BY_ID[action.id].keys:  # type: ignore[attr-defined]
        if len(key) == 1 and not key.isdigit() and key in MEANINGS:
            assert re.search(MEANINGS[key], BY_ID[action.id].description.lower()), key  # type: ignore[attr-defined]


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(ACTIONS)


def test_every_context_has_words() -> None:
    assert set(CONTEXT_WORDS) == set(Context)


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [("j", "о"), ("k", "л"), ("[", "х"), ("]", "ъ"), (":", "Ж"), ("/", "."), ("?", ","), ("G", "П"), ("q", "й")],
)
def test_keys_work_by_their_place_on_a_cyrillic_layout(latin: str, cyrillic: str) -> None:
    assert places([latin]) == (latin, cyrillic)


def test_ctrl_keys_work_by_place_too_and_named_keys_have_no_twin() -> None:
    assert places(["ctrl+p", "enter", "f1", "+", "5"]) == ("ctrl+p", "ctrl+з", "enter", "f1", "+", "5")


def test_cyrillic_keys_reach_the_same_action() -> None:
    found = {binding.key: binding.action for _key, binding in BindingsMap(bindings(Context.LIST))}
    assert found["о"] == found["j"] == found["down"] == "cursor_down"
    app = {binding.key: binding for _key, binding in BindingsMap(bindings(Context.APP))}
    assert app["comma"].action == app["question_mark"].action == "app.help"
    assert app["Ж"].action == app["colon"].action == "app.command_palette"


def test_every_binding_has_an_id_for_the_keymap() -> None:
    for context in Context:
        for binding in bindings(context):
            assert isinstance(binding, Binding)
            assert binding.id in BY_ID


def test_keys_are_spelled_as_people_read_them() -> None:
    assert display(BY_ID["app.help"].keys) == "? F1"
    assert display(BY_ID["inbox.next"].keys) == "J Alt+↓"
    assert display(BY_ID["inbox.view"].keys) == "1–9"
    assert display(BY_ID["inbox.out"].keys) == "Esc h ←"
