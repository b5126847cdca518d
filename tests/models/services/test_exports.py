"""Lists and conversations, taken out whole: every page of them, on both engines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from models.errors import NotFound
from models.services import exports
from models.services.desk import Desk
from models.views import Order, PeopleFilter, PeopleSort, View
from tests.conftest import FixedClock
from tests.seed import raw

pytestmark = pytest.mark.both_engines


def table(lines: Iterable[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines).removeprefix("\ufeff"), newline=""), delimiter=";"))


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_PAGE", 3)


def test_every_row_of_every_list(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    found = table(desk.exports.conversations())
    assert [int(row["id"]) for row in found] == list(desk.inbox.ids(View.ALL, limit=1000).ids)
    assert len(table(desk.exports.conversations(limit=4))) == 4
    scored = table(desk.exports.conversations(View.READY, Order.SCORE))
    assert [int(row["id"]) for row in scored] == list(desk.inbox.ids(View.READY, Order.SCORE, limit=1000).ids)
    people = table(desk.exports.users("", PeopleFilter.PAID, PeopleSort.NAME))
    assert [int(row["id"]) for row in people] == list(
        desk.people.ids(filter=PeopleFilter.PAID, sort=PeopleSort.NAME, limit=1000).ids
    )
    secrets = {value for (value,) in raw.rows(shape_file, "SELECT session_token FROM users") if value}
    assert not secrets & {cell for row in people for cell in row.values()}
    assert table(desk.exports.outbox()) == []
    reply = desk.outbox.enqueue(2, "=text", client_key="k", hold=60)[0]
    [row] = table(desk.exports.outbox())
    assert (row["id"], row["body"], row["state"], row["operator"]) == (str(reply.id), "'=text", "queued", "tester")
    for value in (False, True, False, True, False):
        desk.access.set_paid(4, value)
    entries = table(desk.exports.journal(user_id=4))
    assert [int(each["id"]) for each in entries] == [each.id for each in desk.journal.page(user_id=4)]
    assert len(table(desk.exports.journal(limit=2))) == 2
    assert table(desk.exports.whole_journal()) == entries[::-1]
    assert table(desk.exports.payments()) == []


def test_a_whole_conversation_oldest_first(desk: Desk, shape_file: Path) -> None:
    reply = desk.outbox.enqueue(2, "on its way", client_key="k", hold=60)[0]
    found = desk.exports.transcript(2)
    query = "SELECT id FROM messages WHERE conversation_id = 2 ORDER BY created_at, id"
    assert [(message.id,) for message in found.messages] == raw.rows(shape_file, query)
    assert [each.id for each in found.replies] == [reply.id]
    assert found.lead.conversation_id == 2
    with pytest.raises(NotFound, match="conversation-not-found"):
        desk.exports.transcript(4242)
