"""Every string for people passes here. English is the source; `screens/locale` holds the catalogues.

Numbers in a message (`{count:,}`, `{size:.1f}`) are written as its language writes them.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

#: The languages that are spoken, the source first.
LANGUAGES = ("en", "ru")
#: Where the compiled catalogues are.
LOCALE = Path(__file__).parent / "locale"
#: What stands between thousands, and before the fraction.
_SIGNS = {"en": (",", "."), "ru": ("\u00a0", ",")}

_catalogue = _gettext.NullTranslations()
_language = "en"


def set_language(language: str, *, folder: str | None = None) -> None:
    """Makes `language` ("en", "ru") the one that is spoken; without its catalogue, English."""
    global _catalogue, _language
    _language = language if language in LANGUAGES else "en"
    if _language == "en":
        _catalogue = _gettext.NullTranslations()
    else:
        _catalogue = _gettext.translation("frontdesk", folder or LOCALE, languages=[_language], fallback=True)


def language_of(variables: Mapping[str, str]) -> str:
    """The language that an environment asks for: FRONTDESK_LANG, else the locale; English for any that is not here."""
    names = ("FRONTDESK_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    named = next((variables[name] for name in names if variables.get(name)), "en")
    return next((language for language in LANGUAGES if named.lower().startswith(language)), "en")


def language() -> str:
    """The language that is spoken now."""
    return _language


def _(message: str) -> str:
    """`message` in the person's language; fill in values with `.format(...)` afterwards."""
    return _spoken(_catalogue.gettext(message))


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form for `count` in the person's language."""
    return _spoken(_catalogue.ngettext(singular, plural, count))


def pgettext(context: str, message: str) -> str:
    """`message` where the same English word is several words elsewhere; `context` tells them apart."""
    return _spoken(_catalogue.pgettext(context, message))


def N_(message: str) -> str:
    """Marks a string of a table that is built at import; `_` translates it when it is shown."""
    return message


def NP_(context: str, message: str) -> str:
    """Marks a string of a table for `pgettext`."""
    return message


def number(value: int | float | Decimal, spec: str = ",") -> str:
    """A number as the person's language writes it: `1,204`, `1 204`; `spec` as `format` takes it."""
    return _written(format(value, spec))


def _written(digits: str) -> str:
    thousands, point = _SIGNS[_language]
    return digits if _language == "en" else digits.translate({ord(","): thousands, ord("."): point})


class _Message(str):
    """A translated string whose `format` writes numbers as its language does."""

    __slots__ = ()

    def format(self, *values: Any, **named: Any) -> str:
        return _FORMATTER.vformat(str(self), values, named)

    def format_map(self, named: Any) -> str:
        return _FORMATTER.vformat(str(self), (), named)


class _Formatter(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        return _written(text) if isinstance(value, int | float | Decimal) and format_spec else text


_FORMATTER = _Formatter()


def _spoken(text: str) -> str:
    return text if _language == "en" else _Message(text)
