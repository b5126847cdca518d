"""Frozen pictures of the data, handed to the floors above. Times are aware UTC; texts are raw (foreign!).

Each is made when it is first asked for: a frozen dataclass takes half a millisecond of the start.
"""

from typing import TYPE_CHECKING

from models import lazy

if TYPE_CHECKING:
    from models.views.choices import WORKING, Author, Direction, Order, PeopleFilter, PeopleSort, Unreachable, View
    from models.views.database import BotHealth, Changes, Colleague, Features, Operator
    from models.views.inbox import (
        ConversationRow,
        Counts,
        Cursor,
        Draft,
        FirstPage,
        IdPage,
        Lead,
        MessageView,
        NoteView,
        Pause,
        Reach,
        Reply,
        ThreadPage,
    )
    from models.views.lead import Correction, Field, LeadFacts, ScoreChange
    from models.views.people import AccessGlance, JournalEntry, JournalFilter, Person, PersonRow
    from models.views.search import Hit, IndexState, PersonHit, SearchPage
    from models.views.status import DatabaseStatus, UpgradePlan
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "choices": (
                "WORKING",
                "Author",
                "Direction",
                "Order",
                "PeopleFilter",
                "PeopleSort",
                "Unreachable",
                "View",
            ),
            "database": ("BotHealth", "Changes", "Colleague", "Features", "Operator"),
            "status": ("DatabaseStatus", "UpgradePlan"),
            "inbox": (
                "ConversationRow",
                "Counts",
                "Cursor",
                "Draft",
                "FirstPage",
                "IdPage",
                "Lead",
                "MessageView",
                "NoteView",
                "Pause",
                "Reach",
                "Reply",
                "ThreadPage",
            ),
            "lead": (
                "Correction",
                "Field",
                "LeadFacts",
                "ScoreChange",
            ),
            "people": (
                "AccessGlance",
                "JournalEntry",
                "JournalFilter",
                "Person",
                "PersonRow",
            ),
            "search": (
                "Hit",
                "IndexState",
                "PersonHit",
                "SearchPage",
            ),
        },
    )

__all__ = [
    "WORKING",
    "AccessGlance",
    "Author",
    "BotHealth",
    "Changes",
    "Colleague",
    "ConversationRow",
    "Correction",
    "Counts",
    "Cursor",
    "DatabaseStatus",
    "Direction",
    "Draft",
    "Features",
    "Field",
    "Hit",
    "FirstPage",
    "IdPage",
    "IndexState",
    "JournalEntry",
    "JournalFilter",
    "Lead",
    "LeadFacts",
    "MessageView",
    "NoteView",
    "Operator",
    "Order",
    "Pause",
    "PeopleFilter",
    "PeopleSort",
    "Person",
    "PersonHit",
    "PersonRow",
    "Reach",
    "Reply",
    "ScoreChange",
    "SearchPage",
    "ThreadPage",
    "Unreachable",
    "UpgradePlan",
    "View",
]
