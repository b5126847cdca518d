"""argparse's own words in the person's language: its headings, and what it says of a wrong argument."""

from __future__ import annotations

import argparse

from screens.i18n import N_, _, ngettext

#: argparse asks for them under these very strings; those that only a programmer meets are left to it.
WORDS = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("unrecognized arguments: %s"),
    N_("not allowed with argument %s"),
    N_("ignored explicit argument %r"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
)


def speak() -> None:
    """Lets argparse translate by our catalogue. It has no way to be told: its gettext asks the locale alone, in a
    domain of its own that nobody translates."""
    for name, function in (("_", _), ("ngettext", _forms)):
        setattr(argparse, name, function)


def _forms(singular: str, plural: str, count: int) -> str:
    if singular == "expected %s argument":
        return ngettext("expected %s argument", "expected %s arguments", count)
    return singular if count == 1 else plural
