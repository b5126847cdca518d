"""The language that is spoken: which, and how it writes numbers, plurals, dates and money."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from models.errors import Refused
from models.rules.money import Money
from screens.i18n import _, language, language_of, ngettext, number, pgettext, set_language
from screens.money import money
from screens.times import calendar, countdown, full_date, moment, short, stamp, waited
from screens.wording import words

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def russian() -> Iterator[None]:
    set_language("ru")
    yield
    set_language("en")


@pytest.fixture
def in_moscow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as inner:
        inner.setenv("TZ", "MSK-3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ru_UA"}, "ru"),
        ({"LC_ALL": "ru_RU.KOI8-R", "FRONTDESK_LANG": "en"}, "en"),
        ({"LC_ALL": "", "LANG": "ru"}, "ru"),
        ({"FRONTDESK_LANG": "RU"}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_variable_comes_before_the_locale(variables: dict[str, str], wanted: str) -> None:
    assert language_of(variables) == wanted


@pytest.mark.parametrize(
    ("count", "wanted"),
    [(0, "0 диалогов"), (1, "1 диалог"), (2, "2 диалога"), (5, "5 диалогов"), (11, "11 диалогов"), (21, "21 диалог"),
     (112, "112 диалогов"), (1204, "1\u00a0204 диалога")],
)  # fmt: skip
@pytest.mark.usefixtures("russian")
def test_three_forms_of_the_plural(count: int, wanted: str) -> None:
    said = ngettext("{count:,} conversation", "{count:,} conversations", count).format(count=count)
    assert said == wanted


def test_english_stays_as_it_is_written() -> None:
    assert language() == "en"
    assert _("{size:,.1f} MB").format(size=1234.56) == "1,234.6 MB"
    assert number(1204) == "1,204"
    assert [money(Money(Decimal(38000))), money(Money(Decimal("19.9"), "USD"))] == ["38,000\u00a0₽", "$19.90"]
    assert pgettext("glossary", "grant") == "grant"


@pytest.mark.usefixtures("russian")
def test_numbers_and_money_in_russian() -> None:
    assert _("{size:,.1f} MB").format(size=1234.56) == "1\u00a0234,6 МБ"
    assert number(1204) == "1\u00a0204"
    assert money(Money(Decimal(38000))) == "38\u00a0000\u00a0₽"
    assert money(Money(Decimal("1019.9"), "USD")) == "1\u00a0019,90\u00a0$"
    # Text is never taken for a number.
    assert _("Backup: {path}").format(path="a,b.tar") == "Копия: a,b.tar"
    assert pgettext("glossary", "grant") != _("grant")


@pytest.mark.usefixtures("russian", "in_moscow")
def test_moments_in_russian_and_in_the_local_zone() -> None:
    assert stamp(NOW, NOW) == "15:00"
    assert stamp(NOW - timedelta(hours=20), NOW) == "Вчера 19:00"
    assert stamp(NOW - timedelta(days=21), NOW) == "пн 2 ноя 15:00"
    assert [short(NOW - timedelta(seconds=ago), NOW) for ago in (5, 300, 86400 * 3)] == ["сейчас", "5м", "пт"]
    assert calendar(datetime(2025, 5, 9).date()) == "пт 9 мая 2025"
    # Just before midnight in UTC it is tomorrow there.
    late = datetime(2027, 11, 21, 22, 30, tzinfo=UTC)
    assert (full_date(late), moment(late)) == ("22 ноября 2027", "22 ноя 2027 01:30")
    assert countdown(NOW + timedelta(seconds=34), NOW) == "34 с"
    assert countdown(NOW + timedelta(hours=2), NOW) == "2:00 ч"


@pytest.mark.usefixtures("russian")
def test_no_short_moment_is_wider_than_its_column() -> None:
    """Six cells: what the lists keep for it."""
    for hours in range(0, 24 * 800, 7):
        since = NOW - timedelta(hours=hours, minutes=hours % 60)
        assert len(short(since, NOW)) <= 6
        assert len(waited(since, NOW)) <= 5


@pytest.mark.usefixtures("russian")
def test_errors_are_worded_in_russian_with_the_names_as_they_are() -> None:
    said = words(Refused("unreachable", kind="blocked", since=NOW))
    assert "бот заблокирован" in said
    assert "23 ноя 2026" in said
    assert "`frontdesk db upgrade`" in words(Refused("no-console-tables"))


def test_numbers_for_people_are_grouped_by_language() -> None:
    """An f-string groups thousands in English whatever is spoken: `number()` and messages do it by language."""
    wrong = []
    for floor in ("console", "screens"):
        for path in (ROOT / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                    spec = "".join(
                        str(part.value) for part in ast.walk(node.format_spec) if isinstance(part, ast.Constant)
                    )
                    if "," in spec and path.name != "i18n.py":
                        wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []
