"""Who stands behind a bar of the report: ids of conversations or people, in no order. Reads only."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import case, func, or_, select
from sqlmodel import Session

from models.rules.days import QUARTER, moment_of
from models.services import report_people as people
from models.services import report_sales as sales
from models.services.report_count import Rest
from models.services.report_kept import states_table, times_table
from models.services.report_scores import in_band
from models.services.report_tally import FIRST, LAST, chunks, read_batch
from models.tables.extended import conversations, messages
from models.tables.message_codes import MessageDirection
from models.views import Features
from models.views.report import Behind, Picture, Step

_IN, _OUT = int(MessageDirection.INCOMING), int(MessageDirection.OUTGOING)
#: Messages that are read at a time.
_BATCH = 20_000


def ids_behind(session: Session, features: Features, rest: Rest, bar: Behind) -> Iterable[int]:
    """`rest` knows what the side tables do not hold yet."""
    match bar.picture:
        case Picture.MESSAGES:
            return _spoke(
                session, rest, bar, {"incoming": (_IN,), "outgoing": (_OUT,)}.get(bar.name or "", (_IN, _OUT))
            )
        case Picture.ANSWERS:
            return (conversation for conversation, _operator in _answered(session, features, rest, bar))
        case Picture.OPERATORS:
            wanted = bar.number
            return (id for id, operator in _answered(session, features, rest, bar) if operator == wanted)
        case Picture.WAITING:
            return _waited(session, rest, bar.end)
        case Picture.SCORES:
            condition = in_band(bar.name or "")
            return (int(id) for id in session.execute(select(conversations.c.id).where(condition)).scalars())
        case Picture.FUNNEL:
            cohort = people.cohort(session, features, rest, bar.begin, bar.end)
            return cohort.steps.get(Step(bar.name or ""), set())
        case Picture.SALES:
            sold = sales.sales_in(session, features, bar.begin, bar.end)
            wanted_sale = (bar.name, bar.currency, bar.refunded)
            return (sale.user_id for _at, sale in sold if (sale.tier, sale.currency, sale.refunded) == wanted_sale)
        case Picture.ENDING:
            if not (features.planned or features.console_tables):
                return ()
            return people.ending_in(people.last_ends(session, features), bar.begin, bar.end)
        case _:
            return people.in_lesson(session, bar.name or "") if features.lessons else ()


def _between(session: Session, rest: Rest, begin: int, end: int) -> tuple[int, int]:
    """The least and the greatest id of the messages of a span of seconds; (1, 0) without any."""
    low, high = begin // QUARTER, -(-end // QUARTER)
    ids = [(each[FIRST], each[LAST]) for quarter, each in rest.tally.times.items() if low <= quarter < high]
    if rest.base > 0:
        t = times_table
        span = select(func.min(t.c.first_id), func.max(t.c.last_id))
        row = session.execute(span.where(t.c.quarter >= low, t.c.quarter < high, t.c.first_id > 0)).one()
        if row[0] is not None:
            ids.append((row[0], row[1]))
    ids = [each for each in ids if each[0]]
    return (min(first for first, _last in ids), max(last for _first, last in ids)) if ids else (1, 0)


def _spoke(session: Session, rest: Rest, bar: Behind, directions: tuple[int, ...]) -> Iterable[int]:
    low, last = _between(session, rest, bar.begin, bar.end)
    found: set[int] = set()
    while low <= last:
        batch = read_batch(session, low - 1, _BATCH, ours=False, unsettled=None)
        for id, conversation_id, its, second in batch.rows:
            if second is not None and its in directions and bar.begin <= second < bar.end and id <= last:
                found.add(conversation_id)
        if not batch.full:
            break
        low = batch.last + 1
    return found


def _answered(session: Session, features: Features, rest: Rest, bar: Behind) -> Iterable[tuple[int, int]]:
    """(conversation, operator) of each first answer of a span. Who spoke before the span is asked once for each
    conversation."""
    low, last = _between(session, rest, bar.begin, bar.end)
    first = low
    waits: dict[int, bool] = {}
    found: set[tuple[int, int]] = set()
    while low <= last:
        batch = read_batch(session, low - 1, _BATCH, ours=features.console_tables, unsettled=None)
        spoken = [(id, whose, its, at) for id, whose, its, at in batch.rows if at is not None and its in (_IN, _OUT)]
        strange = {whose for _id, whose, its, _at in spoken if its == _OUT and whose not in waits}
        for whose in _spoke_last(session, strange, first):
            waits.setdefault(whose, True)
        for id, whose, its, at in spoken:
            if id > last:
                break
            if its == _OUT and waits.get(whose) and bar.begin <= at < bar.end:
                found.add((whose, batch.operators.get(id, 0)))
            waits[whose] = its == _IN
        if not batch.full:
            break
        low = batch.last + 1
    return found


def _spoke_last(session: Session, ids: Iterable[int], before: int) -> Iterable[int]:
    """Which of these conversations had an incoming message as their last one before a message."""
    for some in chunks(sorted(ids)):
        newest = (
            select(func.max(messages.c.id))
            .where(messages.c.conversation_id.in_(some), messages.c.id < before)
            .where(messages.c.direction.in_((_IN, _OUT)))
            .group_by(messages.c.conversation_id)
        )
        query = select(messages.c.conversation_id).where(messages.c.id.in_(newest), messages.c.direction == _IN)
        yield from (int(id) for id in session.execute(query).scalars())


def _waited(session: Session, rest: Rest, end: int) -> Iterable[int]:
    """Who waited at a moment: of those nobody wrote with since, who waits now; of the others, who spoke last then."""
    moment, at = moment_of(end), conversations.c.last_message_at
    spoken = messages.c.direction.in_((_IN, _OUT)) & (messages.c.created_at < moment)
    last = select(messages.c.direction).where(messages.c.conversation_id == conversations.c.id, spoken)
    last = last.correlate(conversations).order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1)
    moved = or_(at >= moment, at.is_(None))
    then = case((last.scalar_subquery() == _IN, 1), else_=0)
    found = set(_wait_now(session, rest))
    for id, waited in session.execute(select(conversations.c.id, then).where(moved)):
        (found.add if waited else found.discard)(int(id))
    return found


def _wait_now(session: Session, rest: Rest) -> Iterable[int]:
    if rest.base > 0:
        s = states_table
        for id in session.execute(select(s.c.conversation_id).where(s.c.waits_since.is_not(None))).scalars():
            if id not in rest.states.wrote:
                yield int(id)
    yield from rest.states.waits
