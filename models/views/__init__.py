"""Frozen pictures of the data, handed to the floors above. Times are aware UTC; texts are raw (foreign!)."""

from models.views.choices import Author, Direction, Order, PeopleFilter, PeopleSort, Unreachable, View
from models.views.database import BotHealth, Changes, DatabaseStatus, Features, Operator, UpgradePlan
from models.views.inbox import (
    ConversationRow,
    Counts,
    Cursor,
    Draft,
    IdPage,
    Lead,
    MessageView,
    Pause,
    Reach,
    Reply,
    ThreadPage,
)
from models.views.lead import Correction, Field, LeadFacts, ScoreChange
from models.views.people import JournalEntry, Person, PersonRow

__all__ = [
    "Author",
    "BotHealth",
    "Changes",
    "ConversationRow",
    "Correction",
    "Counts",
    "Cursor",
    "DatabaseStatus",
    "Direction",
    "Draft",
    "Features",
    "Field",
    "IdPage",
    "JournalEntry",
    "Lead",
    "LeadFacts",
    "MessageView",
    "Operator",
    "Order",
    "Pause",
    "PeopleFilter",
    "PeopleSort",
    "Person",
    "PersonRow",
    "Reach",
    "Reply",
    "ScoreChange",
    "ThreadPage",
    "Unreachable",
    "UpgradePlan",
    "View",
]
