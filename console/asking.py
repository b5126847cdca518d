"""The word somebody types before something is gone: at the terminal, or on the command line for scripts."""

from __future__ import annotations

import sys

from models.errors import Refused
from screens.i18n import _


def typed(word: str, *, given: str | None, what: str) -> None:
    """Goes on only when `word` was typed. `given` is what the command line brought; without it a person at a terminal
    is asked. Raises Refused('not-confirmed')."""
    if given is None and sys.stdin is not None and sys.stdin.isatty():
        sys.stderr.write(f"{what}\n" + _("Type {word} to go on: ").format(word=word))
        sys.stderr.flush()
        given = sys.stdin.readline().strip()
        if given == word:
            return
        raise Refused("not-confirmed", how=_("the word was {word}").format(word=word))
    if given is None:
        raise Refused("not-confirmed", how=_("say --yes {word}").format(word=word))
    if given != word:
        raise Refused("not-confirmed", how=_("--yes has to be {word}").format(word=word))
