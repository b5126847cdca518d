"""Every figure of the report against a plain reading of the rows, counted in our tables and in memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from models.rules.days import Period, ahead, period
from models.rules.money import Money
from models.services import report_count
from models.services.desk import Desk
from models.services.report import Reports
from models.views.access import GrantOrder
from models.views.report import Behind, Picture, Report, Step
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.nasty import add_nasty_rows
from tests.models.services.plain_report import middle, ninth, read
from tests.models.services.statements import count, plans
from tests.seed import raw

pytestmark = pytest.mark.both_engines

DECEMBER = datetime(2026, 12, 13, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
WANTED = period(date(2026, 11, 10), date(2026, 12, 13), BERLIN)
SOLD = period(date(2026, 10, 20), date(2026, 11, 23), BERLIN)
COMING = ahead(date(2026, 11, 23), BERLIN)


def made(reports: Reports, wanted: Period = WANTED) -> Report:
    """Counts to the end and reads."""
    for _ in range(1000):
        found = reports.step(0)
        assert not found.elsewhere
        if found.finished:
            break
    report = reports.report(wanted, COMING)
    assert report is not None
    return report


def behind(reports: Reports, bar: Behind, limit: int = 7) -> set[int]:
    """All pages of a list; no id twice."""
    ids: list[int] = []
    after = None
    while True:
        page = reports.behind(bar, after=after, limit=limit)
        ids += page.ids
        if page.next is None:
            break
        after = page.next
    assert ids == sorted(set(ids), reverse=True)
    return set(ids)


def talk(path: Path | str, count: int, seed: int, clock: FixedClock, *, until: datetime = DECEMBER) -> None:
    """Messages from the newest there is to shortly before `until`, which it is then; some are operators' answers."""
    rng = random.Random(seed)
    clock.now = until
    newest = datetime.fromisoformat(raw.one(path, "SELECT max(created_at) FROM messages")).replace(tzinfo=UTC)
    [(top, conversations)] = raw.rows(
        path, "SELECT (SELECT max(id) FROM messages), (SELECT max(id) FROM conversations WHERE id <= 60)"
    )
    statements, outbox = [], []
    for number in range(count):
        moment = newest + (until - newest) * ((number + rng.random()) / (count + 1))
        id, conversation, direction = top + 1 + number, rng.randint(1, conversations), int(rng.random() < 0.45)
        at = f"'{moment.replace(tzinfo=None).isoformat(' ')}'"
        statements.append(f"({id}, {conversation}, NULL, 'x', {direction}, 1, {at}, {at})")
        if direction and rng.random() < 0.5:
            outbox.append(f"('{id}', 1, 1, {conversation}, 5, {rng.randint(1, 2)}, 'x', 'sent', 1, {id}, {at}, {at})")
    raw.write(
        path,
        "INSERT INTO messages (id, conversation_id, user_id, body, direction, read, created_at, updated_at) VALUES "
        + ", ".join(statements).replace(", 1, '", ", true, '" if isinstance(path, str) else ", 1, '"),
        "UPDATE conversations SET last_message_at ="
        " (SELECT max(created_at) FROM messages WHERE conversation_id = conversations.id)",
        "INSERT INTO console_outbox (client_key, part_no, part_of, conversation_id, chat_id, operator_id, body, state,"
        f" attempt, message_id, created_at, updated_at) VALUES {', '.join(outbox)}",
    )


