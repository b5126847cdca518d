"""Who receives, by what is known."""

from __future__ import annotations

import pytest

from models.rules.mode import ATTACHED, STANDALONE, UNKNOWN, Known, is_refused, may_poll, mode_of


@pytest.mark.parametrize(
    ("configured", "rails", "answered", "host", "mode", "polls", "refused"),
    [
        (None, False, False, None, UNKNOWN, False, False),
        (None, False, True, None, STANDALONE, True, False),
        (None, False, True, "app.example", ATTACHED, False, False),
        (None, True, False, None, ATTACHED, False, False),
        (None, True, True, None, ATTACHED, False, False),
        (ATTACHED, False, True, None, ATTACHED, False, False),
        (STANDALONE, False, False, None, STANDALONE, False, False),
        (STANDALONE, True, True, None, STANDALONE, True, False),
        (STANDALONE, False, True, "app.example", ATTACHED, False, True),
    ],
)
def test_mode(
    configured: str | None, rails: bool, answered: bool, host: str | None, mode: str, polls: bool, refused: bool
) -> None:
    known = Known(configured, rails, answered, host)
    assert (mode_of(known), may_poll(known), is_refused(known)) == (mode, polls, refused)
