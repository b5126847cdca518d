"""How the Bot API says no."""

from __future__ import annotations


class Refusal(Exception):
    """`ok: false` with this code, description and parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.parameters = parameters
