"""The command line on a PostgreSQL server: one verb of each family, and no password in anything it says."""

from __future__ import annotations

from models.rules.address import name_of
from models.services.recording import find_or_create_conversation, record_incoming
from models.services.sign_in import find_or_create_user
from models.store.database import Database
from tests.console.command import frontdesk, frontdesk_json
from tests.postgresql import Server


def test_a_verb_of_each_family(server: Server, empty_url: str) -> None:
    url = empty_url.replace("postgres@", "postgres:hunter2@")
    environment = {"FRONTDESK_DATABASE_URL": url}
    said = [frontdesk("db", "init", env=environment).stdout]
    database = Database.open(url)
    person = find_or_create_user(database, 5001, username="anna", first_name="Анна")
    with database.write() as session:
        thread = find_or_create_conversation(session, database.features, database.clock, person)
        record_incoming(
            session, database.features, database.clock, conversation_id=thread, user_id=person, body="Привет",
            telegram_message_id=1,
        )  # fmt: skip
    database.close()
    assert frontdesk_json("db", "status", env=environment)["engine"] == "postgresql"
    assert frontdesk_json("conversations", env=environment)[0]["name"] == "Анна"
    assert frontdesk_json("messages", str(thread), env=environment)[0]["body"] == "Привет"
    assert frontdesk_json("users", env=environment)[0]["username"] == "anna"
    assert frontdesk_json("outbox", env=environment) == []
    said.append(frontdesk("db", "roles", env=environment).stdout)
    assert "CREATE ROLE" in said[-1]
    stopped = frontdesk("conversations", env={"FRONTDESK_DATABASE_URL": url.replace(name_of(url), "nowhere")}, code=1)
    said += [stopped.stderr, frontdesk("db", "status", env=environment).stdout]
    assert "no database of this name" in stopped.stderr
    assert "hunter2" not in "".join(said)
