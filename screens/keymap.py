"""A person's own keys: read from the configuration, checked against the registry, bound in place of its keys.

Textual's keymap is not used: it loses a key that a text field would take, and lets a letter come before the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from textual.binding import BindingsMap

from models.errors import Usage
from screens.actions import (
    ACTIONS,
    BY_ID,
    NAMED_KEYS,
    PLACES,
    Context,
    bindings_of,
    clashes,
    display,
)
from screens.i18n import _

#: Action ids and the keys that stand for the registry's.
Keymap = Mapping[str, tuple[str, ...]]

#: What people call keys, beside the names that we show (Esc, PgDn, ↑).
_ALSO = {"esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown"}
#: What a terminal makes of these: it has no keys of their own for them.
_SAME = {"ctrl+h": "Backspace", "ctrl+i": "Tab", "ctrl+m": "Enter", "ctrl+[": "Esc"}
_MODIFIERS = ("alt", "ctrl", "shift")
_LATIN = {cyrillic: latin for latin, cyrillic in PLACES.items() if cyrillic.isalpha()}


def read(wanted: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Keys by action id, from words as people write them (`Ctrl+G`, `к`, `esc`), separated by spaces.

    Raises Usage('bad-setting') for an id that does not exist, for no key or one that is none, for a letter where
    letters are text, or for a key that would then mean two things at once.
    """
    changed = {id: keys_of(id, words) for id, words in wanted.items()}
    for first, second, key in clashes(changed):
        mine, other = (first, second) if first in changed else (second, first)
        why = _("{key} means {other} already ({what})")
        raise _bad(mine, why.format(key=display([key]), other=other, what=_(BY_ID[other].description)))
    return changed


#: The keymap of the console that runs; hints name its keys.
_in_force: Keymap = {}


def use(keymap: Keymap) -> None:
    """Hints name these keys from now on."""
    global _in_force
    _in_force = keymap


def key_for(id: str) -> str:
    """The first key of an action as hints name it: the person's own, else the registry's."""
    return display(_in_force.get(id, BY_ID[id].keys)[:1])


def keys_of(id: str, words: str) -> tuple[str, ...]:
    """An action's keys as the registry spells them, whoever else has them. Raises Usage('bad-setting')."""
    action = BY_ID.get(id)
    if action is None:
        near = get_close_matches(id, BY_ID, n=1, cutoff=0.6)
        if near:
            raise _bad(id, _("there is no such action; {id} is the nearest").format(id=near[0]))
        raise _bad(id, _("there is no such action: `frontdesk keys` lists them"))
    if "{key}" in action.action:
        raise _bad(id, _("it takes the number that is pressed: its keys stay"))
    keys = tuple(dict.fromkeys(_key(id, word) for word in words.split()))
    if not keys:
        raise _bad(id, _("it names no key"))
    for key in keys:
        if action.context is Context.COMPOSER and (len(key) == 1 or key == "space"):
            raise _bad(
                id, _("{key} is text there: choose one with Ctrl or Alt, or F1 to F24").format(key=display([key]))
            )
    return keys


def _key(id: str, word: str) -> str:
    """A key as the registry spells it. Raises Usage."""
    held, _plus, last = word.rpartition("+") if not word.endswith("++") else (word[:-2], "+", "+")
    if not (held and last):  # a key alone, the plus among them
        held, last = "", word
    last = _LATIN.get(last, last)
    if len(last) > 1:
        shown = {spoken.casefold(): name for name, spoken in NAMED_KEYS.items()}
        last = shown.get(last.casefold(), last.casefold())
        last = _ALSO.get(last, last)
    else:
        last = {spoken: name for name, spoken in NAMED_KEYS.items()}.get(last, last)
    modifiers = sorted({each.casefold() for each in held.split("+") if held})
    known = len(last) == 1 and last.isprintable() and not last.isspace()
    if not known and last not in NAMED_KEYS and last not in _FUNCTION_KEYS or set(modifiers) - set(_MODIFIERS):
        raise _bad(id, _("{key} is no key: write such as r, R, ctrl+g, alt+up, f5, enter").format(key=word))
    if len(last) == 1 and "shift" in modifiers:
        modifiers.remove("shift")
        last = last.upper()
    elif len(last) == 1 and modifiers:
        last = last.lower()
    key = "+".join([*modifiers, last])
    if key in _SAME:
        raise _bad(
            id, _("a terminal takes {key} for {other}: choose another").format(key=display([key]), other=_SAME[key])
        )
    return key


_FUNCTION_KEYS = {f"f{number}" for number in range(1, 25)}


def _bad(id: str, why: str) -> Usage:
    return Usage("bad-setting", name=f"keymap.{id}", why=why)


def rebind(
    bound: BindingsMap, contexts: Iterable[Context], keymap: Keymap, taken: Callable[[str], bool] = lambda key: False
) -> None:
    """Puts a person's keys of these contexts in place of the registry's; `taken` says of a character whether a field
    that is being written in has it."""
    own = [action for action in ACTIONS if action.id in keymap and action.context in set(contexts)]
    ids = {action.id for action in own}
    for key, there in list(bound.key_to_bindings.items()):
        if kept := [binding for binding in there if binding.id not in ids]:
            bound.key_to_bindings[key] = kept
        else:
            del bound.key_to_bindings[key]
    for action in own:
        for binding in bindings_of(action, keymap[action.id]):
            if not taken(binding.key):
                bound.key_to_bindings.setdefault(binding.key, []).insert(0, binding)
