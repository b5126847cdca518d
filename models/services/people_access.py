"""The paid half of a person's page."""

from __future__ import annotations

from models.rules.clock import Clock
from models.rules.money import totals
from models.services.access_facts import state_of, unrecorded
from models.services.drift import Drifts
from models.services.lessons import studies_of
from models.services.payments import Payments
from models.store.database import Database
from models.views.access import PaymentFilter, PersonAccess


class PeopleAccess:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock, payments: Payments, drifts: Drifts) -> None:
        self.database = database
        self.clock = clock
        self._payments = payments
        self._drifts = drifts

    def of(self, user_id: int) -> PersonAccess:
        """Tiers, payments with exact sums, lessons and drift of a person. Raises NotFound('user-not-found')."""
        features = self.database.features
        with self.database.read() as session:
            state = state_of(session, features, user_id, self.clock())
            studies = studies_of(session, features, user_id)
        paid = self._payments.page(PaymentFilter(user_id=user_id))
        return PersonAccess(
            user_id=user_id,
            admin=state.admin,
            paid=state.paid,
            enrollments=state.enrolled,
            payments=paid,
            sums=totals(each.price for each in paid if each.status == "completed" and each.price is not None),
            studies=studies,
            drift=self._drifts.kinds_of(user_id),
            unrecorded=unrecorded(features),
        )
