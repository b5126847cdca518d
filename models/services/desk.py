"""Everything the floors above may ask, on one database."""

from __future__ import annotations

import getpass
import secrets
import socket
from pathlib import Path
from typing import Self

from models.errors import DatabaseProblem, Refused
from models.rules.clock import Clock, utc_now
from models.schema import KnownStep, SchemaStep
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
from models.services.inbox import Inbox
from models.services.inbox_keeper import InboxKeeper
from models.services.journal import Journal
from models.services.lead_scores import LeadScores
from models.services.leads import Leads
from models.services.lessons import Lessons
from models.services.operators import ensure_operator, known_operator
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
from models.services.undo import Grants as GrantActs
from models.services.undo import Undo
from models.store import lifecycle
from models.store.database import Database
from models.store.search_place import index_of
from models.store.steps import history, plan_down
from models.views import DatabaseStatus, Features, Operator, UpgradePlan

#: Why a database that can be read may refuse a write: no reason to keep its inbox from anybody.
_PASSING = frozenset({"locked", "read-only", "disk-full", "forbidden", "too-slow"})


def here() -> str:
    """User and host, as the journal tells where an act came from."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "?"
    return f"{user}@{socket.gethostname()}"


class Desk:
    """The services of one database, for one operator. Safe from several threads."""

    def __init__(
        self,
        database: Database,
        *,
        handle: str,
        clock: Clock = utc_now,
        source: str | None = None,
        cache: Path | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.source = source or here()
        self.operator: Operator | None = None
        self._handle = handle
        self._recognise_operator()
        self.people = People(database)
        self.scores = LeadScores(database, clock, self._may_write)
        self.keeper = InboxKeeper(database, clock, f"{self.source} {secrets.token_hex(4)}")
        self.inbox = Inbox(
            database,
            clock,
            lambda: self.operator,
            self._may_write,
            self.scores.looked_at,
            lambda: self.keeper.usable,
        )
        self.leads = Leads(database, clock, self.require_operator, self.source)
        self.outbox = Outbox(database, clock, self.require_operator, self.source)
        self.presence = Presence(database, clock)
        self.amends = Amends(database, clock, self.require_operator, self.source)
        self.triage = Triage(database, clock, self.require_operator)
        self.undo = Undo(database, clock, self.require_operator, self.outbox)
        self.colleagues = Colleagues(database, clock, self.require_operator)
        self.templates = Templates(database, clock, self.require_operator, lambda: self.operator)
        self.drafts = Drafts(database, clock, self.require_operator)
        self.access = Access(database, clock, self.require_operator, self.people, self.source)
        self.grants = Grants(database, clock, self.require_operator, self.outbox, self.source)
        self.offers = GrantOffers(database, clock, self.require_operator)
        self.undo.add(GrantActs(self.offers.newest_own, self.grants.undo))
        self.endings = Endings(database, clock, self.require_operator, self.grants, self.source)
        self.payments = Payments(database, clock, self.require_operator, self.source)
        self.drifts = Drifts(database, clock)
        self.batch = Batch(database, clock, self.people, self.grants)
        self.people_access = PeopleAccess(database, clock, self.payments, self.drifts)
        self.lessons = Lessons(database, clock, self.require_operator, self.source)
        self.person_acts = PersonActs(database, clock, self.require_operator, self.source)
        self.journal = Journal(database)
        self.exports = Exports(database, self.inbox, self.people, self.outbox, self.payments, self.journal)
        self.feed = Feed(database)
        index = index_of(database, cache)
        self.search = Search(database, index)
        self.upkeep = Upkeep(database, index, clock)
        self.report = Reports(database, clock, lambda: self.why_not_write() is None)

    @classmethod
    def open(
        cls,
        url_or_path: str,
        *,
        operator: str,
        read_only: bool = False,
        clock: Clock = utc_now,
        timeout_ms: int = 5000,
        pool: int = 5,
        source: str | None = None,
        any_step: bool = False,
        cache: Path | None = None,
    ) -> Self:
        """Opens an existing database; `any_step` as in `Database.open`; `cache`: the folder of what is derived and may
        be lost, the search index. Raises DatabaseProblem, Usage('bad-url')."""
        database = Database.open(
            url_or_path, read_only=read_only, timeout_ms=timeout_ms, pool=pool, clock=clock, any_step=any_step
        )
        try:
            return cls(database, handle=operator, clock=clock, source=source, cache=cache)
        except BaseException:
            database.close()
            raise

    @property
    def features(self) -> Features:
        return self.database.features

    def status(self) -> DatabaseStatus:
        """Shape, owner, versions. Raises DatabaseProblem."""
        return lifecycle.status(self.database)

    def plan_upgrade(self, target: str | None = None, *, planned_tables: bool = False) -> UpgradePlan:
        """What `upgrade` would do. Raises DatabaseProblem('too-new'), Refused, Usage."""
        return lifecycle.plan_upgrade(self.database, target, planned_tables=planned_tables)

    def upgrade(self, target: str | None = None, *, planned_tables: bool = False) -> UpgradePlan:
        """Adds our side tables; the operator is known from then on. Raises Refused, DatabaseProblem."""
        plan = lifecycle.upgrade(self.database, target, planned_tables=planned_tables)
        self._settle_operator()
        return plan

    def look_again(self) -> bool:
        """Whether our tables have come since (a colleague's `db upgrade`); the operator is known from then on."""
        if self.features.console_tables:
            return False
        self.database.refresh_features()
        if not self.features.console_tables:
            return False
        self._recognise_operator()
        return True

    def plan_downgrade(self, target: str) -> tuple[SchemaStep, ...]:
        """What `downgrade` would undo. Raises DatabaseProblem, Refused('not-ours'), Usage('bad-revision')."""
        with self.database.read() as session:
            return plan_down(session.connection(), target)

    def downgrade(self, target: str) -> tuple[SchemaStep, ...]:
        """Undoes steps of the schema, and what they had added goes. Raises Refused, Usage, DatabaseProblem."""
        return lifecycle.downgrade(self.database, target)

    def history(self) -> tuple[KnownStep, ...]:
        """Every step of the schema, and whether this database has been through it. Raises DatabaseProblem."""
        with self.database.read() as session:
            return history(session.connection())

    def why_not_write(self) -> Refused | None:
        """Why nothing can be written here, or None."""
        if self.database.read_only:
            return Refused("read-only-session")
        if not self.features.console_tables:
            return Refused("no-console-tables")
        return None

    def require_operator(self) -> Operator:
        """Who acts. Raises Refused('read-only-session', 'no-console-tables')."""
        self._may_write()
        if self.operator is None:
            self._settle_operator()
        if self.operator is None:
            raise Refused("no-console-tables")
        return self.operator

    def close(self) -> None:
        """Closes every connection that is not in use."""
        self.upkeep.close()
        self.database.close()

    def _may_write(self) -> None:
        refusal = self.why_not_write()
        if refusal is not None:
            raise refusal

    def _settle_operator(self) -> None:
        if self.why_not_write() is None:
            self.operator = ensure_operator(self.database, self._handle, self.clock)

    def _recognise_operator(self) -> None:
        """Reading goes on where nothing can be written just now; the first write settles who it is."""
        try:
            self._settle_operator()
        except DatabaseProblem as error:
            if error.id not in _PASSING:
                raise
            self.operator = known_operator(self.database, self._handle)
