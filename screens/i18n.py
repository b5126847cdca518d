"""Every string for people passes here. English is the source; catalogues come later."""

from __future__ import annotations

import gettext as _gettext

_catalogue = _gettext.NullTranslations()


def set_language(language: str, *, folder: str | None = None) -> None:
    """Makes `language` ("en", "ru") the one that is spoken; without its catalogue, English."""
    global _catalogue
    _catalogue = _gettext.translation("frontdesk", folder, languages=[language], fallback=True)


def _(message: str) -> str:
    """`message` in the person's language; fill in values with `.format(...)` afterwards."""
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form for `count` in the person's language."""
    return _catalogue.ngettext(singular, plural, count)


def N_(message: str) -> str:
    """Marks a string of a table that is built at import; `_` translates it when it is shown."""
    return message
