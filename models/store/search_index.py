"""What the search asks of an index, wherever it lies. All of it is derived: what is lost is made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What is indexed: messages by their id, people by theirs."""

    MESSAGES = "messages"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Document:
    """One text: `folded` for the index, `mark` a checksum of what it was made of, `at` the stored time of a message."""

    id: int
    folded: str
    mark: int
    conversation_id: int = 0
    at: str | None = None


@dataclass(slots=True)
class Progress:
    """How far the index has come. Messages from `bottom` to `top` are in it, built downwards to `first`; people up to
    `people`. `swept`: where each kind's comparison with the source stands, None: none is under way; `due` (seconds of
    the epoch): when the next begins. `erase`: texts of deleted people lie in it still. `seen`: newest entries of our
    own tables that were followed."""

    top: int = 0
    bottom: int | None = None
    first: int = 0
    built: bool = False
    people: int = 0
    people_count: int = 0
    swept: dict[str, int | None] = field(default_factory=dict)
    due: float = 0.0
    erase: bool = False
    seen: dict[str, int] = field(default_factory=dict)


class Index(Protocol):
    """Reading is safe from several threads; writing belongs to whoever holds the claim. A damaged index raises nothing:
    it answers None, and is gone at the next write."""

    @property
    def why_not(self) -> str | None:
        """Why there is none and will be none (see IndexState.why_not); None where there can be one."""

    def progress(self) -> Progress | None:
        """How far it is, as committed; None without one."""

    def find(
        self, kind: Kind, words: Sequence[str], *, below: int | None, since: str | None, until: str | None, limit: int
    ) -> list[int] | None:
        """Ids, newest first, of what may hold every word (three letters or more, folded): never fewer than do. Of
        messages only such as may lie in [since, until)."""

    def claim(self) -> bool:
        """Whether this process may write; it may until `release`."""

    def release(self) -> None:
        """Commits, and lets others write."""

    def opened(self) -> Progress:
        """For writing: how far it is, an empty one where there was none or it was of another database. Raises
        DatabaseProblem."""

    def known(self, kind: Kind, first: int, last: int) -> Mapping[int, int]:
        """Ids within the range and their marks."""

    def change(self, kind: Kind, gone: Iterable[int], documents: Sequence[Document]) -> None:
        """Takes texts out and puts texts in, these in ascending order and none of them in it."""

    def keep(self, progress: Progress, *, commit: bool) -> None:
        """Notes how far it is, together with what was changed."""

    def erase(self) -> bool:
        """Rewrites a part of what holds deleted texts; False when nothing of them is left."""

    def discard(self) -> None:
        """Away with it."""

    def close(self) -> None: ...


class NoIndex:
    """Where there is none."""

    def __init__(self, why_not: str) -> None:
        self.why_not: str | None = why_not

    def progress(self) -> Progress | None:
        return None

    def find(
        self, kind: Kind, words: Sequence[str], *, below: int | None, since: str | None, until: str | None, limit: int
    ) -> list[int] | None:
        return None

    def claim(self) -> bool:
        return False

    def release(self) -> None: ...

    def opened(self) -> Progress:
        return Progress()

    def known(self, kind: Kind, first: int, last: int) -> Mapping[int, int]:
        return {}

    def change(self, kind: Kind, gone: Iterable[int], documents: Sequence[Document]) -> None: ...

    def keep(self, progress: Progress, *, commit: bool) -> None: ...

    def erase(self) -> bool:
        return False

    def discard(self) -> None: ...

    def close(self) -> None: ...
