"""A database without columns for channels still answers through the account that the person wrote to."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import Refused
from models.services.channels import channel_of
from tests.conftest import FixedClock
from tests.models.services.intake import OWNER, Desk, seconds


def test_a_reply_goes_by_the_account_of_the_last_message(owned_file: Path, clock: FixedClock) -> None:
    desk = Desk(owned_file, clock)

    def channel() -> str | None:
        with desk.database.read() as session:
            return channel_of(session, desk.database.features, 1)

    desk.take(desk.message(1, "hi", kind="business_message", business_connection_id="BC1"))
    with pytest.raises(Refused, match="no-channel"):
        channel()
    connection = {"id": "BC1", "user": OWNER, "user_chat_id": 77, "date": seconds(clock()), "is_enabled": True}
    desk.take({"business_connection": connection | {"rights": {"can_reply": True}}})
    assert channel() == "BC1"
    clock.advance(1)
    desk.take(desk.message(2, "now to the bot"))
    assert channel() is None
    clock.advance(1)
    desk.take(desk.message(3, "and back", kind="business_message", business_connection_id="BC1"))
    assert channel() == "BC1"
    desk.take({"business_connection": connection | {"is_enabled": False, "date": seconds(clock())}})
    assert channel() is None
    desk.database.close()
