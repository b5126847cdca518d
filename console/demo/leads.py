"""What consoles had noted before the demo opens: how scores moved, and the team's templates."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select
from sqlmodel import Session

from console.demo.cast import Character
from models.rules.clock import Clock
from models.rules.templates import Text
from models.services.lead_facts import scores_table
from models.services.operators import ensure_operator
from models.services.templates import Templates
from models.store.database import Database
from models.tables.extended import messages
from models.tables.message_codes import MessageDirection

TEMPLATES = (
    Text("приветствие", "Здравствуйте, {name}! Меня зовут {operator}, помогу разобраться с курсом.", 1),
    Text("цена", "{name}, курс стоит 38 000 ₽. Можно в четыре платежа без банка. Прислать ссылку?", 2),
    Text("ссылка на оплату", "Вот ссылка: {ссылка}\nМесто держим до {день}.", 3),
    Text("hello", "Hi {name}! I'm {operator}, happy to help. What would you like to know about the course?", 4),
    Text("созвон", "Давайте созвонимся? Удобно {день} в {время}?"),
)


def make_templates(database: Database, operator: str, clock: Clock) -> None:
    """The team's answers."""
    who = ensure_operator(database, operator, clock)
    Templates(database, clock, lambda: who).take_over(TEMPLATES)


def make_history(session: Session, threads: list[tuple[int, int, Character]]) -> None:
    """The score after each message of those who wrote at least three, up to the one that stands there now."""
    ids: dict[int, list[int]] = {}
    incoming = int(MessageDirection.INCOMING)
    query = select(messages.c.conversation_id, messages.c.id).where(messages.c.direction == incoming)
    for conversation_id, id in session.execute(query.order_by(messages.c.created_at, messages.c.id)):
        ids.setdefault(conversation_id, []).append(id)
    rows = []
    for conversation_id, _user_id, one in threads:
        wrote = [line.at for line in one.lines if line.incoming]
        if one.score is None or len(wrote) < 3:
            continue
        before: int | None = None
        for number, (at, message_id) in enumerate(zip(wrote, ids[conversation_id], strict=True), start=1):
            score = one.score * number // len(wrote)
            if score != before:
                moved = {"at": at + timedelta(seconds=6), "before": before, "score": score, "message_id": message_id}
                rows.append({"conversation_id": conversation_id, "operator_id": None, **moved})
            before = score
    session.execute(insert(scores_table), rows)
