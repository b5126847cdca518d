"""What a grant begins with: a person's access and the receipt numbers in what they wrote; and the one to take back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlmodel import Session

from models.errors import FrontdeskError, Refused
from models.rules.clock import Clock
from models.rules.receipts import receipt_key, receipts_in
from models.services import access_facts as facts
from models.services import reach
from models.services.grants import UNDO_WINDOW
from models.services.journal import entries_of, journal_table, select_entries, to_entry
from models.store.database import Database
from models.tables.extended import conversations, messages
from models.tables.message_codes import MessageDirection
from models.views import JournalEntry, Operator
from models.views.access import GrantOffer, ReceiptFound

#: How many of a person's newest messages are looked through, and how many numbers are offered.
LOOKED, OFFERED = 50, 9


class GrantOffers:
    """Reads only. `operator` raises Refused when nobody may write."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator]) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator

    def of(self, user_id: int, *, body: str | None = None) -> GrantOffer:
        """What a person has and what may be granted; `body` is the message that the receipt is looked for in first.

        Raises NotFound('user-not-found'), DatabaseProblem.
        """
        features = self.database.features
        with self.database.read() as session:
            state = facts.state_of(session, features, user_id, self.clock())
            newest = entries_of(session, features, user_id, limit=1)
            written = [(None, body)] if body else []
            numbers = _numbers([*written, *_newest_messages(session, user_id)])
            uses = facts.receipt_uses(session, features, [each.receipt for each in numbers]) if numbers else {}
            quiet = self._why_not_told(session, user_id, state.telegram_id)
        found = [
            ReceiptFound(each.receipt, each.at, next(iter(uses.get(receipt_key(each.receipt), ())), None))
            for each in numbers
        ]
        return GrantOffer(
            user_id=user_id,
            person_name=state.name,
            username=state.username,
            telegram_id=state.telegram_id,
            admin=state.admin,
            paid=state.paid,
            enrollments=state.enrolled,
            # One that was used says nothing of a new payment; it stays to be looked at.
            receipts=tuple(sorted(found, key=lambda each: each.use is not None)),
            why_not_notify=quiet,
            unrecorded=facts.unrecorded(features),
            newest=newest[0] if newest else None,
            seen=state.seen,
        )

    def newest_own(self) -> JournalEntry | None:
        """This operator's newest grant or renewal that `Grants.undo` would still take back; None: there is none.

        Raises Refused, DatabaseProblem.
        """
        operator, j = self._operator(), journal_table
        later = j.alias("later")
        same = (later.c.subject_type == j.c.subject_type) & (later.c.subject_id == j.c.subject_id)
        acts = later.c.action.in_((*facts.ACCESS, "refund"))
        touched = exists(select(later.c.id).where(same, acts, later.c.id > j.c.id))
        since = self.clock() - timedelta(seconds=UNDO_WINDOW)
        mine = (j.c.operator_id == operator.id) & j.c.action.in_(facts.PAYING) & (j.c.at >= since)
        with self.database.read() as session:
            query = select_entries().where(mine, ~touched).order_by(j.c.id.desc()).limit(1)
            row = session.execute(query).mappings().first()
        return None if row is None else to_entry(row)

    def _why_not_told(self, session: Session, user_id: int, telegram_id: int | None) -> FrontdeskError | None:
        """Why no notice would reach the person."""
        theirs = select(func.min(conversations.c.id)).where(conversations.c.user_id == user_id)
        if session.execute(theirs).scalar() is None:
            return Refused("no-conversation", id=user_id)
        if telegram_id is None:
            return Refused("no-chat", id=user_id)
        if not self.database.features.console_tables:
            return None
        chat_id = reach.current_id(session, telegram_id)
        known = reach.of(session, chat_id)
        if known is None or reach.returned(session, self.database.features, chat_id):
            return None
        return Refused("unreachable", kind=known.kind.value, since=known.since)


def _newest_messages(session: Session, user_id: int) -> list[tuple[datetime | None, str]]:
    """When and what a person wrote last, newest first."""
    theirs = select(conversations.c.id).where(conversations.c.user_id == user_id)
    incoming = messages.c.direction == int(MessageDirection.INCOMING)
    query = select(messages.c.created_at, messages.c.body).where(messages.c.conversation_id.in_(theirs), incoming)
    query = query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(LOOKED)
    return [(row.created_at, row.body) for row in session.execute(query)]


def _numbers(written: Iterable[tuple[datetime | None, str]]) -> list[ReceiptFound]:
    """What may be receipt numbers, in the order of the messages, each once."""
    found: dict[str, ReceiptFound] = {}
    for at, body in written:
        for number in receipts_in(body or ""):
            found.setdefault(receipt_key(number), ReceiptFound(number, at))
    return list(found.values())[:OFFERED]
