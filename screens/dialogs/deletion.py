"""Before a person is deleted with everything, or signed out: what goes, where it is kept, what has to be typed."""

from __future__ import annotations

import unicodedata

from textual.content import Content

from models.rules.text import clean
from models.views import Person, PersonRow
from models.views.access import PersonAccess
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.switches import who
from screens.i18n import _, ngettext
from screens.text import plain


def to_type(row: PersonRow) -> str:
    """What has to be typed: the name, or the Telegram id of somebody whose name no keyboard has."""
    name = " ".join(unicodedata.normalize("NFC", row.name).split())
    plainly = clean(name) == name and not any(unicodedata.combining(letter) for letter in name)
    return name if name and plainly else str(row.telegram_id)


def delete_dialog(person: Person, access: PersonAccess, place: str) -> ConfirmDialog:
    """`place` is where all of it will be saved first."""
    row, wanted = person.row, to_type(person.row)
    kept = _(
        "The journal keeps its facts and loses its words. First all of it is saved, readable by you only, in {place}"
    )
    parts = [
        who(row),
        plain(_("Gone for good: {what}.").format(what=", ".join(_goes(person, access))), "bold"),
        plain(kept.format(place=place), "$foreground-muted"),
        plain(_("Type “{text}” to delete.").format(text=wanted)),
    ]
    title = _("Delete this person with everything?")
    return ConfirmDialog(title, Content("\n\n").join(parts), _("Delete"), must=wanted)


def _goes(person: Person, access: PersonAccess) -> list[str]:
    lessons, count = len(access.studies.lessons), person.messages_count
    found = [
        ngettext("{count:,} message of theirs and the answers", "{count:,} messages of theirs and the answers", count)
        .format(count=count),
        ngettext("{count} enrollment", "{count} enrollments", len(access.enrollments))
        .format(count=len(access.enrollments)) if access.enrollments else "",
        ngettext("{count} payment", "{count} payments", len(access.payments))
        .format(count=len(access.payments)) if access.payments else "",
        ngettext("progress in {count} lesson", "progress in {count} lessons", lessons)
        .format(count=lessons) if lessons else "",
    ]  # fmt: skip
    return [_("the profile"), *filter(None, found)]


def session_dialog(row: PersonRow) -> ConfirmDialog:
    """Asks before a web session is ended."""
    words = _("They have to sign in again on the web, on every device. Access and messages stay.")
    body = Content("\n\n").join([who(row), plain(words)])
    return ConfirmDialog(_("Sign this person out on the web?"), body, _("Sign out"), reason=True)
