"""Persons and their conversations while a batch is taken in: found or created, remembered until the batch ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from models.rules.clock import Clock
from models.rules.events import Arrived, Sender
from models.services.reach_marks import reach_table
from models.services.recording import CRM_NEW_LEAD, find_or_create_conversation
from models.store.turns import take_turn
from models.tables.console_messages import MessageKeyRow
from models.tables.extended import conversations, messages, users
from models.views import Features

_keys = MessageKeyRow.__table__  # type: ignore[attr-defined]

#: A profile older than this is refreshed by the next message.
PROFILE_AGE = timedelta(days=1)


@dataclass(slots=True)
class Thread:
    """A person's conversation. `last_at` is its newest message's time, None: none yet."""

    user_id: int
    id: int
    last_at: datetime | None


class Intake:
    """What storing one batch needs: its session, and the persons it has met."""

    def __init__(self, session: Session, features: Features, clock: Clock) -> None:
        self.session = session
        self.features = features
        self.clock = clock
        self._threads: dict[int, Thread] = {}
        self._marked: set[int] | None = None
        self._unseen: set[tuple[str, int, int]] = set()
        self._stored: frozenset[int] | None = None

    def look_ahead(self, coming: Sequence[Arrived]) -> None:
        """Asks once for what a whole batch needs to know: its persons, which keys are new, which ids are in use."""
        chats = {event.chat_id for event in coming}
        numbers = {event.message_id for event in coming}
        keys = {(event.business_connection_id or "", event.chat_id, event.message_id) for event in coming}
        known = select(_keys.c.business_connection_id, _keys.c.chat_id, _keys.c.telegram_message_id)
        known = known.where(_keys.c.chat_id.in_(chats), _keys.c.telegram_message_id.in_(numbers))
        self._unseen = keys - {(row[0], row[1], row[2]) for row in self.session.execute(known)}
        used = select(messages.c.telegram_message_id).where(messages.c.telegram_message_id.in_(numbers)).distinct()
        self._stored = frozenset(self.session.execute(used).scalars())
        # A business account's customers are refreshed each time: those are looked up one by one.
        chats -= {event.chat_id for event in coming if event.business_connection_id is not None}
        fresh = select(users.c.telegram_id, users.c.id).where(
            users.c.telegram_id.in_(chats), users.c.updated_at >= self.clock() - PROFILE_AGE
        )
        people = {row[1]: row[0] for row in self.session.execute(fresh)}
        columns = (conversations.c.id, conversations.c.user_id, conversations.c.last_message_at)
        theirs = select(*columns).where(conversations.c.user_id.in_(people)).order_by(conversations.c.id)
        for id, user_id, last_at in self.session.execute(theirs):
            self._threads.setdefault(people[user_id], Thread(user_id, id, last_at))

    def forget(self) -> None:
        """After a rollback: what was remembered may be gone."""
        self._threads.clear()
        self._marked = None
        self._unseen.clear()

    def is_unseen(self, event: Arrived) -> bool:
        """Whether the message's key is certainly not stored; asked once, since it will be then."""
        key = (event.business_connection_id or "", event.chat_id, event.message_id)
        if key not in self._unseen:
            return False
        self._unseen.remove(key)
        return True

    def may_be_stored(self, telegram_message_id: int) -> bool:
        """Whether some row may hold this number of Telegram's."""
        return self._stored is None or telegram_message_id in self._stored

    def thread_of(self, person: Sender, *, always_refresh: bool = False) -> Thread:
        """The person's conversation with the lowest id; person and conversation are made when there are none."""
        known = self._threads.get(person.telegram_id)
        if known is not None:
            return known
        user_id = self.user_of(person, always_refresh=always_refresh)
        id = find_or_create_conversation(self.session, self.features, self.clock, user_id)
        last = select(conversations.c.last_message_at).where(conversations.c.id == id)
        thread = Thread(user_id, id, self.session.execute(last).scalar())
        self._threads[person.telegram_id] = thread
        return thread

    def existing_thread(self, telegram_id: int) -> Thread | None:
        """The person's conversation, if there is one."""
        known = self._threads.get(telegram_id)
        if known is not None:
            return known
        query = select(users.c.id, conversations.c.id, conversations.c.last_message_at)
        query = query.select_from(users.join(conversations, conversations.c.user_id == users.c.id))
        query = query.where(users.c.telegram_id == telegram_id).order_by(conversations.c.id).limit(1)
        row = self.session.execute(query).first()
        return None if row is None else Thread(row[0], row[1], row[2])

    def user_of(self, person: Sender, *, always_refresh: bool = False) -> int:
        """The person's row, made when there is none. Names are refreshed when the row is older than a day; the
        avatar's column stays NULL, since the application's form of it would hold the bot's token."""
        now = self.clock()
        names = {"username": person.username, "first_name": person.first_name, "last_name": person.last_name}
        columns = [users.c[name] for name in ("id", "updated_at", *names)]
        take_turn(self.session, f"person {person.telegram_id}")
        found = self.session.execute(select(*columns).where(users.c.telegram_id == person.telegram_id)).first()
        if found is None:
            values: dict[str, Any] = {"telegram_id": person.telegram_id, "authenticated": False, "admin": False}
            if self.features.paid:
                values["paid"] = False
            if self.features.crm:
                values["crm_status"] = CRM_NEW_LEAD
            made = insert(users).values(**values, **names, created_at=now, updated_at=now)
            return int(self.session.execute(made.returning(users.c.id)).scalar_one())
        aged = found.updated_at is None or found.updated_at < now - PROFILE_AGE
        # As the application does it: nothing changed, nothing written.
        if (aged or always_refresh) and any(found._mapping[name] != value for name, value in names.items()):
            changed = update(users).where(users.c.id == found.id)
            self.session.execute(changed.values(**names, updated_at=now))
        return int(found.id)

    def is_marked(self, telegram_id: int) -> bool:
        """Whether the chat is noted as unreachable; asked for once a batch, there are few."""
        if self._marked is None:
            self._marked = set(self.session.execute(select(reach_table.c.telegram_id)).scalars())
        return telegram_id in self._marked

    def unmarked(self, telegram_id: int) -> None:
        """The mark was lifted."""
        if self._marked is not None:
            self._marked.discard(telegram_id)

    def marked_anew(self) -> None:
        """A mark was made."""
        self._marked = None
