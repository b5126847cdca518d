"""The services of a desk. What the first page does not need is imported and made when it is first asked for: each
import would delay that page."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Refused
from models.rules.clock import Clock
from models.services.inbox import Inbox
from models.services.inbox_keeper import InboxKeeper
from models.services.once import once
from models.store.database import Database
from models.views import Features, Operator

if TYPE_CHECKING:
    from models.services.access import Access
    from models.services.access_people import PersonActs
    from models.services.amend import Amends
    from models.services.colleagues import Colleagues
    from models.services.drafts import Drafts
    from models.services.drift import Drifts
    from models.services.exports import Exports
    from models.services.feed import Feed
    from models.services.grant_offers import GrantOffers
    from models.services.grants import Grants
    from models.services.grants_batch import Batch
    from models.services.grants_end import Endings
    from models.services.journal import Journal
    from models.services.lead_scores import LeadScores
    from models.services.leads import Leads
    from models.services.lessons import Lessons
    from models.services.outbox import Outbox
    from models.services.payments import Payments
    from models.services.people import People
    from models.services.people_access import PeopleAccess
    from models.services.presence import Presence
    from models.services.report import Reports
    from models.services.search import Search
    from models.services.search_upkeep import Upkeep
    from models.services.templates import Templates
    from models.services.triage import Triage
    from models.services.undo import Undo
    from models.store.search_index import Index


class Parts(ABC):
    """`source` is where acts are said to come from, `cache` the folder of what may be lost."""

    def __init__(self, database: Database, clock: Clock, source: str, cache: Path | None) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self.operator: Operator | None = None
        self._cache = cache
        self.keeper = InboxKeeper(database, clock, f"{self.source} {secrets.token_hex(4)}")
        self.inbox = Inbox(
            database,
            clock,
            lambda: self.operator,
            self._may_write,
            lambda conversation_id: self.scores.looked_at(conversation_id),
            lambda: self.keeper.usable,
            lambda: self.keeper.progress[0] if self.keeper.progress is not None else None,
        )

    @property
    def features(self) -> Features:
        return self.database.features

    def why_not_write(self) -> Refused | None:
        """Why nothing can be written here, or None."""
        if self.database.read_only:
            return Refused("read-only-session")
        if not self.features.console_tables:
            return Refused("no-console-tables")
        return None

    @abstractmethod
    def require_operator(self) -> Operator:
        """Who acts. Raises Refused('read-only-session', 'no-console-tables')."""

    def _may_write(self) -> None:
        refusal = self.why_not_write()
        if refusal is not None:
            raise refusal

    @once
    def people(self) -> People:
        from models.services.people import People

        return People(self.database)

    @once
    def scores(self) -> LeadScores:
        from models.services.lead_scores import LeadScores

        return LeadScores(self.database, self.clock, self._may_write)

    @once
    def leads(self) -> Leads:
        from models.services.leads import Leads

        return Leads(self.database, self.clock, self.require_operator, self.source)

    @once
    def outbox(self) -> Outbox:
        from models.services.outbox import Outbox

        return Outbox(self.database, self.clock, self.require_operator, self.source)

    @once
    def presence(self) -> Presence:
        from models.services.presence import Presence

        return Presence(self.database, self.clock)

    @once
    def amends(self) -> Amends:
        from models.services.amend import Amends

        return Amends(self.database, self.clock, self.require_operator, self.source)

    @once
    def triage(self) -> Triage:
        from models.services.triage import Triage

        return Triage(self.database, self.clock, self.require_operator)

    @once
    def undo(self) -> Undo:
        from models.services.undo import Grants, Undo

        made = Undo(self.database, self.clock, self.require_operator, self.outbox, lambda: self.leads)
        made.add(Grants(lambda: self.offers.newest_own(), lambda entry_id: self.grants.undo(entry_id)))
        return made

    @once
    def colleagues(self) -> Colleagues:
        from models.services.colleagues import Colleagues

        return Colleagues(self.database, self.clock, self.require_operator)

    @once
    def templates(self) -> Templates:
        from models.services.templates import Templates

        return Templates(self.database, self.clock, self.require_operator, lambda: self.operator)

    @once
    def drafts(self) -> Drafts:
        from models.services.drafts import Drafts

        return Drafts(self.database, self.clock, self.require_operator)

    @once
    def access(self) -> Access:
        from models.services.access import Access

        return Access(self.database, self.clock, self.require_operator, self.people, self.source)

    @once
    def grants(self) -> Grants:
        from models.services.grants import Grants

        return Grants(self.database, self.clock, self.require_operator, self.outbox, self.source)

    @once
    def offers(self) -> GrantOffers:
        from models.services.grant_offers import GrantOffers

        return GrantOffers(self.database, self.clock, self.require_operator)

    @once
    def endings(self) -> Endings:
        from models.services.grants_end import Endings

        return Endings(self.database, self.clock, self.require_operator, self.grants, self.source)

    @once
    def payments(self) -> Payments:
        from models.services.payments import Payments

        return Payments(self.database, self.clock, self.require_operator, self.source)

    @once
    def drifts(self) -> Drifts:
        from models.services.drift import Drifts

        return Drifts(self.database, self.clock)

    @once
    def batch(self) -> Batch:
        from models.services.grants_batch import Batch

        return Batch(self.database, self.clock, self.people, self.grants)

    @once
    def people_access(self) -> PeopleAccess:
        from models.services.people_access import PeopleAccess

        return PeopleAccess(self.database, self.clock, self.payments, self.drifts)

    @once
    def lessons(self) -> Lessons:
        from models.services.lessons import Lessons

        return Lessons(self.database, self.clock, self.require_operator, self.source)

    @once
    def person_acts(self) -> PersonActs:
        from models.services.access_people import PersonActs

        return PersonActs(self.database, self.clock, self.require_operator, self.source)

    @once
    def journal(self) -> Journal:
        from models.services.journal import Journal

        return Journal(self.database)

    @once
    def exports(self) -> Exports:
        from models.services.exports import Exports

        return Exports(self.database, self.inbox, self.people, self.outbox, self.payments, self.journal)

    @once
    def feed(self) -> Feed:
        from models.services.feed import Feed

        return Feed(self.database)

    @once
    def _index(self) -> Index:
        from models.store.search_place import index_of

        return index_of(self.database, self._cache)

    @once
    def search(self) -> Search:
        from models.services.search import Search

        return Search(self.database, self._index)

    @once
    def upkeep(self) -> Upkeep:
        from models.services.search_upkeep import Upkeep

        return Upkeep(self.database, self._index, self.clock)

    @once
    def report(self) -> Reports:
        from models.services.report import Reports

        return Reports(self.database, self.clock, lambda: self.why_not_write() is None)
