"""What the grant sheet offers for each tier: prices, terms, and the texts that tell the person. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money

#: What a person can be told of, by name of its text in the configuration.
NOTICES = ("granted", "renewed", "revoked", "expired")
#: What such a text may name in braces.
PLACES = ("name", "tier", "until", "amount", "receipt")


@dataclass(frozen=True, slots=True)
class Presets:
    """By tier, the likeliest first. `notices` holds texts that the configuration gives instead of ours."""

    prices: Mapping[str, tuple[Money, ...]] = field(default_factory=dict)
    terms: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    notices: Mapping[str, str] = field(default_factory=dict)

    def prices_of(self, tier: str) -> tuple[Money, ...]:
        """Prices to choose from; none where none are configured."""
        return self.prices.get(tier, ())

    def terms_of(self, tier: str) -> tuple[Term, ...]:
        """Terms to choose from; for life where none are configured."""
        return self.terms.get(tier) or (LIFETIME,)

    @property
    def only_tier(self) -> str | None:
        """The tier that is sold, where only one has a price."""
        return next(iter(self.prices)) if len(self.prices) == 1 else None
