"""Two roles on a server: the operator runs everything, alters nothing, and can't rewrite who did what."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from models.errors import Refused
from models.gateway import Sent
from models.rules.address import name_of
from models.rules.delivery import State
from models.services.desk import Desk
from models.services.dispatch import Dispatch
from models.services.recording import find_or_create_conversation, record_incoming
from models.services.sign_in import find_or_create_user
from models.store.database import Database
from models.store.roles import rights, roles_sql
from models.tables.names import TABLE_NAMES
from models.views import View
from tests.postgresql import Server

#: What outlasts a transaction on the server's side, and is lost or shared where a pooler stands between.
SESSION_BOUND = re.compile(
    r"execute [^<]|\b(PREPARE|DEALLOCATE|LISTEN|UNLISTEN|DISCARD)\b|pg_(try_)?advisory_lock|: SET "
    r"|, false\)|TEMP(ORARY)? TABLE|WITH HOLD",
    re.IGNORECASE,
)


@pytest.fixture
def names(server: Server, owned_url: str) -> Iterator[tuple[str, str]]:
    """An owner and an operator of this database, who may both log in."""
    name = name_of(owned_url)
    owner, operator = f"{name}_owner", f"{name} operator"
    database = Database.open(owned_url)
    statements = roles_sql(database, owner=owner, operator=operator)
    database.close()
    with psycopg.connect(owned_url, autocommit=True) as administrator:
        for statement in statements.splitlines():
            if not statement.startswith("--"):
                administrator.execute(statement.encode())
        for role in (owner, operator):
            administrator.execute(f'ALTER ROLE "{role}" LOGIN'.encode())
    yield owner, operator
    with psycopg.connect(owned_url, autocommit=True) as administrator:
        for role in (owner, operator):
            administrator.execute(f'REASSIGN OWNED BY "{role}" TO postgres'.encode())
            administrator.execute(f'DROP OWNED BY "{role}"'.encode())
            administrator.execute(f'DROP ROLE "{role}"'.encode())


def test_an_operator_runs_the_console(server: Server, owned_url: str, names: tuple[str, str]) -> None:
    """Everything a console does, in statements that a pgbouncer in transaction mode carries."""
    name = name_of(owned_url)
    server.execute(f"ALTER DATABASE {name} SET log_statement = 'all'")
    url = server.url(name, user=names[1].replace(" ", "%20"))
    desk = Desk.open(url, operator="anna")
    try:
        person = find_or_create_user(desk.database, 5001, first_name="Анна")
        boss = find_or_create_user(desk.database, 5002)
        with desk.database.write() as session:
            thread = find_or_create_conversation(session, desk.features, desk.clock, person)
            record_incoming(
                session, desk.features, desk.clock, conversation_id=thread, user_id=person, body="hi",
                telegram_message_id=1,
            )  # fmt: skip
        desk.inbox.mark_read(thread)
        desk.inbox.mark_unread(thread)
        desk.drafts.save(thread, "text", "draft")
        desk.access.set_admin(boss, True)
        desk.access.set_paid(person, True)
        [reply] = desk.outbox.enqueue(thread, "hello", client_key="k")
        dispatch = Dispatch(desk.database, desk.clock, owner="one", lease=60)
        claim = dispatch.claim()
        assert claim is not None
        assert dispatch.start(claim)
        assert dispatch.record(claim, Sent(7)) is State.SENT
        assert desk.outbox.get(reply.id).state is State.SENT
        assert desk.people.person(person).journal
        assert desk.feed.poll() is not None
        assert desk.status().users == 2
        for view in View:
            desk.inbox.rows(desk.inbox.ids(view).ids)
        assert desk.people.rows(desk.people.ids(search="анна").ids)
        while not desk.upkeep.step().idle:
            pass
        assert desk.search.state().complete
        assert [hit.body for hit in desk.search.find("hel").hits] == ["hello"]
        desk.search.index.discard()
    finally:
        desk.close()
    said = [line for line in (server.home / "log").read_text().splitlines() if line.startswith(f"{name} ")]
    assert len(said) > 100
    assert [line for line in said if SESSION_BOUND.search(line)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE users ADD COLUMN x int",
        "DROP TABLE console_drafts",
        "CREATE TABLE mine (id int)",
        "UPDATE console_journal SET action = 'x'",
        "DELETE FROM console_journal",
        "DELETE FROM console_outbox_log",
        "UPDATE console_schema_version SET version_num = 'x'",
        "TRUNCATE messages",
    ],
)
def test_an_operator_alters_nothing(server: Server, owned_url: str, names: tuple[str, str], statement: str) -> None:
    with (
        server.connect(name_of(owned_url), user=names[1]) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_rights_are_for_tables_that_are_there() -> None:
    assert rights({"users", "strangers"}) == {"users": "SELECT, INSERT, UPDATE, DELETE"}
    assert rights(TABLE_NAMES)["console_journal"] == "SELECT, INSERT"
    assert set(rights(TABLE_NAMES)) == set(TABLE_NAMES)


def test_a_file_has_no_roles(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        roles_sql(desk.database, owner="a", operator="b")
    assert caught.value.id == "no-server"
