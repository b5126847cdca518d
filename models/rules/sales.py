"""What the seed's planned tables may hold, as it writes it: tiers, currencies, payment states and processors."""

from __future__ import annotations

from collections.abc import Mapping

from models.errors import Refused

TIERS = ("basic", "accelerator", "vip")
CURRENCIES = ("RUB", "USD")
STATUSES = ("pending", "completed", "failed", "refunded")
PROCESSORS = ("stripe", "yookassa")


def check(values: Mapping[str, object], allowed: Mapping[str, tuple[str, ...]]) -> None:
    """Refuses a value that the seed does not know, on writing; reading tolerates whatever is there.

    Raises Refused('bad-value').
    """
    for name, known in allowed.items():
        if name in values and values[name] is not None and values[name] not in known:
            raise Refused("bad-value", name=name, value=values[name], known=known)
