"""What a paid or admin switch would change, in words. The rules are the seed's: an admin is always paid."""

from __future__ import annotations

from textual.content import Content

from models.errors import Refused
from models.rules.access import has_dashboard_access
from models.views import PersonRow
from screens.dialogs.confirm import ConfirmDialog
from screens.i18n import _
from screens.text import plain
from screens.wording import words


def yes_no(value: bool) -> str:
    return _("yes") if value else _("no")


def who(row: PersonRow) -> Content:
    """The person beyond doubt: name, username, Telegram id."""
    named = plain(row.name, "bold")
    if row.username:
        named = named + plain(f"  @{row.username}", "$foreground-muted")
    return named + plain("\n" + _("Telegram id {id}").format(id=row.telegram_id), "$foreground-muted", multiline=True)


def why_not_paid(row: PersonRow | None, *, has_paid: bool) -> str | None:
    """Why the paid switch does nothing for this person, in words."""
    if row is None:
        return _("Nobody is chosen.")
    if not has_paid:
        return words(Refused("no-paid-column"))
    if row.admin and row.paid:
        return words(Refused("admin-stays-paid"))
    return None


def why_not_admin(row: PersonRow | None, *, has_paid: bool) -> str | None:
    """Why the admin switch does nothing for this person; the last admin is found out under the write lock."""
    if row is None:
        return _("Nobody is chosen.")
    return None if has_paid else words(Refused("no-paid-column"))


def changes(row: PersonRow, *, admin: bool, paid: bool) -> Content:
    """Before → after, a line each for what differs."""
    before = has_dashboard_access(admin=row.admin, paid=row.paid)
    after = has_dashboard_access(admin=admin, paid=paid)
    lines: list[Content] = []
    for name, was, becomes in (
        (_("admin"), row.admin, admin),
        (_("paid"), row.paid, paid),
        (_("dashboard access"), before, after),
    ):
        line = plain(f"{name}: {yes_no(was)} → {yes_no(becomes)}", "bold" if was != becomes else "$foreground-muted")
        lines.append(line)
    return Content("\n").join(lines)


def admin_dialog(row: PersonRow) -> ConfirmDialog:
    """Asks before the admin switch."""
    value = not row.admin
    title = _("Make this person an admin?") if value else _("Take the admin right away?")
    rule = _("An admin is always paid.") if value else _("Paid stays as it is; it can be switched then.")
    parts = [who(row), changes(row, admin=value, paid=row.paid or value), plain(rule, "$foreground-muted")]
    return ConfirmDialog(title, Content("\n\n").join(parts), _("Make admin") if value else _("Take away"), reason=True)
