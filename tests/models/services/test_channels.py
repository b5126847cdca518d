"""The channel of a reply: that of the person's last message, while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import Refused
from models.services.channels import channel_of, channels_of
from models.services.desk import Desk
from models.store.database import Database
from tests.conftest import FixedClock, copy_of, with_our_tables
from tests.seed import raw


@pytest.fixture(params=["O", "H"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The two shapes that have channels; conversation 2 has lost its messages, `bc-1` is a connection in order."""
    copied = copy_of(request.param, tmp_path)
    now = "'2026-11-23 12:00:00'"
    raw.write(
        copied,
        "DELETE FROM messages WHERE conversation_id = 2",
        f"INSERT INTO business_connections (business_connection_id, user_id, user_chat_id, can_reply, is_enabled, "
        f"connected_at, status, created_at, updated_at) VALUES ('bc-1', 1, 7, 1, 1, {now}, 0, {now}, {now})",
    )
    return copied


@pytest.fixture
def database(path: Path, clock: FixedClock) -> Iterator[Database]:
    opened = Database.open(str(path), clock=clock)
    yield opened
    opened.close()


def say(path: Path, at: str, direction: int = 0, connection: str | None = None, source: str | None = None) -> None:
    """A message in conversation 2, by bot or through a business connection."""
    kind = source if source is not None else "1" if connection else "0"
    id = f"'{connection}'" if connection else "NULL"
    raw.write(
        path,
        f"INSERT INTO messages (conversation_id, user_id, body, direction, source_type, business_connection_id, "
        f"created_at, updated_at) VALUES (2, 2, 'Привет', {direction}, {kind}, {id}, "
        f"'2026-11-23 {at}', '2026-11-23 {at}')",
    )


def ask(database: Database) -> str | None:
    with database.read() as session:
        return channel_of(session, database.features, 2)


def test_a_conversation_without_messages_goes_through_the_bot(database: Database) -> None:
    assert ask(database) is None


def test_who_wrote_to_the_bot_is_answered_by_the_bot(database: Database, path: Path) -> None:
    say(path, "12:00:00")
    assert ask(database) is None


def test_who_wrote_to_the_account_is_answered_through_it(database: Database, path: Path) -> None:
    say(path, "12:00:00", connection="bc-1")
    assert ask(database) == "bc-1"


def test_the_last_message_decides(database: Database, path: Path) -> None:
    say(path, "12:00:00")
    say(path, "12:00:01", connection="bc-1")
    assert ask(database) == "bc-1"
    say(path, "12:00:02")
    assert ask(database) is None


def test_the_last_one_is_the_newest_by_time_not_by_id(database: Database, path: Path) -> None:
    say(path, "12:00:05", connection="bc-1")
    say(path, "12:00:00")
    assert ask(database) == "bc-1"


def test_among_equals_the_one_written_last(database: Database, path: Path) -> None:
    say(path, "12:00:00")
    say(path, "12:00:00", connection="bc-1")
    assert ask(database) == "bc-1"


def test_what_we_wrote_decides_nothing(database: Database, path: Path) -> None:
    say(path, "12:00:00")
    say(path, "12:00:01", direction=1, connection="bc-1")
    assert ask(database) is None


CLOSED = {
    "disconnected": "status = 1",
    "disabled": "is_enabled = 0",
    "mute": "can_reply = 0",
    "of an unknown status": "status = 7",
}


@pytest.mark.parametrize("how", CLOSED)
def test_a_closed_connection_falls_back_to_the_bot(database: Database, path: Path, how: str) -> None:
    """If the person ever wrote to the bot: Telegram lets a bot write to nobody else."""
    say(path, "12:00:00")
    say(path, "12:00:01", connection="bc-1")
    raw.write(path, f"UPDATE business_connections SET {CLOSED[how]}")
    assert ask(database) is None


@pytest.mark.parametrize("how", [*CLOSED, "gone"])
def test_with_no_way_open_it_is_refused(database: Database, path: Path, how: str) -> None:
    say(path, "12:00:01", connection="bc-1")
    change = f"UPDATE business_connections SET {CLOSED[how]}" if how in CLOSED else "DELETE FROM business_connections"
    raw.write(path, change)
    with pytest.raises(Refused) as caught:
        ask(database)
    assert (caught.value.id, caught.value.values) == ("no-channel", {"id": 2})


