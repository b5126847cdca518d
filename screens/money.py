"""Amounts of money as people read them, in their language."""

from __future__ import annotations

from models.rules.money import Money
from screens.i18n import language, number

_SIGNS = {"RUB": "₽", "USD": "$"}


def money(amount: Money) -> str:
    """`38,000 ₽`, `$19.90`; in Russian `38 000 ₽`, `19,90 $`. Hundredths only where there are any."""
    whole = amount.amount == amount.amount.to_integral_value()
    digits = number(amount.amount, ",.0f" if whole else ",.2f")
    sign = _SIGNS[amount.currency]
    return f"{sign}{digits}" if language() == "en" and amount.currency == "USD" else f"{digits}\u00a0{sign}"
