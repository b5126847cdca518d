"""A person's own keys: what may be written, and what is refused with which words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.binding import BindingsMap

import screens
from models.errors import Usage
from models.views import View
from screens.actions import ACTIONS, BY_ID, Context, bindings, textual_key
from screens.keymap import key_for, keys_of, read, rebind, use
from screens.widgets.conversation_list import nothing
from screens.wording import words


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("w", ("w",)),
        ("W Ctrl+G", ("W", "ctrl+g")),
        ("ц", ("w",)),  # written with the Russian layout on: the key of that place
        ("Shift+w alt+Up", ("W", "alt+up")),
        ("Alt+Ctrl+X ctrl+alt+x", ("alt+ctrl+x",)),
        ("F5 PgDn pagedown ↑ esc DEL", ("f5", "pagedown", "up", "escape", "delete")),
        ("- ; ctrl++", ("-", ";", "ctrl++")),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, wanted: tuple[str, ...]) -> None:
    assert keys_of("app.help", written) == wanted


@pytest.mark.parametrize(
    ("id", "written", "why"),
    [
        ("inbox.fly", "w", "there is no such action"),
        ("inbox.replies", "w", "inbox.reply is the nearest"),
        ("inbox.reply", " ", "it names no key"),
        ("inbox.reply", "j", "j means list.down already (Next)"),
        ("inbox.reply", "о", "j means list.down already (Next)"),
        ("inbox.reply", "Ctrl+P", "Ctrl+P means app.palette already"),
        ("inbox.reply", "ctrl+i", "a terminal takes Ctrl+I for Tab"),
        ("inbox.reply", "ctrlx", "ctrlx is no key"),
        ("inbox.reply", "esc+", "esc+ is no key"),
        ("inbox.reply", "hyper+x", "hyper+x is no key"),
        ("composer.send", "x", "x is text there"),
        ("composer.send", "space", "Space is text there"),
        ("inbox.view", "w", "its keys stay"),
    ],
)
def test_what_can_not_be_used_is_refused_in_one_line(id: str, written: str, why: str) -> None:
    with pytest.raises(Usage) as caught:
        read({id: written})
    assert words(caught.value).startswith(f"The setting keymap.{id} can't be used: ")
    assert why in words(caught.value)


def test_two_of_a_persons_own_keys_clash_too() -> None:
    with pytest.raises(Usage, match=r"keymap\.inbox"):
        read({"inbox.reply": "f7", "inbox.read": "f7"})


def test_keys_may_be_swapped() -> None:
    swapped = read({"inbox.read": "u", "inbox.unread": "m"})
    bound = BindingsMap(bindings(Context.INBOX))
    rebind(bound, [Context.INBOX], swapped)
    assert {key: [each.id for each in bound.key_to_bindings[key]] for key in ("u", "г", "m", "ь")} == {
        "u": ["inbox.read"], "г": ["inbox.read"], "m": ["inbox.unread"], "ь": ["inbox.unread"],
    }  # fmt: skip


def test_the_former_keys_go_and_nothing_else() -> None:
    bound = BindingsMap(bindings(Context.APP))
    before = set(bound.key_to_bindings)
    rebind(bound, [Context.APP], read({"app.leave": "f12"}))
    assert set(bound.key_to_bindings) == before - {"q", "й", "ctrl+q", "ctrl+й"} | {"f12"}


def test_a_letter_never_comes_before_a_field_of_text() -> None:
    """Only keys that are no characters do: F1 is taken before any field, the letter that stands for it is not."""
    bound = BindingsMap(bindings(Context.APP))
    rebind(bound, [Context.APP], {"app.help": ("w", "f24")})
    assert [bound.key_to_bindings[key][0].priority for key in ("w", "ц", "f24")] == [False, False, True]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_can_be_given_a_key_of_its_own(action: object) -> None:
    id = action.id  # type: ignore[attr-defined]
    if "{key}" in BY_ID[id].action:
        return
    bound = BindingsMap(bindings(BY_ID[id].context))
    rebind(bound, [BY_ID[id].context], read({id: "f24"}))
    assert [each.id for each in bound.key_to_bindings["f24"]] == [id]
    assert [key for key, there in bound.key_to_bindings.items() if id in [each.id for each in there]] == ["f24"]


def test_names_of_keys_are_textuals() -> None:
    assert [textual_key(key) for key in ("/", "ctrl+/", "+", "ctrl++", "j", "alt+up", "Ж", "-")] == [
        "slash", "ctrl+slash", "plus", "ctrl+plus", "j", "alt+up", "Ж", "minus",
    ]  # fmt: skip


def test_hints_name_the_key_in_force() -> None:
    assert [key_for(id) for id in ("inbox.take-back", "inbox.out", "composer.send")] == ["z", "Esc", "Enter"]
    use(read({"inbox.take-back": "U Ctrl+Z"}))
    try:
        assert key_for("inbox.take-back") == "U"
        assert nothing(View.MINE).plain.startswith("Nothing is yours. c claims")
        use(read({"inbox.claim": "U"}))
        assert nothing(View.MINE).plain.startswith("Nothing is yours. U claims")
    finally:
        use({})


#: Words of dialogs about keys that are their own, and no action's.
OWN = re.compile(
    r"^(Enter|Esc|Ctrl|Type|j k|Not saved|A new file|Any other|Write|Or the path|Every line|Leaving|path of)"
)


def test_no_hint_of_a_screen_names_a_key_by_heart() -> None:
    """A person may have given the action another one."""
    by_heart = re.compile(r"(?<![\w{])([a-zA-Z#*!;]|Esc|Enter)(?= (again|takes|marks|claims|puts|gives|lets|brings)\b)")
    found = []
    for path in sorted(Path(screens.__file__).parent.rglob("*.py")):
        for text in re.findall(r'\b_\(\s*"([^"]+)"', path.read_text("utf-8")):
            if by_heart.search(text) and not OWN.match(text):
                found.append(f"{path.name}: {text}")
    assert found == []
