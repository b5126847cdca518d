"""`[prices]`, `[terms]` and `[notices]` of the configuration file: what a grant offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, TypeVar

from models.errors import Usage
from models.rules.access_presets import NOTICES, PLACES, Presets
from models.rules.expiry import parse_term
from models.rules.money import parse_money
from models.rules.sales import TIERS
from screens.i18n import _

T = TypeVar("T")
#: The tables of the configuration file that are read here.
TABLES = ("prices", "terms", "notices")


def read_presets(written: Mapping[str, Any], path: str) -> Presets:
    """Presets from the file's tables; `path` names the file in errors. Raises Usage('bad-setting', name, why)."""
    return Presets(
        prices=_by_tier(written, "prices", path, parse_money, _("is no amount such as 38000 RUB")),
        terms=_by_tier(written, "terms", path, parse_term, _("is no term such as 12m, 90d or lifetime")),
        notices=_notices(_table(written, "notices", path), path),
    )


def _table(written: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    table = written.get(name, {})
    if not isinstance(table, dict):
        raise Usage("bad-setting", name=f"{path}: {name}", why=_("must be a table"))
    return table


def _by_tier(
    written: Mapping[str, Any], name: str, path: str, parse: Callable[[str], T], why: str
) -> dict[str, tuple[T, ...]]:
    found: dict[str, tuple[T, ...]] = {}
    for tier, value in _table(written, name, path).items():
        where = f"{path}: {name}.{tier}"
        if tier not in TIERS:
            raise Usage("bad-setting", name=where, why=_("is no tier: {tiers}").format(tiers=", ".join(TIERS)))
        texts = value if isinstance(value, list) else [value]
        try:
            found[tier] = tuple(parse(str(text)) for text in texts)
        except Usage:
            raise Usage("bad-setting", name=where, why=why) from None
    return found


def _notices(table: Mapping[str, Any], path: str) -> dict[str, str]:
    for name, text in table.items():
        where = f"{path}: notices.{name}"
        if name not in NOTICES:
            raise Usage("bad-setting", name=where, why=_("is no notice: {known}").format(known=", ".join(NOTICES)))
        try:
            places = {place for _literal, place, _spec, _how in Formatter().parse(text) if place is not None}
        except (ValueError, TypeError):
            places = {"?"}
        if not places <= set(PLACES):
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            raise Usage("bad-setting", name=where, why=_("must be text that names only {known}").format(known=known))
    return dict(table)
