"""What was typed and confirmed at a console, when, and what may be left of it after a kill. Pure: times are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: Seconds of typing that a kill may cost.
COSTS = 1.0
LONG_AGO = float("-inf")


@dataclass(frozen=True, slots=True)
class Seen:
    """A text as it stood in the composer: pressed, and on the screen, at these moments (monotonic seconds)."""

    pressed: float
    shown: float
    text: str


@dataclass(slots=True)
class Drafted:
    """By conversation id. `sent` counts what Ctrl+S or a bulk act was seen to have confirmed, by conversation and text;
    `either` holds what may be a reply or the draft that it was made of, never both or neither; `perhaps` what a bulk
    act that was cut short may have queued."""

    histories: dict[int, list[Seen]] = field(default_factory=dict)
    sent: Counter[tuple[int, str]] = field(default_factory=Counter)
    either: dict[int, str] = field(default_factory=dict)
    perhaps: set[tuple[int, str]] = field(default_factory=set)
    checked: int = 0
    #: Seconds before a kill of the oldest key that was lost, and of keys that were kept.
    lost: float = 0.0

    def text(self, id: int) -> str:
        history = self.histories.get(id)
        return history[-1].text if history else ""

    def typed(self, id: int, text: str, *, pressed: float, shown: float) -> None:
        """The composer now holds `text`."""
        history = self.histories.setdefault(id, [Seen(LONG_AGO, LONG_AGO, "")])
        history.append(Seen(pressed, shown, text))

    def kept(self, id: int, text: str | None = None) -> None:
        """The console said, or it stands in the database, that this is the draft: from now on all of it must stay."""
        self.histories[id] = [Seen(LONG_AGO, LONG_AGO, self.text(id) if text is None else text)]

    def confirmed(self, id: int, text: str) -> None:
        """Seen to be a reply; the composer that it stood in is empty."""
        self.sent[id, text] += 1
        self.histories.pop(id, None)

    def taken_back(self, id: int, text: str) -> None:
        """Seen to be a draft again."""
        self.sent -= Counter([(id, text)])
        self.kept(id, text)

    def after_kill(self, killed: float, drafts: Mapping[int, str], outbox: Iterable[tuple[int, str]]) -> list[str]:
        """What is wrong, in words; from now on what there is is what was typed. `outbox` without what was cancelled."""
        replies, wrong = Counter(outbox), []
        for id, text in self.either.items():
            self.sent -= Counter([(id, text)])
            if replies[id, text] > self.sent[id, text]:
                self.confirmed(id, text)
            elif id not in self.histories:
                self.kept(id, text)
        for reply in self.perhaps:
            self.sent[reply] += min(1, max(0, replies[reply] - self.sent[reply]))
        self.sent = +self.sent
        wrong += [f"confirmed and lost, of {id}: {text!r}" for id, text in (self.sent - replies).elements()]
        wrong += [f"sent unasked or twice, to {id}: {text!r}" for id, text in (replies - self.sent).elements()]
        for id in sorted({*drafts, *self.histories}):
            wrong += self._draft(id, drafts.get(id, ""), killed)
        self.either, self.perhaps = {}, set()
        self.histories = {}
        for id, body in drafts.items():
            self.kept(id, body)
        return wrong

    def _draft(self, id: int, body: str, killed: float) -> list[str]:
        history = self.histories.get(id, [Seen(LONG_AGO, LONG_AGO, "")])
        first = max(at for at, seen in enumerate(history) if seen.shown <= killed - COSTS)
        self.checked += 1
        for at, seen in reversed(list(enumerate(history))):
            # A key after the other: half of what was pressed at once may have been saved.
            before = history[at - 1].text if at > first else seen.text
            between = body.startswith(before) and seen.text.startswith(body)
            if at >= first and (between or body in (before, seen.text)):
                if body != seen.text or at + 1 < len(history):
                    lost = seen if body != seen.text else history[at + 1]
                    self.lost = max(self.lost, killed - lost.pressed)
                return []
        was, last = history[first], history[-1]
        return [
            f"the draft of {id} is {body!r}; {killed - was.shown:.2f} s before the kill it was {was.text!r},"
            f" {killed - last.shown:.2f} s before it {last.text!r}"
        ]
