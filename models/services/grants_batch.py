"""A list of grants: resolved to people, shown before anything happens, applied a person a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import func, select

from models.errors import FrontdeskError, NotFound
from models.rules.access_lines import GrantLine
from models.rules.clock import Clock
from models.rules.expiry import Term
from models.rules.receipts import receipt_key
from models.services import access_facts as facts
from models.services.grants import Grants
from models.services.people import People
from models.store.database import Database
from models.tables.extended import conversations
from models.views import PersonRow
from models.views.access import BatchResult, BatchRow, GrantOrder, GrantPreview, LineState, ReceiptUse

#: What tells the person of a grant, made of its preview; None tells nobody.
Telling = Callable[[GrantPreview], str | None]
#: What will be granted.
GRANTED = frozenset({LineState.NEW, LineState.RENEWAL})


class Batch:
    """Idempotent: a line that was granted is `done` when the same list comes again."""

    def __init__(self, database: Database, clock: Clock, people: People, grants: Grants) -> None:
        self.database = database
        self.clock = clock
        self._people = people
        self._grants = grants

    def resolve(self, lines: Sequence[GrantLine], term_of: Callable[[str], Term]) -> tuple[BatchRow, ...]:
        """Every line with whom it means and what it would change; writes nothing. Raises DatabaseProblem."""
        with self.database.read() as session:
            # Look-alikes among what others paid are found by reading all of it: once for the whole list.
            receipts = [line.receipt for line in lines if line.problem is None]
            uses = facts.receipt_uses(session, self.database.features, receipts) if receipts else {}
        rows: list[BatchRow] = []
        earlier: dict[str, BatchRow] = {}
        for line in lines:
            row = self._resolve(line, term_of, uses, earlier)
            rows.append(row)
            if row.state in GRANTED:
                earlier[receipt_key(line.receipt)] = row
        return tuple(rows)

    def mend(
        self, rows: Sequence[BatchRow], at: int, line: GrantLine, term_of: Callable[[str], Term]
    ) -> tuple[BatchRow, ...]:
        """The list with another line in this place: looked at again are it and those that share its receipt, the old
        one or the new. Raises DatabaseProblem."""
        lines = [line if place == at else row.line for place, row in enumerate(rows)]
        keys = {receipt_key(rows[at].line.receipt), receipt_key(line.receipt)} - {""}
        places = [place for place, each in enumerate(lines) if place == at or receipt_key(each.receipt) in keys]
        fresh = dict(zip(places, self.resolve([lines[place] for place in places], term_of), strict=True))
        return tuple(fresh.get(place, row) for place, row in enumerate(rows))

    def apply(self, rows: Sequence[BatchRow], telling: Telling, *, hold: float = 0.0) -> Iterator[BatchResult]:
        """Grants what is new or a renewal, each person wholly or not at all; the others pass by untouched. A stop half
        way leaves what is granted: the same list goes on from there. Raises DatabaseProblem."""
        for row in rows:
            if row.state not in GRANTED or row.preview is None or row.user_id is None:
                yield BatchResult(row)
                continue
            try:
                # Two lines about one person: the second counts from what the first left.
                preview = self._grants.preview(row.preview.order)
                order = replace(preview.order, notice=telling(preview))
                yield BatchResult(row, granted=self._grants.grant(order, seen=preview.seen, hold=hold))
            except FrontdeskError as error:
                if error.exit_code not in (2, 3, 4):
                    raise
                yield BatchResult(row, error=error)

    def _resolve(
        self,
        line: GrantLine,
        term_of: Callable[[str], Term],
        uses: dict[str, tuple[ReceiptUse, ...]],
        earlier: dict[str, BatchRow],
    ) -> BatchRow:
        if line.left_out:
            return BatchRow(line, LineState.LEFT)
        if line.problem is not None or line.money is None:
            return BatchRow(line, LineState.WRONG, problem=line.problem)
        people = self._people.matches(line.user)
        if not people:
            return BatchRow(line, LineState.NOBODY, problem=NotFound("user-not-found", id=line.user))
        if len(people) > 1:
            return BatchRow(line, LineState.TWO, people=tuple((row.id, row.name, row.username) for row in people))
        [person] = people
        key = receipt_key(line.receipt)
        used = uses.get(key, ())
        if any(use.exact and use.user_id == person.id for use in used):
            return self._row(line, person, LineState.DONE)
        if key in earlier:
            return self._row(line, person, LineState.DUPLICATE)
        term, why = term_of(line.tier), line.override or None
        order = GrantOrder(person.id, line.tier, line.money, line.receipt, term, override=why)
        with self.database.read() as session:
            state = facts.state_of(session, self.database.features, person.id, self.clock())
            theirs = select(func.min(conversations.c.id)).where(conversations.c.user_id == person.id)
            preview = self._grants.judge(order, state, used, session.execute(theirs).scalar())
        if preview.refused is not None:
            known = {"receipt-used": LineState.DUPLICATE, "receipt-like": LineState.LIKE}
            found = self._row(line, person, known.get(preview.refused.id, LineState.WRONG))
            return replace(found, preview=preview, problem=preview.refused)
        found = self._row(line, person, LineState.RENEWAL if preview.renewal else LineState.NEW)
        return replace(found, preview=preview)

    @staticmethod
    def _row(line: GrantLine, person: PersonRow, state: LineState) -> BatchRow:
        return BatchRow(line, state, user_id=person.id, person_name=person.name, blocked=person.blocked)
