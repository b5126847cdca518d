"""What moved in the database since the last look, whoever moved it. Cheap enough to ask four times a second."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from models.store.database import Database
from models.tables.console_journal import JournalRow
from models.tables.console_outbox_log import OutboxLogRow
from models.tables.console_presence import PresenceRow
from models.tables.console_triage_log import TriageLogRow
from models.tables.extended import messages, users
from models.views import Changes

#: More new messages than this at once: a full refresh costs less than naming each conversation.
GAP = 1000

_log = OutboxLogRow.__table__  # type: ignore[attr-defined]
_journal = JournalRow.__table__  # type: ignore[attr-defined]
_triage = TriageLogRow.__table__  # type: ignore[attr-defined]
_presence = PresenceRow.__table__  # type: ignore[attr-defined]


class Feed:
    """Keeps its watermarks; belongs to one caller at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._token: tuple[int, object] | None = None
        self._stamp: object | None = None
        self._message = self._transition = self._entry = self._user = self._act = 0
        self._seats: frozenset[tuple[object, ...]] = frozenset()

    def quiet(self) -> bool:
        """Whether a look would most likely find nothing: microseconds, on any thread. Look now and then anyway."""
        return self._stamp is not None and self.database.stamp() == self._stamp

    def poll(self) -> Changes | None:
        """None: nobody committed. Empty changes: something moved that no watermark names, so refresh what is visible.

        Raises DatabaseProblem('replaced', …).
        """
        stamp = self.database.stamp()
        token = self.database.change_token()
        self._stamp = stamp
        if token == self._token:
            return None
        # Another file in its place: its ids say nothing of what was seen of the old one.
        first = self._token is None or token[0] != self._token[0]
        with self.database.read() as session:
            message, user = self._top(session, messages.c.id), self._top(session, users.c.id)
            transition = entry = act = 0
            seats: frozenset[tuple[object, ...]] = frozenset()
            if self.database.features.console_tables:
                transition, entry = self._top(session, _log.c.id), self._top(session, _journal.c.id)
                act, seats = self._top(session, _triage.c.id), self._present(session)
            fresh = message - self._message
            shrunk = message < self._message or user < self._user
            conversations: frozenset[int] = frozenset()
            if 0 < fresh <= GAP and not first:
                # Not distinct: for that SQLite would read the whole index of conversations.
                query = select(messages.c.conversation_id).where(messages.c.id > self._message)
                conversations = frozenset(session.execute(query).scalars())
            acted = act - self._act
            if 0 < acted <= GAP and not first:
                acts = select(_triage.c.conversation_id).where(_triage.c.id > self._act)
                conversations |= frozenset(session.execute(acts).scalars())
        changes = Changes(
            conversations=conversations,
            outbox=transition != self._transition,
            people=user != self._user or entry != self._entry,
            everything=first or shrunk or fresh > GAP or acted > GAP,
            triage=acted != 0 and not first,
            presence=seats != self._seats and not first,
        )
        # Only now: a look that failed half way is taken again.
        self._token = token
        self._message, self._transition, self._entry, self._user = message, transition, entry, user
        self._act, self._seats = act, seats
        return changes

    def _present(self, session: Session) -> frozenset[tuple[object, ...]]:
        """A row for each console there is: few."""
        query = select(_presence.c.seat, _presence.c.operator_id, _presence.c.conversation_id, _presence.c.typing)
        return frozenset(tuple(row) for row in session.execute(query))

    def _top(self, session: Session, column: ColumnElement[int]) -> int:
        return int(session.execute(select(func.max(column))).scalar() or 0)
