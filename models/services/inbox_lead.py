"""One lead: all that is known of the person of a conversation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, literal
from sqlmodel import Session

from models.errors import NotFound
from models.rules.access import full_name, has_dashboard_access
from models.rules.bands import band
from models.services.inbox_rows import joined, reach_columns
from models.services.lead_facts import facts_of
from models.services.lead_totals import LeadTotals, Totals
from models.services.reach_marks import came_back, reach_table, to_reach
from models.tables.extended import conversations, users
from models.views import Features, Field, Lead, LeadFacts


class LeadReader:
    """Keeps what was counted of those looked at lately."""

    def __init__(self) -> None:
        self._totals = LeadTotals()

    def of(self, session: Session, features: Features, conversation_id: int, *, whole: bool) -> Lead:
        """Not `whole`: as much as can be counted at once. Raises NotFound('conversation-not-found')."""
        row = session.execute(_lead_query(features), {"conversation": conversation_id}).mappings().first()
        if row is None:
            raise NotFound("conversation-not-found", id=conversation_id)
        totals = self._totals.of(session, conversation_id, whole=whole)
        facts = LeadFacts()
        if features.console_tables:
            facts = facts_of(session, conversation_id, {field: row[field.column] for field in Field})
        return _to_lead(row, totals, facts)


@lru_cache(maxsize=16)
def _lead_query(features: Features) -> Select[Any]:
    query = joined(
        conversations.c.id,
        conversations.c.user_id,
        *(conversations.c[name] for name in ("ai_real_name", "ai_background", "ai_query", "ai_ready_score")),
        conversations.c.ai_processing,
        (conversations.c.ai_paused if features.ai_paused else literal(None)).label("ai_paused"),
        conversations.c.updated_at.label("changed_at"),
        conversations.c.last_message_at,
        conversations.c.unread_count,
        *(users.c[name] for name in ("telegram_id", "username", "first_name", "last_name", "admin")),
        (users.c.paid if features.paid else literal(False)).label("paid"),
        users.c.authenticated,
        users.c.created_at.label("user_created_at"),
        *reach_columns(features),
    ).where(conversations.c.id == bindparam("conversation"))
    if not features.console_tables:
        return query
    # Who has written since is back, whoever received it.
    mark = (reach_table.c.telegram_id == users.c.telegram_id) & ~came_back(
        features, reach_table.c.telegram_id, reach_table.c.since
    )
    return query.outerjoin(reach_table, mark)


def _to_lead(row: RowMapping, totals: Totals, facts: LeadFacts) -> Lead:
    score, processing = row["ai_ready_score"], bool(row["ai_processing"])
    return Lead(
        conversation_id=row["id"],
        user_id=row["user_id"],
        telegram_id=row["telegram_id"],
        name=full_name(row["first_name"], row["last_name"]),
        username=row["username"],
        real_name=row["ai_real_name"],
        background=row["ai_background"],
        query=row["ai_query"],
        score=score,
        band=band(score),
        ai_processing=processing,
        ai_processing_since=row["changed_at"] if processing else None,
        ai_paused=None if row["ai_paused"] is None else bool(row["ai_paused"]),
        admin=bool(row["admin"]),
        paid=bool(row["paid"]),
        authenticated=bool(row["authenticated"]),
        has_dashboard_access=has_dashboard_access(admin=row["admin"], paid=row["paid"]),
        created_at=row["user_created_at"],
        incoming_count=totals.incoming,
        outgoing_count=totals.outgoing,
        first_message_at=totals.first_at,
        last_message_at=row["last_message_at"],
        unread_count=row["unread_count"] or 0,
        newest_message_id=totals.newest_id,
        counted=totals.whole,
        can_reply=row["telegram_id"] is not None,
        reach=to_reach(row["reach_kind"], row["reach_since"], row["reach_said"]),
        facts=facts,
    )
