"""The outbox as people use it: queue a reply, look, take back, decide. Durable before any socket opens."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.rules.clock import Clock
from models.rules.delivery import BY_HAND, OPEN, Choice, Reason, State
from models.rules.splitting import is_blank, normalise, split
from models.rules.text import for_storage
from models.services import reach
from models.services.arrivals import ARRIVES_FROM, settle
from models.services.channels import channel_of
from models.services.drafts import put_before
from models.services.evidence import Evidence, evidence_of
from models.services.journal import write_entry
from models.services.pacing import pause_of
from models.services.recording import record_outgoing
from models.services.replies import select_replies, to_reply
from models.services.transitions import log_transition, outbox_table
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.base import CLOCK, FEATURES
from models.tables.console_drafts import DraftRow
from models.tables.extended import conversations, users
from models.views import Operator, Pause, Reply

#: Between a state's last change and Telegram's date of the message; clocks differ.
ECHO_WINDOW = timedelta(minutes=2)

_drafts = DraftRow.__table__  # type: ignore[attr-defined]


class Outbox:
    """`operator` returns who acts; it raises Refused('read-only-session' or 'no-console-tables') when nobody can.
    `source` is where from, as the journal tells it."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator], source: str = "") -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator

    def enqueue(
        self,
        conversation_id: int,
        text: str,
        *,
        client_key: str,
        hold: float = 0.0,
        channel: str | None = None,
        anyway: bool = False,
    ) -> tuple[Reply, ...]:
        """Queues a text, split at Telegram's limits; drops the draft with this key in the same transaction. The same
        `client_key` again returns the same replies and changes nothing. `hold` is the undo window in seconds;
        `channel` ("bot", "business") is that of the person's last message unless given; `anyway` queues also for a
        person who can't be reached.

        Raises NotFound('conversation-not-found'), Refused('blank-text', 'no-chat', 'no-channel', 'channel-closed',
        'unreachable').
        """
        operator = self._operator()
        with self.database.write() as session:
            take_turn(session, f"text {client_key}")
            known = self._by_key(session, client_key)
            if known:
                return known
            replies = self.enqueue_in(
                session, operator, conversation_id, text,
                client_key=client_key, hold=hold, channel=channel, anyway=anyway,
            )  # fmt: skip
            # Only the draft that it was: a reply to many, or one from elsewhere, leaves what is being written.
            mine = (_drafts.c.operator_id == operator.id) & (_drafts.c.conversation_id == conversation_id)
            session.execute(delete(_drafts).where(mine, _drafts.c.client_key == client_key))
            return replies

    def enqueue_in(
        self,
        session: Session,
        operator: Operator,
        conversation_id: int,
        text: str,
        *,
        client_key: str,
        hold: float = 0.0,
        channel: str | None = None,
        anyway: bool = False,
    ) -> tuple[Reply, ...]:
        """`enqueue` in a write session of somebody else's, so that a text and what it tells of commit together; no
        draft is dropped. Raises what `enqueue` raises, before it has written anything."""
        text = for_storage(text)
        if is_blank(text):
            raise Refused("blank-text")
        parts = split(text)
        take_turn(session, f"text {client_key}")
        known = self._by_key(session, client_key)
        if known:
            return known
        chat_id = reach.current_id(session, self._chat_of(session, conversation_id))
        # Ids grow in the order of the commits: a chat's line is in their order.
        take_turn(session, f"line {chat_id}")
        connection_id = channel_of(session, self.database.features, conversation_id, channel)
        if connection_id is None and not anyway:
            self._must_reach(session, chat_id)
        now, due = self.clock(), self._now(session) + timedelta(seconds=hold)
        for number, part in enumerate(parts, start=1):
            made = session.execute(
                outbox_table.insert()
                .values(
                    client_key=client_key,
                    part_no=number,
                    part_of=len(parts),
                    conversation_id=conversation_id,
                    chat_id=chat_id,
                    business_connection_id=connection_id,
                    operator_id=operator.id,
                    body=part,
                    whole=text if number == 1 and len(parts) > 1 else None,
                    state=State.QUEUED,
                    attempt=0,
                    not_before=due if hold > 0 else None,
                    reason=Reason.UNDO if hold > 0 else None,
                    created_at=now,
                    updated_at=now,
                )
                .returning(outbox_table.c.id)
            )
            log_transition(
                session, self.clock, made.scalar_one(), None, State.QUEUED, attempt=0, operator_id=operator.id
            )
        return self._by_key(session, client_key)

    def get(self, id: int) -> Reply:
        """One reply. Raises NotFound('outbox-not-found')."""
        if not self.database.features.console_tables:
            raise NotFound("outbox-not-found", id=id)
        with self.database.read() as session:
            return self._get(session, id)

    def list(self, states: Collection[State] = OPEN, *, limit: int = 200) -> tuple[Reply, ...]:
        """Replies in these states, oldest first; at most `limit`."""
        if not self.database.features.console_tables:
            return ()
        with self.database.read() as session:
            query = select_replies().where(outbox_table.c.state.in_(sorted(states))).limit(limit)
            return tuple(to_reply(row) for row in session.execute(query).mappings())

    def evidence(self, ids: Collection[int]) -> dict[int, Evidence]:
        """What speaks for and against these replies having arrived, by id."""
        return evidence_of(self.database, ids)

    def by_key(self, client_key: str) -> tuple[Reply, ...]:
        """The parts of one text, in order; empty when it was never queued."""
        with self.database.read() as session:
            return self._by_key(session, client_key)

    def held(self) -> tuple[Reply, ...]:
        """This operator's replies still inside their undo window, oldest first."""
        operator = self._operator()
        with self.database.read() as session:
            return tuple(reply for reply, _key in self.held_in(session, operator))

    def held_in(self, session: Session, operator: Operator) -> builtins.list[tuple[Reply, str]]:
        """`held` in a session of somebody else's, each with its client key."""
        query = select_replies().where(
            outbox_table.c.state == State.QUEUED,
            outbox_table.c.reason == Reason.UNDO,
            outbox_table.c.not_before > self._now(session),
            outbox_table.c.operator_id == operator.id,
        )
        return [(to_reply(row), str(row["client_key"])) for row in session.execute(query).mappings()]

    def pause(self) -> Pause | None:
        """The bot's pause, while Telegram's request to wait lasts."""
        if not self.database.features.console_tables:
            return None
        with self.database.read() as session:
            return pause_of(session, self._now(session))

    def release(self, ids: Collection[int]) -> None:
        """Ends the undo window of these replies at once."""
        self._operator()
        with self.database.write() as session:
            still = (outbox_table.c.state == State.QUEUED) & (outbox_table.c.reason == Reason.UNDO)
            held = update(outbox_table).where(outbox_table.c.id.in_(list_of(ids)), still)
            session.execute(held.values(not_before=None, reason=None, updated_at=self.clock()))

    def key_of(self, id: int) -> str:
        """The client key of a reply's text. Raises NotFound."""
        with self.database.read() as session:
            found = session.execute(select(outbox_table.c.client_key).where(outbox_table.c.id == id)).scalar()
        if found is None:
            raise NotFound("outbox-not-found", id=id)
        return str(found)

    def take_back(self, client_key: str, *, as_draft: bool = False) -> str | None:
        """Undo: cancels every part while all are still queued, and returns the text; None when it is too late.
        `as_draft`: in the same transaction the text goes before the operator's draft."""
        operator = self._operator()
        with self.database.write() as session:
            mine = select(outbox_table).where(outbox_table.c.client_key == client_key).order_by("part_no")
            rows = session.execute(mine.with_for_update()).all()
            if not rows or any(row.state != State.QUEUED for row in rows):
                return None
            for row in rows:
                self._move(session, row.id, State.QUEUED, State.CANCELLED, row.attempt, operator, "taken back")
            first = rows[0]
            if as_draft:
                put_before(session, self.clock, operator, first.conversation_id, first.whole or first.body)
            return str(first.whole or first.body)

    def decide(self, id: int, choice: Choice, *, reason: str | None = None) -> Reply:
        """A person's decision: `retry` queues again, `delivered` records the row with no Telegram id, `cancel` gives up
        (with the later parts of the same text). The journal tells of it. Raises NotFound, Refused('wrong-state', state,
        choice)."""
        operator = self._operator()
        allowed, target = BY_HAND[choice]
        with self.database.write() as session:
            session.execute(select(outbox_table.c.id).where(outbox_table.c.id == id).with_for_update())
            reply = self._get(session, id)
            if reply.state not in allowed:
                raise Refused("wrong-state", state=reply.state.value, choice=choice.value, id=id)
            detail = reason or choice.value
            self._move(session, id, reply.state, target, reply.attempt, operator, detail)
            if choice is Choice.DELIVERED:
                self._record_delivered(session, reply)
            if choice is Choice.CANCEL:
                self._cancel_later_parts(session, reply, operator, detail)
            theirs = select(conversations.c.user_id).where(conversations.c.id == reply.conversation_id)
            write_entry(
                session, self.clock, operator, self.source,
                action=f"reply.{choice.value}", user_id=session.execute(theirs).scalar() or 0,
                before={"state": reply.state.value}, after={"state": target.value, "reply": id}, reason=reason,
            )  # fmt: skip
            return self._get(session, id)

    def _record_delivered(self, session: Session, reply: Reply) -> None:
        connection_id = session.execute(
            select(outbox_table.c.business_connection_id).where(outbox_table.c.id == reply.id)
        ).scalar()
        message_id = record_outgoing(
            session,
            self.database.features,
            self.clock,
            conversation_id=reply.conversation_id,
            body=reply.body,
            telegram_message_id=None,
            business_connection_id=connection_id,
        )
        session.execute(update(outbox_table).where(outbox_table.c.id == reply.id).values(message_id=message_id))

    def _cancel_later_parts(self, session: Session, reply: Reply, operator: Operator, detail: str) -> None:
        key = select(outbox_table.c.client_key).where(outbox_table.c.id == reply.id).scalar_subquery()
        later = select(outbox_table.c.id, outbox_table.c.attempt, outbox_table.c.state).where(
            outbox_table.c.client_key == key,
            outbox_table.c.part_no > reply.part_no,
            outbox_table.c.state.in_((State.QUEUED, State.FAILED)),
        )
        for row in session.execute(later.with_for_update()).all():
            self._move(session, row.id, State(row.state), State.CANCELLED, row.attempt, operator, detail)

    def _move(
        self, session: Session, id: int, came: State, went: State, attempt: int, operator: Operator, detail: str
    ) -> None:
        # An old wait or error says nothing of a reply that is queued again.
        values = {"state": went, "reason": detail, "not_before": None, "updated_at": self.clock()}
        if went is State.QUEUED:
            values |= {"error": None, "error_code": None}
        session.execute(update(outbox_table).where(outbox_table.c.id == id).values(**values))
        log_transition(session, self.clock, id, came, went, attempt=attempt, operator_id=operator.id, detail=detail)

    def _now(self, session: Session) -> datetime:
        """The time by which every process at this database sends."""
        return self.database.time(session) if self.database.server_time else self.clock()

    def _must_reach(self, session: Session, chat_id: int) -> None:
        known = reach.of(session, chat_id)
        if known is None:
            return
        if not reach.returned(session, self.database.features, chat_id):
            raise Refused("unreachable", kind=known.kind.value, since=known.since)
        reach.lift(session, self.clock, chat_id)

    def _chat_of(self, session: Session, conversation_id: int) -> int:
        query = select(conversations.c.id, users.c.telegram_id).select_from(
            conversations.outerjoin(users, users.c.id == conversations.c.user_id)
        )
        row = session.execute(query.where(conversations.c.id == conversation_id)).first()
        if row is None:
            raise NotFound("conversation-not-found", id=conversation_id)
        if row.telegram_id is None:
            raise Refused("no-chat", id=conversation_id)
        return int(row.telegram_id)

    def _by_key(self, session: Session, client_key: str) -> tuple[Reply, ...]:
        query = select_replies().where(outbox_table.c.client_key == client_key)
        return tuple(to_reply(row) for row in session.execute(query).mappings())

    def _get(self, session: Session, id: int) -> Reply:
        row = session.execute(select_replies().where(outbox_table.c.id == id)).mappings().first()
        if row is None:
            raise NotFound("outbox-not-found", id=id)
        return to_reply(row)


