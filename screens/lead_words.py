"""The four fields of a lead and the bands of its score, in words."""

from __future__ import annotations

from models.rules.bands import GLYPHS, Band
from models.views import Field
from screens.i18n import N_, _

BAND_WORDS: dict[Band, str] = {
    Band.EXPLORING: N_("exploring"),
    Band.INTERESTED: N_("interested"),
    Band.EVALUATING: N_("evaluating"),
    Band.READY: N_("ready to buy"),
}
FIELD_WORDS: dict[Field, str] = {
    Field.SCORE: N_("Ready to buy?"),
    Field.REAL_NAME: N_("Real name"),
    Field.BACKGROUND: N_("Background"),
    Field.QUERY: N_("Asks for"),
}


def score_text(score: int | None, band: Band | None) -> str:
    """`▆ 72 evaluating`; a missing score says so, one outside 0-100 is unknown, never clamped."""
    if score is None:
        return _("not scored yet")
    if band is None:
        return _("unknown ({score})").format(score=score)
    return f"{GLYPHS[band]} {score} {_(BAND_WORDS[band])}"