def agrees(reports: Reports, path: Path | str, report: Report, wanted: Period = WANTED) -> None:
    """Every figure of the messages, and every list behind one."""
    plain = read(path, wanted)
    assert [day.day for day in report.days] == list(wanted.days)
    assert [day.incoming for day in report.days] == plain.incoming
    assert [day.outgoing for day in report.days] == plain.outgoing
    assert [day.answers for day in report.days] == [len(each) for each in plain.waits]
    assert [day.median for day in report.days] == [middle(each) for each in plain.waits]
    assert [day.p90 for day in report.days] == [ninth(each) for each in plain.waits]
    assert [day.waiting for day in report.days] == [len(each) for each in plain.waiting]
    everyone = [wait for each in plain.waits for wait in each]
    assert (report.answers, report.median, report.p90) == (len(everyone), middle(everyone), ninth(everyone))
    assert {each.id: (each.answers, each.median, each.p90) for each in report.operators} == {
        id: (len(waits), middle(waits), ninth(waits)) for id, waits in plain.by_operator.items()
    }
    for number in range(0, len(wanted.days), 4):
        begin, end = wanted.edges[number], wanted.edges[number + 1]
        for name in ("incoming", "outgoing"):
            ids = behind(reports, Behind(Picture.MESSAGES, begin, end, name))
            assert ids == plain.wrote_to[number, name], (number, name)
        assert behind(reports, Behind(Picture.ANSWERS, begin, end)) == plain.answered[number]
        assert behind(reports, Behind(Picture.WAITING, begin, end)) == plain.waiting[number]


def test_every_figure_of_the_messages(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    talk(shape_file, 700, 1, clock)
    report = made(desk.report)
    assert report.kept
    assert sum(day.incoming for day in report.days) > 300
    assert {each.name for each in report.operators} >= {"tester", None}
    agrees(desk.report, shape_file, report)
    assert report == made(desk.report), "a second look is the same one"
    begin, end = WANTED.begin, WANTED.end
    plain = read(shape_file, WANTED)
    for operator in plain.by_operator:
        found = behind(desk.report, Behind(Picture.OPERATORS, begin, end, number=operator))
        assert found
        assert found <= set().union(*plain.answered)


def test_without_our_tables_it_is_counted_in_memory_and_nothing_is_written(shape_file: Path, clock: FixedClock) -> None:
    clock.now = DECEMBER
    before = raw.stored(shape_file)
    desk = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)
    try:
        with patch.object(report_count, "BATCH", 50):
            first = desk.report.step(0)
            assert (first.finished, first.done < first.total) == (False, True)
            assert desk.report.report(WANTED, COMING) is None, "not counted to the end yet"
            report = made(desk.report)
        assert not report.kept
        agrees(desk.report, shape_file, report)
    finally:
        desk.close()
    assert raw.changes(before, raw.stored(shape_file)) == {}


