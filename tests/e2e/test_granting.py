"""The two scripts of whoever grants access: a receipt that came in a chat, a list from the bank. Keys are counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console.config import config_path
from models.rules.clock import utc_now
from models.services.desk import Desk
from models.services.recording import record_incoming
from models.services.sign_in import conversation_of, find_or_create_user
from tests.e2e.conftest import Telegram, eventually, rows
from tests.e2e.terminal import Terminal

Open = Callable[..., Terminal]
CONFIG = """
[prices]
vip = ["38000 RUB", "400 USD"]
basic = 9000
[terms]
vip = "12m"
"""
PASTE = "\x1b[200~{}\x1b[201~"


class Counted:
    """Presses keys and counts them; a paste is one."""

    def __init__(self, console: Terminal) -> None:
        self.console = console
        self.keys = 0

    def press(self, *keys: str) -> None:
        self.keys += len(keys)
        self.console.press(*keys)


def people(path: Path) -> None:
    """p1 … p13, two people whose names differ by case only, and Мария, who has just sent a receipt."""
    desk = Desk.open(str(path), operator="setup")
    names = [*(f"p{number}" for number in range(1, 14)), "same", "SAME", "maria"]
    for at, name in enumerate(names):
        user = find_or_create_user(desk.database, 5000 + at, username=name, first_name=name.capitalize())
        with desk.database.write() as session:
            conversation = conversation_of(session, desk.features, utc_now, user)
            record_incoming(
                session, desk.features, utc_now, conversation_id=conversation, user_id=user,
                body="Оплатила, чек № 4711-88" if name == "maria" else "Здравствуйте!", telegram_message_id=at + 1,
            )  # fmt: skip
    desk.close()


def test_a_grant_in_a_chat_and_a_pasted_list(owned_file: Path, telegram: Telegram, open_console: Open) -> None:
    people(owned_file)
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(CONFIG, "utf-8")
    console = open_console(owned_file, env={"FRONTDESK_UNDO_SECONDS": "0", "FRONTDESK_MODE": "attached"})
    console.wait("чек № 4711-88")
    # One packet, as over a slow line: no key may be lost or come too early.
    chat = Counted(console)
    chat.press("a", "3", "ctrl+s")
    console.wait("granted VIP")
    assert chat.keys <= 3
    granted = "SELECT u.username, u.paid, e.tier, e.amount_paid, p.transaction_id, p.status, e.expires_at IS NOT NULL"
    tables = " FROM users u JOIN enrollments e ON e.user_id = u.id JOIN payments p ON p.enrollment_id = e.id"
    assert rows(owned_file, granted + tables) == [("maria", 1, "vip", 38000, "4711-88", "completed", 1)]
    assert rows(owned_file, "SELECT action, receipt, operator_name FROM console_journal") == [
        ("grant", "4711-88", "anna")
    ]
    eventually(lambda: len(telegram.texts()) == 1, "the notice")
    assert telegram.texts()[0].startswith("Your access is open: VIP, until")

    names = [*(f"@p{number}" for number in range(1, 14)), "@same", "@p13"]
    receipts = [*(f"B-{number}" for number in range(1, 15)), "b 1"]
    lines = "\r".join(f"{name}, vip, 38 000, {receipt}" for name, receipt in zip(names, receipts, strict=True))
    bank = Counted(console)
    bank.press("L")
    console.wait("Paste a list")
    bank.press(PASTE.format(lines))
    console.wait("15 lines: 13 new · 1 receipt used · 1 several people match")
    bank.press("enter")
    console.wait("Who is meant")
    bank.press("2")
    # The question is gone, and the cursor on the next line to mend.
    console.wait(lambda text: "Who is meant" not in text and "14 new · 1 receipt used" in text and "@p13, vip" in text)
    bank.press("X")
    console.wait("14 new · 1 left out")
    bank.press("ctrl+s")
    console.wait("Type 14")
    bank.press("1", "4", "enter")
    console.wait("14 granted")
    assert bank.keys <= 25
    assert rows(owned_file, "SELECT count(*), count(DISTINCT user_id), sum(amount) FROM payments") == [(15, 15, 570000)]
    assert rows(owned_file, "SELECT paid, count(*) FROM users GROUP BY paid ORDER BY paid") == [(0, 1), (1, 15)]
    assert rows(owned_file, "SELECT paid FROM users WHERE username = 'SAME'") == [(1,)]
    eventually(lambda: len(telegram.texts()) == 15, "a notice for each of them")
    # The same list again grants nobody.
    console.press("esc")
    console.wait("Paste a list")
    console.press(PASTE.format(lines))
    console.wait("13 granted before")
    console.press("ctrl+s")
    console.wait("No line can be granted")
    console.press("f2")
    console.wait("Maria")
    console.press("z")
    console.wait("Taken back: VIP")
    assert rows(owned_file, "SELECT count(*) FROM payments WHERE status = 'completed'") == [(14,)]
    console.press("q")
    assert console.exit_code() == 0
