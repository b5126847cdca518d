"""Who receives the bot's updates, in words."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.views import BotHealth
from screens.health import briefly, in_full
from screens.widgets.status_bar import State, state_line

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WELL = BotHealth("attached", "webhook", 0, None, None, 0, NOW, webhook_host="app.example\x1b[2J.com")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_all_well_is_short() -> None:
    assert briefly(WELL, NOW) == ("webhook app.example␛[2J.com", False)
    assert briefly(replace(WELL, mode="standalone", receiver="us"), NOW) == ("receiving", False)
    line = state_line(State(age=0.1, can_send=True, operator="anna", health=briefly(WELL, NOW)), None, 100).plain
    assert line.startswith(" ● live  ·  Telegram ok  ·  webhook app.example")


def test_the_worst_is_said_first() -> None:
    behind = replace(WELL, pending=12, last_error="Connection refused", last_error_at=NOW - timedelta(minutes=1))
    assert briefly(behind, NOW) == ("webhook app.example␛[2J.com, 12 pending, failed 11:59", True)
    assert briefly(behind, NOW + timedelta(hours=1)) == ("webhook app.example␛[2J.com, 12 pending", False)
    gap = replace(behind, gap=(NOW - timedelta(days=3), NOW - timedelta(days=1)))
    assert briefly(gap, NOW) == ("messages from Fri 20 Nov 12:00 to Yesterday 12:00 may be missing", True)
    assert briefly(replace(gap, refused=True), NOW)[0].startswith("a webhook is set")
    assert briefly(replace(WELL, receiver="us", quarantined=2), NOW) == ("receiving, 2 updates set aside", True)


@pytest.mark.parametrize("receiver", ["webhook", "us", "another console", "another program", "nobody", "unknown"])
def test_every_receiver_has_words(receiver: str) -> None:
    health = replace(WELL, receiver=receiver, last_error="x\n\x1b]0;y\x07", last_error_at=NOW, quarantined=1)
    line = in_full(health, NOW)
    assert "\x1b" not in line
    assert "\n" not in line
    assert line.startswith("The bot, attached: ")
    assert "last error 12:00: x" in line
    assert line.endswith(" · 1 update set aside · asked 12:00")
