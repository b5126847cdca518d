"""The demo's dialogues as scripts for many made-up people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

from console.demo.dialogues import ENGLISH, ENGLISH_NAMES, RUSSIAN, RUSSIAN_NAMES, Language

if TYPE_CHECKING:
    from models.store.seeds import Talk


def talk() -> Talk:
    """Three Russian dialogues for every English one, as in the demo."""
    from models.store.seeds import Talk

    names = []
    for women, men, women_last, men_last in (RUSSIAN_NAMES, ENGLISH_NAMES):
        names += [*product(women, women_last), *product(men, men_last)]
    scripts = [*_scripts(RUSSIAN), *_scripts(ENGLISH)]
    leads = [*RUSSIAN.leads, *ENGLISH.leads]
    return Talk(
        names=names,
        scripts=scripts,
        facts=[(lead.background, lead.query) for lead in leads],
    )


def _scripts(language: Language) -> Iterator[tuple[str, ...]]:
    """An opener with its welcome, then questions with their answers: the person first, turn by turn."""
    pairs = [*language.questions, *language.homework]
    for number, lead in enumerate(language.leads):
        lines = [lead.opener, language.welcomes[number % len(language.welcomes)]]
        for turn in range(5):
            lines += pairs[(number + turn * 3) % len(pairs)]
        yield tuple(lines)
