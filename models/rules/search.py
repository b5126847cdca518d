"""What a search asks for: words, phrases, filters; how texts are folded for it, and what is marked of a hit. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.errors import Usage
from models.rules.text import fold_text, for_storage

#: Letters of the shortest word that the index knows.
GRAM = 3
#: Most three-letter pieces of one word that the index is asked for; the words themselves are compared afterwards.
MOST_GRAMS = 8
#: Most words of one search, and most characters that are read of it.
MOST_WORDS, LONGEST = 16, 2_000
#: What stands before a hit in a snippet, and how long a snippet is, in characters.
LEAD, SNIPPET = 60, 300
#: Ids beyond SQLite's integers can't name a row.
_LARGEST = 2**63 - 1

US, PERSON = "us", "person"
KINDS = ("paid", "unread", "admin")
#: The filters, with what each takes, for help and for what can't be read.
FILTERS: dict[str, str] = {
    "from": 'from:us, from:person, from:anna, from:"Anna P", from:@anna',
    "in": "in:42",
    "score": "score:>85, score:<=30, score:61-85",
    "is": "is:paid, is:unread, is:admin",
    "before": "before:2026-10-01",
    "after": "after:2026-10-01",
}

_TOKEN = re.compile(r'(?:([A-Za-z]+):)?(?:"([^"]*)(?:"|$)|([^\s"]+)|(?<=:)(?=\s|$))')
_SCORE = re.compile(r"(>=|<=|>|<|=)?(\d{1,3})(?:-(\d{1,3}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Query:
    """`words` are folded, a phrase is one of them; a message must hold them all. `author` is US or PERSON; `names`:
    whose name, @username or Telegram id holds each of these. Both ends of `score` count; `before` does not, `after`
    does."""

    words: tuple[str, ...] = ()
    author: str | None = None
    names: tuple[str, ...] = ()
    conversation_id: int | None = None
    score: tuple[int, int] | None = None
    kinds: frozenset[str] = frozenset()
    before: date | None = None
    after: date | None = None

    @property
    def empty(self) -> bool:
        """Nothing is asked for."""
        return self == Query()

    @property
    def filtered(self) -> bool:
        """Whether anything but words is asked for."""
        return self != Query(words=self.words)

    @property
    def long(self) -> tuple[str, ...]:
        """The words that the index knows."""
        return tuple(word for word in self.words if len(word) >= GRAM)


def fold_for_search(text: str) -> str:
    """`text` as it is compared: without case, ё as е, letters with their marks composed, white space one space."""
    return " ".join(fold_text(unicodedata.normalize("NFC", for_storage(text))).split())


def grams(word: str, most: int = MOST_GRAMS) -> tuple[str, ...]:
    """Three-letter pieces of a folded word, spread over it where there are more than `most`."""
    found = list(dict.fromkeys(word[at : at + GRAM] for at in range(len(word) - GRAM + 1)))
    if len(found) <= most:
        return tuple(found)
    step = (len(found) - 1) / (most - 1)
    return tuple(dict.fromkeys(found[round(at * step)] for at in range(most)))


def all_grams(folded: str) -> tuple[str, ...]:
    """Every three-letter piece of a folded text, once."""
    return tuple({folded[at : at + GRAM]: None for at in range(len(folded) - GRAM + 1)})


def parse(text: str) -> Query:
    """A search as it is typed. Raises Usage('bad-filter', name, value, known) for a filter that can't be read."""
    words: dict[str, None] = {}
    found = _Filters()
    for match in _TOKEN.finditer(text[:LONGEST]):
        name, phrase, bare = match.groups()
        value = phrase if phrase is not None else bare or ""
        if name is not None and name.lower() in FILTERS:
            found.take(name.lower(), value)
            continue
        if name is not None:  # an address, a time: words like any other
            value = f"{name}:{value}"
        if folded := fold_for_search(value):
            words[folded] = None
    return Query(
        words=tuple(words)[:MOST_WORDS],
        author=found.author,
        names=tuple(dict.fromkeys(found.names)),
        conversation_id=found.conversation_id,
        score=found.score,
        kinds=frozenset(found.kinds),
        before=found.before,
        after=found.after,
    )


class _Filters:
    """What was named so far; the last of a kind counts, but for names and kinds, which add up."""

    def __init__(self) -> None:
        self.author: str | None = None
        self.names: list[str] = []
        self.conversation_id: int | None = None
        self.score: tuple[int, int] | None = None
        self.kinds: set[str] = set()
        self.before: date | None = None
        self.after: date | None = None

    def take(self, name: str, value: str) -> None:
        read = {
            "from": self._from,
            "in": self._in,
            "score": self._score,
            "is": self._is,
            "before": self._before,
            "after": self._after,
        }[name](value.strip())
        if not read:
            raise Usage("bad-filter", name=name, value=value, known=FILTERS[name])

    def _from(self, value: str) -> bool:
        folded = fold_for_search(value)
        if folded in (US, PERSON):
            self.author = folded
        elif folded:
            self.names.append(folded)
        return bool(folded)

    def _in(self, value: str) -> bool:
        number = value.removeprefix("#")
        if not (number.isascii() and number.isdigit() and len(number) < 20 and 0 < int(number) <= _LARGEST):
            return False
        self.conversation_id = int(number)
        return True

    def _score(self, value: str) -> bool:
        match = _SCORE.fullmatch(value)
        if match is None or (match[1] and match[3]):
            return False
        first, last = int(match[2]), int(match[3] or match[2])
        self.score = {
            ">": (first + 1, 100),
            ">=": (first, 100),
            "<": (0, first - 1),
            "<=": (0, first),
        }.get(match[1] or "=", (first, last))
        return True

    def _is(self, value: str) -> bool:
        self.kinds.add(value.lower())
        return value.lower() in KINDS

    def _before(self, value: str) -> bool:
        self.before = _date(value)
        return self.before is not None

    def _after(self, value: str) -> bool:
        self.after = _date(value)
        return self.after is not None


def _date(value: str) -> date | None:
    if _DATE.fullmatch(value) is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def holds(folded: str, words: Sequence[str]) -> bool:
    """Whether a folded text holds every word."""
    return all(word in folded for word in words)


def snippet(text: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """`text` on one line around the first of the `words`: pieces, and whether each is a hit. Foreign as it was."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    folded = fold_text(line)
    if len(folded) != len(line):
        folded = _same_length(line)
    hits = sorted((at, at + len(word)) for word in words for at in _places(folded, word))
    start = max(0, hits[0][0] - LEAD) if hits else 0
    if start and (space := line.rfind(" ", start - LEAD, start)) >= 0:
        start = space + 1
    end = start + SNIPPET
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for first, last in hits:
        if first >= end:
            break
        if last <= at:
            continue
        if first > at:
            pieces.append((line[at:first], False))
        pieces.append((line[max(at, first) : last], True))
        at = last
    if at < end and at < len(line):
        pieces.append((line[at:end], False))
    if len(line) > max(at, end):
        pieces.append(("…", False))
    return tuple(pieces)


def _places(folded: str, word: str) -> list[int]:
    found: list[int] = []
    at = folded.find(word)
    while at >= 0 and len(found) < 64:
        found.append(at)
        at = folded.find(word, at + len(word))
    return found


def _same_length(line: str) -> str:
    """Folded letter by letter; one that would become several stays as it is."""
    return "".join(each if len(each) == 1 else letter for letter in line if (each := fold_text(letter)) or True)
