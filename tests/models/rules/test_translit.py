"""Names in the other alphabet."""

from __future__ import annotations

import pytest

from models.rules.text import fold_text
from models.rules.translit import MOST, spellings


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Ivan", "Иван"), ("Dmitry", "Дмитрий"), ("Natalia", "Наталья"), ("Alexey", "Алексей"), ("Sergey", "Сергей"),
        ("Yulia", "Юлия"), ("Scherbakov", "Щербаков"), ("Fyodor", "Фёдор"), ("Elkin", "Ёлкин"), ("Zhanna", "Жанна"),
        ("Maria Petrova", "Мария Петрова"),
    ],
)  # fmt: skip
def test_both_ways(latin: str, cyrillic: str) -> None:
    assert fold_text(latin) in spellings(cyrillic)
    assert fold_text(cyrillic) in spellings(latin)


@pytest.mark.parametrize("text", ["", "12345", "@", "Ivan Иванов", "💥", "李"])
def test_nothing_to_spell(text: str) -> None:
    assert spellings(text) == (fold_text(text),)


def test_never_many() -> None:
    found = spellings("щ" * 200)
    assert len(found) <= MOST
    assert len(set(found)) == len(found)
    assert len(spellings("yuliya" * 30)) <= MOST
