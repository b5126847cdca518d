"""The hits of a search that one walks on through, from the results and from the thread. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.views import Hit, SearchPage


@dataclass(slots=True)
class Walk:
    """`words` are folded, to be marked in the thread; `next` as in SearchPage; `at` is where one stands."""

    query: str
    words: tuple[str, ...] = ()
    hits: list[Hit] = field(default_factory=list)
    at: int = 0
    next: int | None = None

    @property
    def hit(self) -> Hit | None:
        return self.hits[self.at] if 0 <= self.at < len(self.hits) else None

    def step(self, step: int) -> bool:
        """On to the next (1) or back to the previous (-1) hit; False when there is none that way."""
        if not 0 <= self.at + step < len(self.hits):
            return False
        self.at += step
        return True

    def add(self, page: SearchPage) -> None:
        """The page after the last."""
        have = {hit.message_id for hit in self.hits}
        self.hits += [hit for hit in page.hits if hit.message_id not in have]
        self.next = page.next
