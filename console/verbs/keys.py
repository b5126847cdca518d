"""`frontdesk keys`: every action with its id and its keys, as the configuration has them now."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.output import as_json, say, table
from console.verbs.common import settings_of
from models.errors import ExitCode
from screens.i18n import _

if TYPE_CHECKING:
    from screens.actions import Action
    from screens.keymap import Keymap


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--changed", action="store_true", help=_("only those that the configuration changes"))


def run(arguments: argparse.Namespace) -> int:
    from screens.keymap import read

    keymap = read(settings_of(arguments).keymap)
    wanted = [action for action in _in_order() if action.id in keymap or not arguments.changed]
    if arguments.json:
        say(as_json([_record(action, keymap) for action in wanted]))
        return ExitCode.DONE
    head = (_("ID"), _("KEYS"), _("WHERE"), _("WHAT"))
    for line in table(head, [_row(action, keymap) for action in wanted]):
        say(line)
    return ExitCode.DONE


def _in_order() -> Iterator[Action]:
    from screens.actions import CONTEXT_WORDS, of

    for context in CONTEXT_WORDS:
        yield from of(context)


def _row(action: Action, keymap: Keymap) -> tuple[str, ...]:
    from screens.actions import CONTEXT_WORDS, display

    keys = display(keymap.get(action.id, action.keys))
    if action.id in keymap:
        keys = _("{keys} (was {before})").format(keys=keys, before=display(action.keys))
    return action.id, keys, _(CONTEXT_WORDS[action.context]), _(action.description)


def _record(action: Action, keymap: Keymap) -> dict[str, object]:
    """Words in the source's language: whoever reads JSON looks for them."""
    return {
        "id": action.id,
        "keys": list(keymap.get(action.id, action.keys)),
        "default_keys": list(action.keys),
        "changed": action.id in keymap,
        "context": str(action.context),
        "description": action.description,
        "writes": action.writes,
    }