def test_our_own_messages_do_not_open_the_bot(database: Database, path: Path) -> None:
    say(path, "12:00:00", direction=1)
    say(path, "12:00:01", connection="bc-1")
    raw.write(path, "UPDATE business_connections SET can_reply = 0")
    with pytest.raises(Refused):
        ask(database)


def test_a_connection_that_came_back_is_used_again(database: Database, path: Path) -> None:
    say(path, "12:00:00", connection="bc-1")
    raw.write(path, "UPDATE business_connections SET is_enabled = 0")
    with pytest.raises(Refused):
        ask(database)
    raw.write(path, "UPDATE business_connections SET is_enabled = 1")
    assert ask(database) == "bc-1"


def test_a_business_message_without_its_connection_is_the_bots(database: Database, path: Path) -> None:
    """The application sends such a one by the bot."""
    say(path, "12:00:00", source="1")
    assert ask(database) is None


def every(database: Database) -> tuple[object, ...]:
    with database.read() as session:
        found = channels_of(session, database.features, 2)
    assert found is not None
    return (found.usual, *((each.name, each.messages, each.closed) for each in found.each))


def test_both_channels_are_told_with_their_counts(database: Database, path: Path) -> None:
    say(path, "12:00:00")
    with database.read() as session:
        assert channels_of(session, database.features, 2) is None
    say(path, "12:00:01", connection="bc-1")
    say(path, "12:00:02", direction=1, connection="bc-1")
    assert every(database) == ("business", ("bot", 1, None), ("business", 2, None))


@pytest.mark.parametrize(
    ("how", "why"),
    [(CLOSED["disconnected"], "disconnected"), (CLOSED["disabled"], "disabled"), (CLOSED["mute"], "may-not-reply")],
)
def test_a_closed_channel_says_why_and_is_refused(database: Database, path: Path, how: str, why: str) -> None:
    say(path, "12:00:01", connection="bc-1")
    raw.write(path, f"UPDATE business_connections SET {how}")
    assert every(database) == (None, ("bot", 0, "never-wrote"), ("business", 1, why))
    say(path, "12:00:02")
    assert every(database) == ("bot", ("bot", 1, None), ("business", 1, why))
    with database.read() as session, pytest.raises(Refused) as caught:
        channel_of(session, database.features, 2, "business")
    assert (caught.value.id, caught.value.values["why"]) == ("channel-closed", why)


def test_the_wanted_channel_is_taken_while_it_is_open(database: Database, path: Path) -> None:
    say(path, "12:00:00", connection="bc-1")
    with database.read() as session:
        with pytest.raises(Refused) as caught:
            channel_of(session, database.features, 2, "bot")
        assert caught.value.values["why"] == "never-wrote"
        say(path, "12:00:01")
    with database.read() as session:
        assert channel_of(session, database.features, 2, "bot") is None
        assert channel_of(session, database.features, 2, "business") == "bc-1"


def test_a_thread_of_one_channel_holds_only_its_messages(path: Path, clock: FixedClock) -> None:
    say(path, "12:00:00")
    say(path, "12:00:01", connection="bc-1")
    desk = Desk.open(str(with_our_tables(path)), operator="tester", clock=clock)
    desk.outbox.enqueue(2, "by bot", client_key="a", channel="bot")
    desk.outbox.enqueue(2, "by account", client_key="b")
    for channel, text in (("bot", "by bot"), ("business", "by account")):
        page = desk.inbox.thread(2, channel=channel)
        assert [message.channel for message in page.messages] == [channel]
        assert [(reply.body, reply.channel) for reply in page.replies] == [(text, channel)]
    assert len(desk.inbox.thread(2).messages) == len(desk.inbox.thread(2).replies) == 2
    desk.close()


def test_the_seeds_own_shape_knows_the_bot_only(seed_file: Path) -> None:
    database = Database.open(str(seed_file))
    assert ask(database) is None
    database.close()
