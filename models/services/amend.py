"""Editing and deleting what Telegram has delivered: what may be changed; our copy follows Telegram's.

The wish is durable before Telegram is asked; the row in `messages` follows only what Telegram confirmed. Both requests
may be repeated: an edit to the same text and a deletion of what is gone count as done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.gateway import Outcome, RefusedBy, Sent, Unknown, Unsent
from models.rules.clock import Clock
from models.rules.delivery import State
from models.rules.splitting import split
from models.rules.text import for_storage
from models.services.journal import write_entry
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.console_amends import AmendRow
from models.tables.console_messages import MessageKeyRow
from models.tables.console_outbox import OutboxRow
from models.tables.extended import conversations, messages
from models.tables.message_codes import MessageDirection
from models.views import Operator

_amends = AmendRow.__table__  # type: ignore[attr-defined]
_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_keys = MessageKeyRow.__table__  # type: ignore[attr-defined]

#: How long Telegram lets a bot delete its messages; edits are held to the same, so that one rule is told.
LONGEST = timedelta(hours=48)
#: How long a wish of somebody else that has no answer yet keeps others from changing the same message.
UNDER_WAY = timedelta(seconds=90)


class Amended(StrEnum):
    """What became of a wish. `UNSENT` never left this host; `UNKNOWN` may have happened: asking again is harmless."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    UNSENT = "unsent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Wish:
    """One edit (`wanted` is the new text) or deletion (None) that Telegram is about to be asked for."""

    id: int
    message_id: int
    conversation_id: int
    user_id: int
    chat_id: int
    telegram_message_id: int
    business_connection_id: str | None
    wanted: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`said` is Telegram's reason or the network's, foreign; `retry_after` seconds that Telegram asks to wait."""

    state: Amended
    said: str | None = None
    retry_after: int | None = None


class Amends:
    """`operator` returns who acts, or raises Refused; `source` is where the journal says it came from."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator], source: str) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator

    def begin(self, message_id: int, text: str | None) -> Wish:
        """Writes down that this message is to read `text`, or to vanish (None). Raises NotFound('message-not-found'),
        Refused('not-our-message', 'no-telegram-id', 'too-old', 'being-changed', 'blank-text', 'too-long')."""
        operator = self._operator()
        wanted = None if text is None else _one_part(text)
        with self.database.write() as session:
            take_turn(session, f"amend {message_id}")
            now = self.clock()
            row = self._ours(session, message_id, now)
            self._nobody_else(session, message_id, now)
            made = insert(_amends).values(
                message_id=message_id,
                conversation_id=row.conversation_id,
                operator_id=operator.id,
                state=Amended.ASKED,
                body=row.body,
                wanted=wanted,
                created_at=now,
                updated_at=now,
            )
            id = session.execute(made.returning(_amends.c.id)).scalar_one()
        return Wish(
            id=int(id),
            message_id=message_id,
            conversation_id=row.conversation_id,
            user_id=row.user_id or 0,
            chat_id=row.chat_id,
            telegram_message_id=row.telegram_message_id,
            business_connection_id=row.business_connection_id,
            wanted=wanted,
        )

    def finish(self, wish: Wish, outcome: Outcome) -> Answer:
        """What Telegram answered, in one transaction with our copy and the journal. Once: a second call changes
        nothing. Raises Refused, DatabaseProblem."""
        answer = _judge(outcome)
        operator = self._operator()
        with self.database.write() as session:
            now = self.clock()
            open_ = (_amends.c.id == wish.id) & (_amends.c.state == Amended.ASKED)
            moved = update(_amends).where(open_).values(state=answer.state, said=answer.said, updated_at=now)
            if session.execute(moved.returning(_amends.c.id)).first() is None:
                return answer
            if answer.state is Amended.DONE:
                self._follow(session, wish, operator, now)
        return answer

    def _follow(self, session: Session, wish: Wish, operator: Operator, now: datetime) -> None:
        """Our copy becomes what Telegram's is."""
        mine = (messages.c.id == wish.message_id) & (messages.c.direction == int(MessageDirection.OUTGOING))
        if wish.wanted is None:
            session.execute(delete(messages).where(mine))
            session.execute(update(_outbox).where(_outbox.c.message_id == wish.message_id).values(message_id=None))
            session.execute(update(_keys).where(_keys.c.message_id == wish.message_id).values(deleted_at=now))
        else:
            session.execute(update(messages).where(mine).values(body=wish.wanted, updated_at=now))
            session.execute(update(_keys).where(_keys.c.message_id == wish.message_id).values(edited=True))
        write_entry(
            session,
            self.clock,
            operator,
            self.source,
            action="message.delete" if wish.wanted is None else "message.edit",
            user_id=wish.user_id,
            # The texts are in the table of changes: a journal is read by more people than a conversation.
            before={"message": wish.message_id},
            after={"message": None if wish.wanted is None else wish.message_id},
            reason=None,
        )

    def _ours(self, session: Session, message_id: int, now: datetime) -> Any:
        columns = [messages.c[name] for name in ("body", "direction", "conversation_id", "telegram_message_id")]
        query = (
            select(*columns, messages.c.created_at, conversations.c.user_id)
            .add_columns(_outbox.c.chat_id, _outbox.c.business_connection_id)
            .select_from(
                messages.outerjoin(conversations, conversations.c.id == messages.c.conversation_id).outerjoin(
                    _outbox, (_outbox.c.message_id == messages.c.id) & (_outbox.c.state == State.SENT)
                )
            )
        )
        row = session.execute(query.where(messages.c.id == message_id)).first()
        if row is None:
            raise NotFound("message-not-found", id=message_id)
        if row.chat_id is None or row.direction != int(MessageDirection.OUTGOING):
            raise Refused("not-our-message", id=message_id)
        if row.telegram_message_id is None:
            raise Refused("no-telegram-id", id=message_id)
        if row.created_at is None or now - row.created_at > LONGEST:
            raise Refused("too-old", id=message_id)
        return row

    def _nobody_else(self, session: Session, message_id: int, now: datetime) -> None:
        """Two changes under way at once would leave open whose text Telegram has."""
        under_way = (_amends.c.state == Amended.ASKED) & (_amends.c.created_at > now - UNDER_WAY)
        query = select(_amends.c.id).where(_amends.c.message_id == message_id, under_way).limit(1)
        if session.execute(query).first() is not None:
            raise Refused("being-changed", id=message_id)


def _one_part(text: str) -> str:
    parts = split(for_storage(text))
    if len(parts) != 1:
        raise Refused("too-long" if parts else "blank-text")
    return parts[0]


def _judge(outcome: Outcome) -> Answer:
    match outcome:
        case Sent():
            return Answer(Amended.DONE)
        case RefusedBy(description=said, retry_after=seconds):
            return Answer(Amended.REFUSED, said, seconds)
        case Unsent(reason=why):
            return Answer(Amended.UNSENT, why)
        case Unknown(reason=why):
            return Answer(Amended.UNKNOWN, why)
