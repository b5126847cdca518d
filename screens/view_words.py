"""What the views are called. Needs no terminal library: the first frame is drawn before it is imported."""

from __future__ import annotations

from models.views.choices import View
from screens.i18n import N_

VIEW_WORDS: dict[View, str] = {
    View.ALL: N_("All"),
    View.WAITING: N_("Waiting"),
    View.UNREAD: N_("Unread"),
    View.READY: N_("Ready"),
    View.EVALUATING: N_("Evaluating"),
    View.INTERESTED: N_("Interested"),
    View.EXPLORING: N_("Exploring"),
    View.UNSCORED: N_("Unscored"),
    View.MINE: N_("Mine"),
    View.SNOOZED: N_("Snoozed"),
    View.DONE: N_("Done"),
    View.DRAFTS: N_("Drafts"),
    View.NOT_DELIVERED: N_("Not delivered"),
    View.TAGGED: N_("Tagged"),
}