def test_counting_goes_on_from_where_it_stood(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    """Killed between any two transactions, with messages that come meanwhile, it ends at the same figures."""
    talk(shape_file, 300, 2, clock)
    with patch.object(report_count, "BATCH", 60):
        desk.report.step(0)
        assert not desk.report.step(0).finished
        other = Reports(desk.database, clock, lambda: True)
        assert other.step(0).elsewhere, "one counts, under a lease"
        clock.advance(report_count.LEASE + 1)
        assert other.step(0).done > 120
        # The first one lives still, and counts nothing twice.
        assert desk.report.step(0).elsewhere
        report = made(other)
    agrees(other, shape_file, report)
    counted = raw.one(shape_file, "SELECT message_id FROM console_report_state")
    clock.advance(1800)
    talk(shape_file, 90, 3, clock, until=clock.now)
    agrees(desk.report, shape_file, made(desk.report))
    kept = raw.one(shape_file, "SELECT message_id FROM console_report_state")
    top = raw.one(shape_file, "SELECT max(id) FROM messages")
    assert counted < kept < top, "the newest may have neighbours on their way"
    clock.advance(report_count.UNSETTLED)
    agrees(desk.report, shape_file, made(desk.report))
    assert raw.one(shape_file, "SELECT message_id FROM console_report_state") == top
    desk.report.recount()
    assert raw.one(shape_file, "SELECT count(*) FROM console_report_times") == 0
    agrees(desk.report, shape_file, made(desk.report))


def test_a_reader_without_rights_goes_on_where_the_tables_end(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    made(desk.report)
    talk(shape_file, 200, 4, clock)
    before = raw.stored(shape_file)
    reader = Reports(desk.database, clock, lambda: False)
    agrees(reader, shape_file, made(reader))
    assert raw.changes(before, raw.stored(shape_file)) == {}


def test_rows_that_nobody_would_write(desk: Desk, shape_file: Path) -> None:
    add_nasty_rows(shape_file)
    report = made(desk.report)
    plain = read(shape_file, WANTED)
    assert [day.incoming for day in report.days] == plain.incoming
    assert sum(report.scores.counts.values()) == raw.one(shape_file, "SELECT count(*) FROM conversations")


def test_a_database_with_fewer_messages_than_were_counted_is_counted_anew(
    desk: Desk, shape_file: Path, clock: FixedClock
) -> None:
    talk(shape_file, 100, 5, clock)
    made(desk.report)
    raw.write(shape_file, "DELETE FROM messages WHERE id > 100")
    agrees(desk.report, shape_file, made(desk.report))


def test_a_person_who_is_deleted_waits_no_more(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    report = made(desk.report, SOLD)
    waiting = behind(desk.report, Behind(Picture.WAITING, SOLD.begin, SOLD.end))
    [user_id] = raw.rows(
        shape_file, f"SELECT user_id FROM conversations WHERE id IN ({', '.join(map(str, waiting))}) LIMIT 1"
    )[0]
    raw.write(
        shape_file,
        f"UPDATE users SET admin = 0 WHERE id = {user_id}",
        f"DELETE FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE user_id = {user_id})",
        f"DELETE FROM conversations WHERE user_id = {user_id}",
    )
    clock.advance(86_400)
    wanted = period(date(2026, 11, 23), date(2026, 11, 25), BERLIN)
    after = made(desk.report, wanted)
    assert report.days[-1].waiting == len(waiting)
    assert [day.waiting for day in after.days] == [len(waiting), len(waiting) - 1, None]
    assert after.days[0].day == report.days[-1].day


SCORED = "SELECT count(*) FROM conversations WHERE ai_ready_score BETWEEN {} AND {}"


def test_scores_by_the_seeds_bands_and_how_they_moved(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    raw.write(
        shape_file,
        "UPDATE conversations SET ai_ready_score = 101 WHERE id = 3",
        "UPDATE conversations SET ai_ready_score = 86 WHERE id = 4",
        "UPDATE conversations SET ai_ready_score = NULL WHERE id = 5",
    )
    report = made(desk.report, SOLD)
    bands = {"exploring": (0, 30), "interested": (31, 60), "evaluating": (61, 85), "ready": (86, 100)}
    expected = {name: raw.one(shape_file, SCORED.format(*bounds)) for name, bounds in bands.items()}
    expected["unscored"] = raw.one(shape_file, "SELECT count(*) FROM conversations WHERE ai_ready_score IS NULL")
    expected["unknown"] = raw.one(shape_file, "SELECT count(*) FROM conversations WHERE ai_ready_score > 100")
    assert report.scores.counts == expected
    for name, many in expected.items():
        assert len(behind(desk.report, Behind(Picture.SCORES, name=name))) == many
    assert [each.counts for each in report.score_days] == [expected]
    raw.write(shape_file, "UPDATE conversations SET ai_ready_score = 50 WHERE id = 4")
    clock.advance(86_400)
    moved = made(desk.report, period(date(2026, 11, 23), date(2026, 11, 24), BERLIN))
    assert [each.counts["ready"] for each in moved.score_days] == [expected["ready"], expected["ready"] - 1]
    assert [each.counts for each in report.score_days] == [expected]


def test_scores_that_were_seen_to_move(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    changes = [(1, 10, 40), (1, 40, 90), (2, 50, 10), (3, None, 20), (4, 20, None), (5, 61, 85), (6, 101, 5)]
    values = ", ".join(
        f"({id}, '2026-11-22 10:00:00', {'NULL' if low is None else low}, {'NULL' if high is None else high})"
        for id, low, high in changes
    )
    raw.write(
        shape_file,
        f"INSERT INTO console_lead_scores (conversation_id, at, before, score) VALUES {values}",
        "INSERT INTO console_lead_scores (conversation_id, at, before, score) VALUES (7, '2026-11-01', 0, 100)",
    )
    assert made(desk.report, period(date(2026, 11, 20), date(2026, 11, 23), BERLIN)).moved == (2, 2)
    assert made(desk.report, period(date(2026, 11, 23), date(2026, 11, 23), BERLIN)).moved == (0, 0)


def test_the_funnel_of_those_who_first_wrote_in_the_period(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    talk(shape_file, 200, 6, clock)
    raw.write(shape_file, "UPDATE users SET paid = 1 WHERE id % 3 = 0 AND admin = 0")
    wanted = period(date(2026, 11, 21), date(2026, 11, 28), BERLIN)
    plain = read(shape_file, wanted)
    who = dict(raw.rows(shape_file, "SELECT id, user_id FROM conversations"))
    score = dict(raw.rows(shape_file, "SELECT user_id, ai_ready_score FROM conversations"))
    admins = {id for (id,) in raw.rows(shape_file, "SELECT id FROM users WHERE admin = 1")}
    flagged = {id for (id,) in raw.rows(shape_file, "SELECT id FROM users WHERE paid = 1")}
    wrote = {who[id] for id, at in plain.first_wrote.items() if wanted.begin <= at < wanted.end} - admins
    scored = {id for id in wrote if score[id] is not None and 0 <= score[id] <= 100}
    serious = {id for id in scored if score[id] >= 61}
    expected = {Step.WROTE: wrote, Step.SCORED: scored, Step.SERIOUS: serious, Step.PAID: serious & flagged}
    report = made(desk.report, wanted)
    assert not report.enrolled_known
    assert {each.step: each.people for each in report.funnel} == {step: len(them) for step, them in expected.items()}
    assert [each.of for each in report.funnel] == [len(wrote), len(wrote), len(scored), len(serious)]
    for step, them in expected.items():
        assert behind(desk.report, Behind(Picture.FUNNEL, wanted.begin, wanted.end, step.value)) == them


@pytest.fixture
def sold(owned_file: Path | str, clock: FixedClock) -> Iterator[tuple[Desk, Path | str]]:
    """A database of our own with people, enrollments, payments and lessons."""
    at = "'2026-11-10 09:00:00'"
    people = ", ".join(f"({id}, {900 + id}, 'N{id}', {at}, {at})" for id in range(1, 10))
    statements = [
        f"INSERT INTO users (id, telegram_id, first_name, created_at, updated_at) VALUES {people}",
        "UPDATE users SET admin = 1 WHERE id = 9",
    ]
    for id in range(1, 8):
        statements.append(
            "INSERT INTO conversations (id, user_id, ai_ready_score, created_at, updated_at)"
            f" VALUES ({id}, {id}, {55 + id * 5}, {at}, {at})"
        )
        statements.append(
            "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
            f" VALUES ({id}, {id}, 'x', 0, {at}, {at})"
        )
    ends = ["'2026-11-25 10:00:00'", "NULL", "'2026-12-06 22:59:59'", "'2026-12-06 23:00:00'", "'2026-11-22 10:00:00'"]
    for number, end in enumerate(ends, 1):
        statements.append(
            "INSERT INTO enrollments (id, user_id, tier, amount_paid, currency, enrolled_at, expires_at, created_at,"
            f" updated_at) VALUES ({number}, {number}, 'vip', 100, 'RUB', {at}, {end}, {at}, {at})"
        )
    statements.append(
        "INSERT INTO enrollments (id, user_id, tier, enrolled_at, expires_at, created_at, updated_at)"
        f" VALUES (6, 1, 'basic', {at}, '2026-12-30 10:00:00', {at}, {at})"
    )
    paid = [
        (1, 1, "0.10", "RUB", "completed", "2026-11-08 22:59:59", "NULL"),
        (1, 1, "0.20", "RUB", "completed", "2026-11-08 23:00:00", "NULL"),
        (2, 2, "99999999.99", "RUB", "completed", "2026-11-10 10:00:00", "NULL"),
        (3, 3, "19.90", "USD", "completed", "2026-11-10 10:00:00", "NULL"),
        (3, 6, "7", "RUB", "completed", "2026-11-10 10:00:00", "NULL"),
        (4, 4, "5", "RUB", "refunded", "2026-11-10 10:00:00", "NULL"),
        (4, 4, "3800", "RUB", "completed", "2026-11-10 10:00:00", "NULL"),
        (4, 4, "38000", "RUB", "completed", "2026-11-10 11:00:00", """'{"corrects": "r6"}'"""),
        (5, 5, "1", "RUB", "failed", "2026-11-10 10:00:00", "NULL"),
        (7, "NULL", "3.33", "RUB", "completed", "2026-11-23 11:00:00", "NULL"),
    ]
    for number, (user, enrollment, amount, currency, status, when, details) in enumerate(paid):
        statements.append(
            "INSERT INTO payments (user_id, enrollment_id, transaction_id, amount, currency, status, metadata,"
            f" created_at, updated_at) VALUES ({user}, {enrollment}, 'r{number}', {amount}, '{currency}', '{status}',"
            f" {details}, '{when}', '{when}')"
        )
    truth = ("false", "true") if isinstance(owned_file, str) else ("0", "1")
    for user, slug, done, spent in [(1, "01", 0, 60), (2, "01", 0, 30), (2, "02", 1, "NULL"), (3, "<b>", 0, 5)]:
        statements.append(
            "INSERT INTO lesson_progress (user_id, lesson_slug, completed, time_spent_seconds, created_at, updated_at)"
            f" VALUES ({user}, '{slug}', {truth[done]}, {spent}, {at}, {at})"
        )
    raw.write(owned_file, *statements)
    desk = Desk.open(str(owned_file), operator="tester", clock=clock)
    yield desk, owned_file
    desk.close()


def test_sales_by_week_tier_and_currency_to_the_last_kopeck(sold: tuple[Desk, Path | str]) -> None:
    desk, path = sold
    report = made(desk.report, SOLD)
    monday = date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 23)
    found = [(each.monday, each.tier, each.currency, str(each.amount), each.refunded) for each in report.sales]
    assert report.sales_from == "payments"
    assert found == [
        (monday[0], "vip", "RUB", "0.10", False),
        (monday[1], "basic", "RUB", "7.00", False),
        (monday[1], "vip", "RUB", "100038000.19", False),
        (monday[1], "vip", "RUB", "5.00", True),
        (monday[1], "vip", "USD", "19.90", False),
        (monday[2], None, "RUB", "3.33", False),
    ]
    by_currency = {
        currency: sum(each.amount for each in report.sales if each.currency == currency and not each.refunded)
        for currency in ("RUB", "USD")
    }
    query = "SELECT currency, amount FROM payments WHERE status = 'completed' AND transaction_id <> 'r6'"
    for currency, amount in by_currency.items():
        assert round(amount * 100) == sum(round(float(a) * 100) for c, a in raw.rows(path, query) if c == currency)
    week = SOLD.weeks()[[each.monday for each in SOLD.weeks()].index(monday[1])]
    bar = Behind(Picture.SALES, week.begin, week.end, "vip", "RUB")
    assert bar.people
    assert behind(desk.report, bar) == {1, 2, 4}
    assert behind(desk.report, Behind(Picture.SALES, week.begin, week.end, "vip", "RUB", refunded=True)) == {4}


def test_who_enrolled_who_paid_whose_access_ends_who_learns(sold: tuple[Desk, Path | str]) -> None:
    desk, _path = sold
    report = made(desk.report, SOLD)
    assert [(each.step, each.people) for each in report.funnel] == [
        (Step.WROTE, 7), (Step.SCORED, 7), (Step.SERIOUS, 6), (Step.ENROLLED, 4), (Step.PAID, 3),
    ]  # fmt: skip
    assert report.lifetime == 1
    ending = {each.monday: each.people for each in report.ending}
    assert len(ending) == 8
    # Of two tiers the last to end counts; the Monday begins at its midnight, here 23:00 UTC.
    assert {day: many for day, many in ending.items() if many} == {
        date(2026, 11, 30): 1,
        date(2026, 12, 7): 1,
        date(2026, 12, 28): 1,
    }
    for week in COMING.weeks():
        bar = Behind(Picture.ENDING, week.begin, week.end)
        assert len(behind(desk.report, bar)) == ending[week.monday]
    assert [(each.user_id, each.name) for each in desk.report.ending(COMING)] == [(3, "N3"), (4, "N4"), (1, "N1")]
    assert [(each.slug, each.begun, each.completed, each.seconds) for each in report.lessons] == [
        ("01", 2, 0, 90), ("02", 1, 1, 0), ("<b>", 1, 0, 5),
    ]  # fmt: skip
    assert behind(desk.report, Behind(Picture.LESSONS, name="01")) == {1, 2}


def test_sales_of_the_journal_where_there_are_no_payments(desk: Desk) -> None:
    order = GrantOrder(user_id=5, tier="vip", price=Money(Decimal("38000.50")), receipt="A-1")
    desk.grants.grant(order)
    report = made(desk.report)
    assert report.sales_from == "journal"
    assert [(each.tier, str(each.amount), each.payments) for each in report.sales] == [("vip", "38000.50", 1)]
    assert report.lifetime == 1


def test_an_empty_database(owned_file: Path | str, clock: FixedClock) -> None:
    desk = Desk.open(str(owned_file), operator="tester", clock=clock)
    try:
        report = made(desk.report, SOLD)
        assert {(day.incoming, day.outgoing, day.answers, day.median, day.waiting) for day in report.days} == {
            (0, 0, 0, None, 0)
        }
        assert (report.operators, report.sales, report.lessons, report.answers) == ((), (), (), 0)
        assert {each.people for each in report.funnel} == {0}
        for picture in Picture:
            assert (
                behind(desk.report, Behind(picture, 1, 2, "wrote" if picture is Picture.FUNNEL else "ready")) == set()
            )
    finally:
        desk.close()


def test_a_second_look_asks_no_table(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    first = made(desk.report)
    assert count(desk.database, lambda: desk.report.report(WANTED, COMING)) <= 1
    assert desk.report.last(WANTED) is first
    talk(shape_file, 20, 9, clock)
    assert made(desk.report) != first


def test_edges_of_a_period(desk: Desk, shape_file: Path) -> None:
    """A message of the last microsecond of a day belongs to it, one of midnight to the next."""
    raw.write(
        shape_file,
        "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
        " VALUES (2, NULL, 'x', 1, '2026-11-22 22:59:59.999999', '2026-11-22'),"
        " (2, NULL, 'x', 1, '2026-11-22 23:00:00', '2026-11-22')",
    )
    for day, many in ((date(2026, 11, 22), 1), (date(2026, 11, 23), 1)):
        assert [each.outgoing for each in made(desk.report, period(day, day, BERLIN)).days] == [many]


def test_our_tables_come_later(shape_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(shape_file), operator="tester", clock=clock)
    try:
        assert not made(desk.report).kept
        with_our_tables(shape_file)
        assert desk.look_again()
        assert made(desk.report).kept
    finally:
        desk.close()


@pytest.mark.sqlite_only("asks SQLite's planner")
def test_another_look_reads_no_message_again(desk: Desk, shape_file: Path) -> None:
    made(desk.report)

    def look() -> None:
        desk.report.step(0)
        desk.report.report(SOLD, COMING)

    found = [
        line for plan in plans(desk.database, shape_file, look) for line in plan.splitlines() if "messages" in line
    ]
    assert found
    assert not [line for line in found if "PRIMARY KEY" not in line and line != "SEARCH messages"]
