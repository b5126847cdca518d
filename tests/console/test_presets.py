"""Prices, terms and notices in the configuration file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from console.config import config_path, load
from models.errors import Usage
from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money


def configured(text: str) -> None:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(text, "utf-8")


def test_without_any() -> None:
    presets = load().presets
    assert (presets.prices_of("vip"), presets.terms_of("vip")) == ((), (LIFETIME,))
    assert load().expire_access is False


def test_what_is_offered() -> None:
    configured(
        'expire_access = "on"\n[prices]\nvip = ["38 000 ₽", "400 USD"]\nbasic = 9000\n'
        '[terms]\nvip = ["12m", "lifetime"]\n[notices]\ngranted = "{name}, {tier} до {until}"\n'
    )
    presets = load().presets
    assert presets.prices_of("vip") == (Money(Decimal(38000)), Money(Decimal(400), "USD"))
    assert presets.prices_of("basic") == (Money(Decimal(9000)),)
    assert presets.terms_of("vip") == (Term(months=12), LIFETIME)
    assert presets.notices == {"granted": "{name}, {tier} до {until}"}
    assert load().expire_access is True


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prices = 1", "prices"),
        ('[prices]\ngold = "1"', "prices.gold"),
        ('[prices]\nvip = "much"', "prices.vip"),
        ('[terms]\nvip = ["12m", "12"]', "terms.vip"),
        ('[notices]\nbought = "x"', "notices.bought"),
        ('[notices]\ngranted = "{token}"', "notices.granted"),
        ('[notices]\ngranted = "{"', "notices.granted"),
        ("[notices]\ngranted = 5", "notices.granted"),
    ],
)
def test_mistakes_name_their_place(text: str, name: str) -> None:
    configured(text)
    with pytest.raises(Usage) as caught:
        load()
    assert str(caught.value.values["name"]).endswith(f": {name}")
