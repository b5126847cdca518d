"""Threads: pages upwards, who wrote what, and what is still on its way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.rules.delivery import OPEN, State
from models.services.desk import Desk
from models.views import Author, Cursor, Direction, MessageView
from tests.conftest import FixedClock
from tests.models.services.nasty import ORPHAN, SECOND, add_nasty_rows, write
from tests.models.services.statements import count, plans, sent
from tests.seed import raw

INDEX = "index_messages_on_conversation_id_and_created_at"


@pytest.fixture
def colleague(desk: Desk, shape_file: Path, clock: FixedClock) -> Iterator[Desk]:
    """Another operator on the same file."""
    opened = Desk.open(str(shape_file), operator="@colleague", clock=clock)
    yield opened
    opened.close()


def add_messages(path: Path, conversation_id: int, stamps: list[str]) -> None:
    """Incoming messages; a stamp is an SQL literal."""
    write(
        path,
        *(
            "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
            f" VALUES ({conversation_id}, NULL, 'n{number}', {number % 2}, {stamp}, {stamp})"
            for number, stamp in enumerate(stamps)
        ),
    )


def whole(desk: Desk, conversation_id: int, limit: int) -> list[MessageView]:
    """All pages put together, oldest first."""
    found: list[MessageView] = []
    before: Cursor | None = None
    while True:
        page = desk.inbox.thread(conversation_id, before=before, limit=limit)
        assert len(page.messages) <= limit
        assert before is None or page.replies == ()
        found = [*page.messages, *found]
        assert len(found) < 1000, "pages go round in circles"
        before = page.older
        if before is None:
            return found


def send(desk: Desk, conversation_id: int, body: str, telegram_message_id: int) -> None:
    """A reply delivered: its row in `messages`, as the delivery loop records it."""
    from models.gateway import Sent
    from models.services.dispatch import Dispatch

    desk.outbox.enqueue(conversation_id, body, client_key=body)
    dispatch = Dispatch(desk.database, desk.clock, owner="test", lease=60)
    claim = dispatch.claim()
    assert claim is not None
    assert dispatch.start(claim)
    assert dispatch.record(claim, Sent(telegram_message_id)) is State.SENT


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_any_size_make_the_thread(desk: Desk, shape_file: Path, limit: int) -> None:
    """Oldest first by time, then by id; many at the same time, and times in foreign spellings."""
    stamps = ["'2026-11-02 10:00:00'"] * 5 + ["'2026-11-02 10:00:00.000001'", "'2026-11-02 09:59:59.999999'"] * 3
    stamps += ["'rubbish'", "''", "1700000000", "1700000000", "'2026-11-02T10:00:00Z'", "'2026-11-02'"]
    add_messages(shape_file, 4, stamps)
    expected = [
        id
        for (id,) in raw.rows(shape_file, "SELECT id FROM messages WHERE conversation_id = 4 ORDER BY created_at, id")
    ]
    assert len(expected) > len(stamps)
    assert [message.id for message in whole(desk, 4, limit)] == expected


def test_a_message_shows_what_is_stored(desk: Desk, shape_file: Path) -> None:
    for message in whole(desk, 2, 100):
        [(body, direction, telegram_id, read, user_id, at)] = raw.rows(
            shape_file,
            "SELECT body, direction, telegram_message_id, read, user_id, created_at FROM messages WHERE id = ?",
            [message.id],
        )
        assert (message.body, message.telegram_message_id, message.read) == (body, telegram_id, bool(read))
        assert (message.user_id, message.conversation_id) == (user_id, 2)
        assert message.direction is (Direction.OUTGOING if direction else Direction.INCOMING)
        assert message.author is (Author.ELSEWHERE if direction else Author.PERSON)
        assert message.created_at is not None
        assert message.created_at.replace(tzinfo=None).isoformat(" ") == at


def test_the_channel(desk: Desk, shape_file: Path) -> None:
    if not desk.features.channels:
        assert {message.channel for message in whole(desk, 1, 100)} == {None}
        return
    raw.write(shape_file, "UPDATE messages SET source_type = 1 WHERE id = 1")
    assert [message.channel for message in whole(desk, 1, 100)] == ["business", "bot"]


def test_broken_values(desk: Desk, shape_file: Path) -> None:
    add_nasty_rows(shape_file)
    [odd] = whole(desk, SECOND, 10)
    assert (odd.direction, odd.created_at, odd.read) == (Direction.UNKNOWN, None, False)
    assert [message.body for message in whole(desk, ORPHAN, 10)] == ["п" + "\N{REPLACEMENT CHARACTER}" * 2]
    assert [len(message.body) for message in whole(desk, 207, 10)] == [100_000], "a thread shows the whole text"
    assert desk.inbox.thread(202).messages == ()


def test_a_message_that_the_application_stored_twice_is_marked(desk: Desk, shape_file: Path) -> None:
    """The later of two with one Telegram id; rows without an id are no duplicates."""
    raw.write(
        shape_file,
        *(
            "INSERT INTO messages (conversation_id, body, direction, telegram_message_id, created_at, updated_at)"
            f" SELECT conversation_id, body, direction, {id}, created_at, created_at FROM messages WHERE id = 1"
            for id in ("1000", "NULL", "NULL", "7777")
        ),
    )
    found = {(message.id > 2, message.telegram_message_id): message.duplicate for message in whole(desk, 1, 100)}
    assert found == {
        (False, 1000): False,
        (False, 1001): False,
        (True, 1000): True,
        (True, None): False,
        (True, 7777): False,
    }


def test_who_wrote(desk: Desk, colleague: Desk) -> None:
    """The outbox knows who of us; of the rest nobody knows more than that it came from elsewhere."""
    send(desk, 1, "mine", 9001)
    send(colleague, 1, "theirs", 9002)
    authors = {message.body: (message.author, message.author_name) for message in whole(desk, 1, 100)}
    assert authors.pop("mine") == (Author.YOU, "tester")
    assert authors.pop("theirs") == (Author.COLLEAGUE, "@colleague")
    assert sorted(authors.values()) == [(Author.ELSEWHERE, None), (Author.PERSON, None)]
    assert {message.body: message.author for message in whole(colleague, 1, 100)}["mine"] is Author.COLLEAGUE


def test_replies_on_their_way_stand_on_the_newest_page_only(desk: Desk, shape_file: Path) -> None:
    """Open ones, oldest first; a delivered one shows as its message, a cancelled one not at all."""
    expected = []
    for number, state in enumerate(State):
        [reply] = desk.outbox.enqueue(1, f"reply {number}", client_key=f"key {number}")
        raw.write(shape_file, f"UPDATE console_outbox SET state = '{state}' WHERE id = {reply.id}")
        if state in OPEN:
            expected.append((f"reply {number}", state))
    desk.outbox.enqueue(2, "elsewhere", client_key="elsewhere")
    page = desk.inbox.thread(1, limit=1)
    assert [(reply.body, reply.state) for reply in page.replies] == expected
    assert desk.inbox.thread(1, before=page.older, limit=1).replies == ()


def test_newer_messages(desk: Desk, shape_file: Path) -> None:
    """Those with a higher id, in the order of their ids, of this conversation only."""
    newest = desk.inbox.lead(1).newest_message_id
    assert newest is not None
    assert desk.inbox.newer(1, newest) == ()
    add_messages(shape_file, 1, ["'2026-11-23 10:00:01'", "'2026-11-23 10:00:00'"])
    add_messages(shape_file, 2, ["'2026-11-23 10:00:02'"])
    assert [message.body for message in desk.inbox.newer(1, newest)] == ["n0", "n1"]
    send(desk, 1, "mine", 9001)
    assert [message.author for message in desk.inbox.newer(1, newest)] == [Author.PERSON, Author.ELSEWHERE, Author.YOU]
    assert desk.inbox.newer(4711, 0) == ()


def test_without_our_tables(shape_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(shape_file), operator="tester", clock=clock)
    try:
        page = desk.inbox.thread(1)
        assert [message.author for message in page.messages] == [Author.PERSON, Author.ELSEWHERE]
        assert page.replies == ()
        assert len(desk.inbox.newer(1, 0)) == 2
    finally:
        desk.close()


def test_what_is_known_beyond_the_columns_is_told(desk: Desk, shape_file: Path) -> None:
    add_messages(shape_file, 3, ["'2026-11-02 10:00:00'"] * 3)
    ids = [message.id for message in desk.inbox.thread(3, limit=3).messages]
    now = "'2026-11-02 11:00:00'"
    raw.write(
        shape_file,
        f"UPDATE messages SET telegram_message_id = id + 1000 WHERE id IN ({ids[0]}, {ids[1]})",
        "INSERT INTO console_message_keys (business_connection_id, chat_id, telegram_message_id, message_id, edited, "
        f"deleted_at) VALUES ('', 500000003, {ids[0] + 1000}, {ids[0]}, 1, {now})",
        "INSERT INTO console_amends (message_id, conversation_id, operator_id, state, body, wanted, created_at, "
        f"updated_at) VALUES ({ids[1]}, 3, 1, 'done', 'a', 'b', {now}, {now}), "
        f"({ids[2]}, 3, 1, 'unknown', 'a', 'b', {now}, {now})",
        "INSERT INTO console_reactions (business_connection_id, chat_id, telegram_message_id, actor_id, reactions, at) "
        f"VALUES ('', 500000003, {ids[1] + 1000}, 1, '👍', {now}), ('', 500000003, {ids[1] + 1000}, 2, '🔥', {now})",
    )
    found = desk.inbox.thread(3, limit=3).messages
    assert [(each.edited, each.deleted, each.reactions) for each in found] == [
        (True, True, ""), (True, False, "👍 🔥"), (False, False, "")
    ]  # fmt: skip
    # The same number in the chat of a business account is another message.
    raw.write(
        shape_file,
        f"UPDATE console_message_keys SET business_connection_id = 'bc-1' WHERE message_id = {ids[0]}",
        "INSERT INTO console_reactions (business_connection_id, chat_id, telegram_message_id, actor_id, reactions, at) "
        f"VALUES ('bc-1', 500000003, {ids[0] + 1000}, 1, '❤', {now}), "
        f"('bc-1', 500000003, {ids[1] + 1000}, 1, '👎', {now})",
    )
    found = desk.inbox.thread(3, limit=3).messages
    assert [each.reactions for each in found] == ["❤", "👍 🔥", ""]
    assert found[0].channel == ("business" if not desk.features.channels else "bot")


def test_the_number_of_statements_does_not_depend_on_the_messages(desk: Desk, shape_file: Path) -> None:
    add_messages(shape_file, 3, [f"'2026-11-02 10:{second // 60:02}:{second % 60:02}'" for second in range(600)])
    few, many = (count(desk.database, lambda n=n: desk.inbox.thread(3, limit=n)) for n in (5, 500))
    assert few == many == 7
    assert count(desk.database, lambda: desk.inbox.newer(3, 0)) == 5


def test_pages_follow_the_index_and_nothing_is_sorted(desk: Desk, shape_file: Path) -> None:
    add_messages(shape_file, 3, ["'2026-11-02 10:00:00'"] * 50)
    raw.write(shape_file, "ANALYZE")

    def work() -> None:
        page = desk.inbox.thread(3, limit=5)
        for _ in itertools.repeat(None, 3):
            page = desk.inbox.thread(3, before=page.older, limit=5)

    with sent(desk.database) as found:
        work()
    read = [
        plan
        for plan, (statement, _) in zip(plans(desk.database, shape_file, work), found, strict=True)
        if "messages.body" in statement
    ]
    assert len(read) == 4
    for plan in read:
        assert plan.startswith(f"SEARCH messages USING INDEX {INDEX}"), plan
        assert "TEMP B-TREE" not in plan
    assert all("created_at<" in plan for plan in read[1:]), "an older page begins where it should, not at the end"
