"""The pages of one thread that are loaded so far, as one run of messages and replies. No widget."""

from __future__ import annotations

from datetime import UTC, datetime
from heapq import merge

from models.views import Cursor, MessageView, NoteView, Reply, ThreadPage
from screens.widgets.thread_lines import Item


class ThreadPages:
    """Oldest first: messages, then the replies that have no row yet, then bubbles that the database has not seen."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nothing is open."""
        self.conversation_id: int | None = None
        self.messages: tuple[MessageView, ...] = ()
        self.replies: tuple[Reply, ...] = ()
        self.notes: tuple[NoteView, ...] = ()
        self.local: tuple[Reply, ...] = ()
        self.older: Cursor | None = None
        #: Where the page below begins; None: the newest message is loaded.
        self.newer: Cursor | None = None
        self._asked: Cursor | None = None
        self._asked_below: Cursor | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        if self.newer is not None:  # what is on its way stands below what is not loaded yet
            return self._noted()
        return (*self._noted(), *self.replies, *self.local)

    def _noted(self) -> tuple[Item, ...]:
        """The messages with the notes among them, each where it was written; undated messages count as the oldest."""
        if not self.notes:
            return self.messages
        first = next((each.created_at for each in self.messages if each.created_at is not None), None)
        # Older notes come with the messages that they are of.
        notes = [each for each in self.notes if self.older is None or first is None or each.created_at >= first]
        last = next((each.created_at for each in reversed(self.messages) if each.created_at is not None), None)
        if self.newer is not None and last is not None:
            notes = [each for each in notes if each.created_at <= last]
        newest: datetime = datetime.min.replace(tzinfo=UTC)
        timed: list[tuple[datetime, int, Item]] = []
        for message in self.messages:
            newest = max(newest, message.created_at or newest)
            timed.append((newest, 0, message))
        written = [(each.created_at, 1, each) for each in notes]
        return tuple(each[2] for each in merge(timed, written, key=lambda each: each[:2]))

    @property
    def newest_id(self) -> int:
        """Id of the newest message; 0 without one."""
        return max((message.id for message in self.messages), default=0)

    def open(self, page: ThreadPage) -> None:
        """A page of a conversation, alone."""
        self.clear()
        self.conversation_id = page.conversation_id
        self.messages, self.older, self.newer = page.messages, page.older, page.newer
        self.replies, self.notes = page.replies, page.notes

    def renew(self, page: ThreadPage) -> None:
        """The newest page again, over what is loaded."""
        self.replies, self.notes = page.replies, page.notes
        fresh = {message.id for message in page.messages}
        first = next((at for at, message in enumerate(self.messages) if message.id in fresh), None)
        if first is None and self.newer is not None:  # far above: it comes when one scrolls there
            return
        self.newer = None
        if first is None:  # more arrived than one page holds: what is between was never loaded
            self.messages, self.older = page.messages, page.older
            return
        if first == 0:
            self.older = page.older
        self.messages = (*self.messages[:first], *page.messages)

    def keep_local(self, *, keep: bool) -> None:
        """Drops the bubbles that the page has now; all of them unless `keep`."""
        known = {reply.body for reply in self.replies}
        self.local = tuple(reply for reply in self.local if keep and reply.body not in known)

    def add_older(self, page: ThreadPage) -> bool:
        """A page before what is loaded. False: it is of another conversation."""
        if page.conversation_id != self.conversation_id:
            return False
        have = {message.id for message in self.messages}
        self.messages = (*(each for each in page.messages if each.id not in have), *self.messages)
        self.older, self._asked = page.older, None
        return True

    def ask_for_older(self) -> Cursor | None:
        """Where the page before what is loaded ends, once; None: there is none, or it is asked for already."""
        if self.older is None or self.older == self._asked:
            return None
        self._asked = self.older
        return self.older

    def add_newer(self, page: ThreadPage) -> bool:
        """The page below what is loaded. False: it is of another conversation, or was not waited for any more."""
        if page.conversation_id != self.conversation_id or self.newer is None:
            return False
        have = {message.id for message in self.messages}
        self.messages = (*self.messages, *(each for each in page.messages if each.id not in have))
        self.newer, self._asked_below = page.newer, None
        self.replies = page.replies
        return True

    def ask_for_newer(self) -> Cursor | None:
        """Where the page below begins, once; None: there is none, or it is asked for already."""
        if self.newer is None or self.newer == self._asked_below:
            return None
        self._asked_below = self.newer
        return self.newer