def arrived_by_echo(
    session: Session,
    business_connection_id: str,
    chat_id: int,
    text: str,
    message_id: int,
    at: datetime,
) -> int | None:
    """A business account's own message came back by getUpdates: the reply of ours it is the echo of becomes `sent`,
    whatever was known of it. Returns its row in `messages`, to be linked by the caller; None: no reply of ours, or its
    person is gone. Call it in a write session.

    Telegram names no id that we chose, so the text as Telegram cleans it, the chat and the time must agree.
    """
    features, clock = session.info[FEATURES], session.info[CLOCK]
    theirs = (outbox_table.c.chat_id == chat_id) & (outbox_table.c.business_connection_id == business_connection_id)
    known = select(outbox_table.c.message_id).where(theirs, outbox_table.c.telegram_message_id == message_id)
    if (found := session.execute(known.limit(1)).first()) is not None:
        return None if found[0] is None else int(found[0])
    nameless = (outbox_table.c.state == State.SENT) & outbox_table.c.telegram_message_id.is_(None)
    near = outbox_table.c.updated_at.between(at - ECHO_WINDOW, at + ECHO_WINDOW)
    query = select(outbox_table).where(theirs, near, outbox_table.c.state.in_(ARRIVES_FROM) | nameless)
    wanted = normalise(text)
    for row in session.execute(query.order_by(outbox_table.c.id)):
        if normalise(row.body) != wanted:
            continue
        if row.state == State.SENT:
            # A person said "it arrived": the row is written, only its Telegram id was not known.
            named = update(outbox_table).where(outbox_table.c.id == row.id)
            session.execute(named.values(telegram_message_id=message_id, updated_at=clock()))
        elif not settle(session, features, clock, row, message_id, detail="echo", link=False):
            continue
        written = select(outbox_table.c.message_id).where(outbox_table.c.id == row.id)
        return session.execute(written).scalar()
    return None


def list_of(ids: Collection[int]) -> builtins.list[int]:
    """`Outbox.list` hides the builtin inside the class."""
    return [*ids]
