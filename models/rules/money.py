"""Amounts of money: exact, in major units (roubles, dollars) with two digits for kopecks or cents. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from models.errors import Usage
from models.rules.sales import CURRENCIES

#: What the seed's decimal(10,2) holds.
CENT, LIMIT = Decimal("0.01"), Decimal(10) ** 8

_SIGNS = {"RUB": "₽", "USD": "$"}
_WORDS = {
    "rub": "RUB", "rur": "RUB", "₽": "RUB", "р": "RUB", "руб": "RUB", "рублей": "RUB", "рубля": "RUB", "рубль": "RUB",
    "usd": "USD", "$": "USD", "us$": "USD", "долл": "USD", "долларов": "USD", "доллара": "USD", "доллар": "USD",
}  # fmt: skip
_NUMBER = re.compile(r"(\d[\d\s.,'’]*)")
_SPACED = re.compile(r"(\d+|\d{1,3}([\s'’]\d{3})+)([.,].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount or a sum in a currency; never rounded. Raises Usage('bad-amount')."""

    amount: Decimal
    currency: str = "RUB"

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise Usage("bad-amount", text=str(self.amount))
        if self.amount != self.amount.quantize(CENT) or self.currency not in CURRENCIES:
            raise Usage("bad-amount", text=f"{self.amount} {self.currency}")
        object.__setattr__(self, "amount", self.amount.quantize(CENT))

    def __str__(self) -> str:
        """'38 000 ₽', '19.90 $': no-break spaces between thousands, hundredths only where there are any."""
        whole = f"{self.amount:,.2f}".removesuffix(".00").replace(",", "\u00a0")
        return f"{whole}\u00a0{_SIGNS[self.currency]}"


def parse_money(text: str, default: str = "RUB") -> Money:
    """'38 000 ₽', '38000.00 RUB', '1,200.50 $', '1 200,50 руб.' as Money. Raises Usage('bad-amount').

    The last point or comma is the decimal one when one or two digits follow it; with three it groups thousands, unless
    the number begins with a zero. Nothing is guessed from 'тыс.' or 'k'.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    numbers = _NUMBER.findall(folded)
    if len(numbers) != 1 or "-" in folded:
        raise Usage("bad-amount", text=text)
    word = _NUMBER.sub("", folded).strip(" .")
    currency = default if not word else _WORDS.get(word)
    if currency is None:
        raise Usage("bad-amount", text=text)
    return Money(_exact(numbers[0], text), currency)


def _exact(digits: str, text: str) -> Decimal:
    if re.search(r"[\s'’]", digits.strip()) and _SPACED.fullmatch(digits.strip()) is None:
        raise Usage("bad-amount", text=text)
    bare = re.sub(r"[\s'’]", "", digits).rstrip(".,")
    at = max(bare.rfind("."), bare.rfind(","))
    whole, behind = (bare, "") if at < 0 else (bare[:at], bare[at + 1 :])
    if len(behind) == 3 and not whole.startswith("0") and len(set(re.findall("[.,]", bare))) == 1:
        whole, behind = whole + bare[at] + behind, ""
    if len(behind) > 2 or re.fullmatch(r"\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+", whole) is None:
        raise Usage("bad-amount", text=text)
    amount = Decimal(f"{re.sub('[.,]', '', whole)}.{behind or '0'}")
    if amount >= LIMIT:
        raise Usage("bad-amount", text=text)
    return amount


def totals(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Sums by currency, in the order of the seed's currencies."""
    sums: dict[str, Decimal] = {}
    for each in amounts:
        sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return tuple(Money(sums[currency], currency) for currency in CURRENCIES if currency in sums)
