"""`reply` and `outbox` through the real outbox, a real gateway and the stand-in."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import with_our_tables
from tests.console.command import frontdesk, frontdesk_json
from tests.e2e.conftest import Telegram, rows, settings_for, telegram_at
from tests.e2e.terminal import FRONTDESK

FIELDS = ["id", "conversation_id", "state", "body", "error", "message_id", "telegram_message_id"]
TEXT = "Добрый день!\nКурс начинается в понедельник."


@pytest.fixture
def settings(telegram: Telegram) -> Mapping[str, str]:
    return settings_for(telegram)


@pytest.fixture
def ready(shape_file: Path) -> Path:
    return with_our_tables(shape_file)


@pytest.fixture
def ready_seed(seed_file: Path) -> Path:
    return with_our_tables(seed_file)


@pytest.fixture
def telegram(tmp_path: Path) -> Iterator[Telegram]:
    with telegram_at(tmp_path) as server:
        yield server


def state_of(path: Path) -> list[str]:
    return [state for (state,) in rows(path, "SELECT state FROM console_outbox ORDER BY id")]


def test_a_reply_is_delivered_and_recorded(ready: Path, telegram: Telegram, settings: Mapping[str, str]) -> None:
    reply = frontdesk_json("--database", ready, "reply", "2", TEXT, env=settings)
    assert list(reply) == FIELDS
    assert (reply["conversation_id"], reply["state"], reply["body"], reply["error"]) == (2, "sent", TEXT, None)
    assert telegram.texts() == [TEXT]
    query = f"SELECT body, direction, read, telegram_message_id FROM messages WHERE id = {reply['message_id']}"
    assert rows(ready, query) == [(TEXT, 1, 1, reply["telegram_message_id"])]
    [call] = telegram.calls("sendMessage")
    assert str(call["parameters"]["chat_id"]) == str(
        rows(
            ready, "SELECT telegram_id FROM users JOIN conversations ON user_id = users.id WHERE conversations.id = 2"
        )[0][0]
    )
    # No undo window, and delivery marks nothing read.
    assert rows(ready, "SELECT unread_count FROM conversations WHERE id = 2") == [(2,)]
    last = frontdesk_json("--database", ready, "messages", "2")[-1]
    assert (last["body"], last["direction"], last["read"]) == (TEXT, "outgoing", True)


def test_plain_output_is_one_line_without_the_text(
    ready_seed: Path, telegram: Telegram, settings: Mapping[str, str]
) -> None:
    said = frontdesk("--database", ready_seed, "reply", "2", TEXT, env=settings).stdout
    assert said == "reply 1 to conversation 2: sent\n"


def test_a_long_text_is_one_reply_in_parts(ready_seed: Path, telegram: Telegram, settings: Mapping[str, str]) -> None:
    text = "\n\n".join(f"Абзац {number}. " + "слово " * 300 for number in range(6)).strip()
    reply = frontdesk_json("--database", ready_seed, "reply", "2", text, env=settings)
    assert (reply["state"], reply["body"], reply["id"]) == ("sent", text, 1)
    assert [part["state"] for part in reply["parts"]] == ["sent"] * len(reply["parts"])
    assert telegram.texts() == [part["body"] for part in reply["parts"]]
    assert len(reply["parts"]) > 1


def test_no_wait_only_queues(ready_seed: Path, telegram: Telegram, settings: Mapping[str, str]) -> None:
    reply = frontdesk_json("--database", ready_seed, "reply", "2", "позже", "--no-wait", env=settings)
    assert (reply["state"], reply["message_id"]) == ("queued", None)
    assert state_of(ready_seed) == ["queued"]
    assert telegram.texts() == []


def test_unclaimed_after_the_wait_it_is_cancelled(ready_seed: Path) -> None:
    done = frontdesk("--database", ready_seed, "reply", "2", "никому", "--wait", "0.3", code=1)
    assert "not sent" in done.stderr
    assert "token" in done.stderr
    assert state_of(ready_seed) == ["cancelled"]
    assert rows(ready_seed, "SELECT count(*) FROM messages WHERE body = 'никому'") == [(0,)]


def test_unreachable_telegram_is_not_sent(ready_seed: Path, settings: Mapping[str, str]) -> None:
    env = {**settings, "FRONTDESK_TELEGRAM_API_URL": "http://127.0.0.1:9"}
    done = frontdesk("--database", ready_seed, "reply", "2", "в пустоту", "--wait", "1", env=env, code=1)
    assert "could not be reached" in done.stderr
    assert state_of(ready_seed) == ["cancelled"]


def test_a_refusal_is_code_1_with_the_reason(tmp_path: Path, ready_seed: Path) -> None:
    answer = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    fault = {"action": "status", "method": "sendMessage", "code": 403, "body": json.dumps(answer)}
    with telegram_at(tmp_path, [fault]) as telegram:
        done = frontdesk("--database", ready_seed, "reply", "2", "x", "--json", env=settings_for(telegram), code=None)
        refused = frontdesk("--database", ready_seed, "reply", "2", "x", env=settings_for(telegram), code=4)
        anyway = frontdesk(
            "--database", ready_seed, "reply", "2", "x", "--anyway", env=settings_for(telegram), code=None
        )
    assert done.returncode == 1
    assert '"failed"' in done.stdout
    assert "blocked" in done.stdout
    assert "blocked the bot, since" in refused.stderr
    assert "failed" in anyway.stdout
    assert state_of(ready_seed) == ["failed", "failed"]
    assert "frontdesk outbox retry 1" in frontdesk("--database", ready_seed, "outbox").stdout


def test_a_pause_is_said_with_its_end(tmp_path: Path, ready_seed: Path) -> None:
    with telegram_at(tmp_path, [{"action": "retry_after", "method": "sendMessage", "seconds": 60}]) as telegram:
        env = settings_for(telegram)
        done = frontdesk("--database", ready_seed, "reply", "2", "x", "--wait", "2", env=env, code=1)
        assert "asks to wait until" in done.stderr
        # The whole bot: nobody else is bothered with another try.
        again = frontdesk("--database", ready_seed, "reply", "3", "x", "--wait", "1", env=env, code=1)
        assert "asks to wait until" in again.stderr
        assert len(telegram.calls("sendMessage")) == 1


def test_a_lost_answer_is_code_5(tmp_path: Path, ready_seed: Path) -> None:
    fault = {"action": "drop_after", "method": "sendMessage", "times": 1}
    with telegram_at(tmp_path, [fault]) as telegram:
        done = frontdesk("--database", ready_seed, "reply", "2", "дошло?", env=settings_for(telegram), code=None)
        assert done.returncode == 5
        assert "unknown" in done.stdout
        assert telegram.texts() == ["дошло?"]
        listed = frontdesk_json("--database", ready_seed, "outbox")
        assert [(each["id"], each["state"], each["body"]) for each in listed] == [(1, "unknown", "дошло?")]
        evidence = listed[0]["evidence"]
        assert (evidence["incoming"], evidence["same_text"]) == (0, [])
        assert [each["outcome"] for each in evidence["attempts"]] == ["unknown"]
        # The choice is a person's: it arrived.
        decided = frontdesk_json("--database", ready_seed, "outbox", "delivered", "1")
        assert (decided["state"], decided["telegram_message_id"]) == ("sent", None)
        assert decided["message_id"] is not None
        assert frontdesk_json("--database", ready_seed, "outbox") == []
        refused = frontdesk("--database", ready_seed, "outbox", "retry", "1", code=4)
        assert "sent" in refused.stderr
        assert telegram.texts() == ["дошло?"]


def test_a_wrong_token_does_not_wait_out_the_minute(ready_seed: Path, settings: Mapping[str, str]) -> None:
    env = {**settings, "FRONTDESK_TELEGRAM_TOKEN": "1:wrong"}
    done = frontdesk("--database", ready_seed, "reply", "2", "x", env=env, code=1)
    assert "token" in done.stderr
    assert state_of(ready_seed) == ["cancelled"]


def test_another_process_may_deliver_it(ready_seed: Path, telegram: Telegram, settings: Mapping[str, str]) -> None:
    runner = subprocess.Popen(
        [FRONTDESK, "--database", str(ready_seed), "run"], env={**os.environ, **settings},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        reply = frontdesk_json("--database", ready_seed, "reply", "2", "через другого", "--wait", "30")
        assert reply["state"] == "sent"
    finally:
        runner.terminate()
        out, _ = runner.communicate(timeout=20)
    assert runner.returncode == 0
    assert "reply=1 conversation=2 state=sent" in out
    assert "через" not in out


@pytest.mark.parametrize("choice", ["retry", "delivered", "cancel"])
def test_a_decision_about_nothing_is_code_3(choice: str, ready_seed: Path) -> None:
    assert "99" in frontdesk("--database", ready_seed, "outbox", choice, "99", code=3).stderr


def test_cancel_gives_up_a_queued_reply(ready_seed: Path) -> None:
    frontdesk("--database", ready_seed, "reply", "2", "x", "--no-wait")
    assert frontdesk_json("--database", ready_seed, "outbox", "cancel", "1")["state"] == "cancelled"
    said = frontdesk("--database", ready_seed, "outbox").stdout
    assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_a_blank_text_is_refused(text: str, ready_seed: Path) -> None:
    frontdesk("--database", ready_seed, "reply", "2", text, code=4)
    assert state_of(ready_seed) == []


def test_an_unknown_conversation_is_code_3(ready_seed: Path) -> None:
    frontdesk("--database", ready_seed, "reply", "4242", "x", code=3)


@pytest.mark.parametrize("verb", [["reply", "2", "x"], ["outbox", "retry", "1"], ["run"]])
def test_without_our_tables_a_writing_verb_names_the_upgrade(
    verb: list[str], seed_file: Path, settings: Mapping[str, str]
) -> None:
    assert "frontdesk db upgrade" in frontdesk("--database", seed_file, *verb, env=settings, code=4).stderr


@pytest.mark.parametrize("verb", [["reply", "2", "x"], ["outbox", "retry", "1"], ["run"], ["db", "upgrade"]])
def test_read_only_refuses_each_writing_verb(verb: list[str], ready_seed: Path, settings: Mapping[str, str]) -> None:
    done = frontdesk("--database", ready_seed, "--read-only", *verb, env=settings, code=4)
    assert "read-only" in done.stderr
    assert state_of(ready_seed) == []


def test_run_without_a_token_is_refused(ready_seed: Path) -> None:
    assert "token" in frontdesk("--database", ready_seed, "run", code=4).stderr
