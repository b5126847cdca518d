"""A reply from the keyboard to Telegram and back as a row, on each shape of the application's database."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import with_our_tables
from tests.e2e.conftest import Telegram, eventually, rows, settings_for, telegram_at
from tests.e2e.terminal import FRONTDESK, Terminal

REPLY = "Добрый день! Курс стоит 38 000 ₽, доступ сразу."
Open = Callable[..., Terminal]


def test_choose_reply_and_see_it_delivered(shape_file: Path, telegram: Telegram, open_console: Open) -> None:
    messages = rows(shape_file, "SELECT count(*) FROM messages")[0][0]
    schema = rows(shape_file, "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%console_%' ORDER BY name")
    console = open_console(shape_file, env={"FRONTDESK_UNDO_SECONDS": "1"})
    console.wait("Add them")
    console.press("enter")
    # The rows stand behind the question, which keeps the keys until it is gone.
    console.wait(
        lambda text: "Frontdesk needs" not in text and re.search("Пользователь|Anna|user_5000", text) is not None
    )
    console.press("j", "enter", "r")
    console.wait("@|id ")
    console.press(REPLY)
    console.wait("38 000")
    console.press("enter")
    console.wait("✓ sent")
    assert telegram.texts() == [REPLY]
    [call] = telegram.calls("sendMessage")
    [row] = rows(
        shape_file,
        "SELECT m.conversation_id, m.user_id, m.body, m.direction, m.read, m.telegram_message_id IS NOT NULL,"
        " m.created_at = m.updated_at, u.telegram_id,"
        " c.last_message_at >= m.created_at, c.last_message_at = c.updated_at"
        " FROM messages m JOIN conversations c ON c.id = m.conversation_id JOIN users u ON u.id = c.user_id"
        " ORDER BY m.id DESC LIMIT 1",
    )
    assert row[1:7] == (None, REPLY, 1, 1, 1, 1)
    assert str(row[7]) == call["parameters"]["chat_id"]
    assert row[8:] == (1, 1)
    # The second row of the list, newest first.
    second = (
        "SELECT id FROM (SELECT id, last_message_at FROM conversations) ORDER BY last_message_at DESC, id DESC LIMIT 2"
    )
    assert row[0] in {id for (id,) in rows(shape_file, second)}
    assert rows(shape_file, "SELECT count(*) FROM messages")[0][0] == messages + 1
    after = rows(shape_file, "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%console_%' ORDER BY name")
    assert [row for row in after if not row[0].startswith("sqlite_auto")] == [
        row for row in schema if not row[0].startswith("sqlite_auto")
    ]
    assert telegram.calls("getUpdates") == telegram.calls("setWebhook") == telegram.calls("deleteWebhook") == []
    console.press("esc", "esc", "q")
    assert console.exit_code() == 0
    assert console.restored()


WRITER = """
import sys
from models.services.recording import record_incoming
from models.rules.clock import utc_now
from models.store.database import Database
database = Database.open(sys.argv[1])
with database.write() as session:
    record_incoming(session, database.features, utc_now, conversation_id=int(sys.argv[2]), user_id=int(sys.argv[2]),
                    body=sys.argv[3], telegram_message_id=None)
database.close()
"""


def write_incoming(path: Path, conversation_id: int, body: str) -> None:
    """As the application would, from a process of its own."""
    subprocess.run([sys.executable, "-c", WRITER, str(path), str(conversation_id), body], check=True, timeout=60)


def test_what_another_process_writes_appears_by_itself(shape_file: Path, open_console: Open) -> None:
    with_our_tables(shape_file)
    console = open_console(shape_file)
    console.wait("Зд|Пользователь|user_5000|Anna|Алексей")
    write_incoming(shape_file, 7, "пишу вам сейчас")
    console.wait("пишу вам сейчас")


@pytest.mark.parametrize("accepted", [False, True])
def test_a_kill_while_sending_neither_loses_nor_repeats(tmp_path: Path, seed_file: Path, accepted: bool) -> None:
    fault = {"action": "stall", "method": "sendMessage", "after": accepted, "seconds": 60, "times": 1}
    with telegram_at(tmp_path, [fault]) as telegram:
        env = settings_for(telegram) | {"FRONTDESK_UNDO_SECONDS": "0"}
        with_our_tables(seed_file)
        with Terminal([FRONTDESK, str(seed_file)], env=env) as console:
            console.wait("Зд|Пользователь|user_5000|Anna|Алексей")
            console.press("j", "enter", "r")
            console.wait("@|id ")
            console.press("ровно один раз")
            console.wait("ровно один раз")
            console.press("enter")
            state = "SELECT state FROM console_outbox"
            eventually(lambda: rows(seed_file, state) == [("sending",)], "sending")
            if accepted:
                eventually(lambda: telegram.texts() == ["ровно один раз"], "accepted")
            console.press("r")
            console.wait("Ctrl\\+G")
            console.press("начато")
            drafts = "SELECT body FROM console_drafts"
            eventually(lambda: rows(seed_file, drafts) == [("начато",)], "the draft saved on a pause")
            console.signal(signal.SIGKILL)
        # The lease of the killed process has to run out: move it into the past, as time would.
        from models.store.sqlite import library

        connection = library().connect(str(seed_file), isolation_level=None)
        connection.execute("UPDATE console_outbox SET lease_until = '2026-01-01 00:00:00'")
        connection.close()
        with Terminal([FRONTDESK, str(seed_file)], env=env) as console:
            console.wait("Зд|Пользователь|user_5000|Anna|Алексей")
            eventually(lambda: rows(seed_file, state) == [("unknown",)], "unknown")
            console.press("9")
            console.wait("✎ draft: начато")
            console.press("f4")
            console.wait("ровно один раз")
            time.sleep(2)  # long enough for any loop to have sent it again
            assert telegram.texts() == (["ровно один раз"] if accepted else [])
            assert rows(seed_file, "SELECT count(*) FROM messages WHERE body = 'ровно один раз'") == [(0,)]


@pytest.mark.parametrize("way", ["ctrl+c", "sigint", "sigterm", "q"])
def test_leaving_restores_the_terminal(seed_file: Path, open_console: Open, way: str) -> None:
    with_our_tables(seed_file)
    console = open_console(seed_file)
    console.wait("Зд|Пользователь|user_5000|Anna|Алексей")
    if way == "sigterm":
        console.signal(signal.SIGTERM)
    elif way == "sigint":
        console.signal(signal.SIGINT)
    else:
        console.press(way)
    console.exit_code()
    assert console.restored()


def test_a_closed_terminal_ends_the_process(seed_file: Path, open_console: Open) -> None:
    with_our_tables(seed_file)
    console = open_console(seed_file)
    console.wait("Зд|Пользователь|user_5000|Anna|Алексей")
    console.hang_up()
    console.process.wait(30)
