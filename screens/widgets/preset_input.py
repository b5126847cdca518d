"""One line of text with values to choose from by ↑ ↓; anything else may be typed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Input

from models.rules.text import one_line
from screens.actions import Context, bindings

#: Longest value that a form takes, in characters.
LONGEST = 200


class PresetInput(Input):
    """What was offered gives way to another offer; what was typed stays."""

    CONTEXTS = (Context.PRESET,)
    BINDINGS = bindings(Context.PRESET)
    DEFAULT_CSS = """
    PresetInput { height: 1; border: none; padding: 0 1; width: 1fr; min-width: 6; background: $panel; }
    PresetInput:focus { border: none; background-tint: $foreground 12%; }
    """

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, max_length=LONGEST, id=id)
        self.presets: tuple[str, ...] = ()
        self._offered = ""

    def offer(self, presets: Sequence[str], first: str | None = None) -> None:
        """These to choose from; `first` stands there unless somebody typed. Foreign text becomes one clean line."""
        self.presets = tuple(one_line(preset, LONGEST) for preset in presets)
        if self.value in ("", self._offered):
            self._put(one_line(first or "", LONGEST))

    def put(self, value: str) -> None:
        """This, whatever stood there."""
        self._put(one_line(value, LONGEST))

    def _put(self, value: str) -> None:
        self._offered = self.value = value
        self.cursor_position = len(value)

    @property
    def place(self) -> tuple[int, int]:
        """Which of how many presets stands there; 0: none of them."""
        at = self.presets.index(self.value) + 1 if self.value in self.presets else 0
        return at, len(self.presets)

    def action_preset(self, step: int) -> None:
        if self.presets:
            at = self.place[0]
            self._put(self.presets[(at - 1 + step if at else (0 if step > 0 else -1)) % len(self.presets)])
