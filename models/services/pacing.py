"""One pace for all processes of a bot, kept in the database: what may be sent now, and until when Telegram said no.

Taken in the transaction that claims a reply, so that nothing waits while it holds a lease.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, bindparam, case, cast, literal, or_, select, update
from sqlmodel import Session

from models.rules.pace import LONG_WAIT, TOGETHER, Rate, Rates, micros, moment_of, wait_after
from models.store.turns import take_turn
from models.tables.conflicts import insert_or_ignore
from models.tables.console_pacing import PacingRow
from models.views import Pause

pacing_table = PacingRow.__table__  # type: ignore[attr-defined]

BOT = "bot"
_CHAT = "chat:"


def key_of(chat_id: int) -> str:
    """The pacing key of a chat; the account's chat with the same person (business) shares it."""
    return f"{_CHAT}{chat_id}"


class Pacing:
    """Every method belongs into a session of the caller's; `take`, `refused` and `pause_bot` into a write session."""

    def __init__(self, rates: Rates | None = None) -> None:
        self.rates = rates or Rates()

    def take(self, session: Session, chat_id: int, now: datetime) -> bool:
        """One message to this chat, now: chat first, then bot. False: roll back, another was quicker."""
        return self._take(session, key_of(chat_id), self.rates.of(chat_id), now) and self._take(
            session, BOT, self.rates.bot, now
        )

    def bot_due(self, session: Session, now: datetime) -> datetime:
        """When the bot may send again; not later than `now`: at once."""
        row = session.execute(select(pacing_table).where(pacing_table.c.key == BOT)).first()
        return now if row is None else due_of(row.tat, row.paused_until, self.rates.bot, now)

    def refused(self, session: Session, chat_id: int, retry_after: int | None, now: datetime) -> datetime:
        """Telegram answered 429: the chat pauses, and the whole bot when Telegram can only mean the bot. Returns when
        the wait is over."""
        until = now + wait_after(retry_after)
        self._pause(session, key_of(chat_id), until, now, refused=True)
        other = (pacing_table.c.key != key_of(chat_id)) & pacing_table.c.key.startswith(_CHAT)
        together = select(pacing_table.c.key).where(other, pacing_table.c.refused_at > now - TOGETHER).limit(1)
        if (retry_after or 0) >= LONG_WAIT or session.execute(together).first() is not None:
            self._pause(session, BOT, until, now)
        return until

    def pause_bot(self, session: Session, retry_after: int | None, now: datetime) -> datetime:
        """A 429 that can only mean the bot, as one from getUpdates does. Returns when the wait is over."""
        until = now + wait_after(retry_after)
        self._pause(session, BOT, until, now, refused=True)
        return until

    def quiet(self, session: Session, now: datetime, chat_id: int | None = None) -> bool:
        """Whether niceties ("typing", refreshing pictures) must be left out: the bot or this chat was asked to wait,
        or replies are already leaving as fast as they may."""
        keys = [BOT] if chat_id is None else [BOT, key_of(chat_id)]
        for row in session.execute(select(pacing_table).where(pacing_table.c.key.in_(keys))):
            rate = self.rates.bot if chat_id is None or row.key == BOT else self.rates.of(chat_id)
            if due_of(row.tat, row.paused_until, rate, now) > now:
                return True
        return False

    def _take(self, session: Session, key: str, rate: Rate, now: datetime) -> bool:
        # One statement, so that no two processes take the same place: the engine decides who was first.
        admitted = (
            pacing_table.c.key == key,
            pacing_table.c.tat <= micros(now) + rate.slack,
            or_(pacing_table.c.paused_until.is_(None), pacing_table.c.paused_until <= now),
        )
        later = case((pacing_table.c.tat > micros(now), pacing_table.c.tat), else_=micros(now)) + rate.step
        taken = update(pacing_table).where(*admitted).values(tat=later, updated_at=now).returning(pacing_table.c.tat)
        if session.execute(taken).first() is not None:
            return True
        take_turn(session, f"pace {key}")
        if session.execute(select(pacing_table.c.key).where(pacing_table.c.key == key)).first() is not None:
            # Its row may have come while this turn was waited for.
            return session.execute(taken).first() is not None
        fresh = insert_or_ignore(session, pacing_table).values(key=key, tat=micros(now) + rate.step, updated_at=now)
        return session.execute(fresh.returning(pacing_table.c.key)).first() is not None

    def _pause(self, session: Session, key: str, until: datetime, now: datetime, *, refused: bool = False) -> None:
        """A pause is never shortened by a later, shorter one."""
        take_turn(session, f"pace {key}")
        row = session.execute(select(pacing_table).where(pacing_table.c.key == key).with_for_update()).first()
        values: dict[str, Any] = {"paused_until": until, "updated_at": now}
        if refused:
            values["refused_at"] = now
        if row is None:
            fresh = insert_or_ignore(session, pacing_table).values(key=key, tat=0, **values)
            if session.execute(fresh.returning(pacing_table.c.key)).first() is not None:
                return
            row = session.execute(select(pacing_table).where(pacing_table.c.key == key)).one()
        if row.paused_until is not None and row.paused_until > until:
            values["paused_until"] = row.paused_until
        session.execute(update(pacing_table).where(pacing_table.c.key == key).values(**values))


def chat_waits(rates: Rates, chat_id: ColumnElement[int], now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """An SQL condition on a column of chat ids: this chat may not be written to at `now`, which the parameter `micros`
    gives once more in microseconds."""
    at = bindparam("micros", type_=BigInteger())
    latest = case((chat_id > 0, at + rates.chat.slack), else_=at + rates.group.slack)
    full = pacing_table.c.tat > cast(latest, BigInteger)
    return select(pacing_table.c.key).where(its_key(chat_id), or_(full, pacing_table.c.paused_until > now)).exists()


def its_key(chat_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The pacing row of a column of chat ids."""
    mine: ColumnElement[bool] = pacing_table.c.key == literal(_CHAT) + cast(chat_id, String)
    return mine


def due_of(tat: int, paused_until: datetime | None, rate: Rate, now: datetime) -> datetime:
    """When a key's next message may leave."""
    due = moment_of(tat - rate.slack) if tat - rate.slack > micros(now) else now
    return max(due, paused_until) if paused_until is not None else due


def pause_of(session: Session, now: datetime) -> Pause | None:
    """The bot's pause, while it lasts."""
    row = session.execute(_PAUSED).first()
    return Pause(row[0], whole_bot=True) if row is not None and row[0] is not None and row[0] > now else None


_PAUSED = select(pacing_table.c.paused_until).where(pacing_table.c.key == BOT)
