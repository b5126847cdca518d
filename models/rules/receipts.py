"""Receipt numbers: which are the same for a person, which can be found in a message, and one for cash. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

#: Cyrillic letters that look like Latin ones, lower case.
HOMOGLYPHS = dict(zip("авекмнорстух", "abekmhopctyx", strict=True))
#: What people put between the characters of a number.
PUNCTUATION = " -_/\\.,:;#№|+*()[]'\"\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2014"
_TRANSLATION = str.maketrans(HOMOGLYPHS)
_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LABEL = (
    r"(?:чек\w*|квитанц\w*|операц\w*|платеж\w*|платёж\w*|перевод\w*|транзакц\w*|receipt|payment|order|transaction|ref)"
)
_LABELLED = re.compile(_LABEL + r"\s*(?:id|no|num\w*|ном\w*)?\s*[#№:.\-–—]*\s*([\w/\-]*\d[\w/\-]*)", re.IGNORECASE)
_NUMBERED = re.compile(r"[#№]\s*([\w/\-]*\d[\w/\-]*)")
_BARE = re.compile(r"(?<![\w/\-.,+])((?=[\w/\-]*\d)[\w/\-]{6,64})(?![\w/\-])")
_PHONE_OR_DATE = re.compile(r"[+]?[78]\d{10}|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}")


def receipt_key(text: str) -> str:
    """What two spellings of one receipt number have in common: no spacing, case, punctuation or look-alike letters."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.replace("№", "")).casefold())
    folded = folded.translate(_TRANSLATION)
    return "".join(letter for letter in folded if letter.isalnum())


def tidy_receipt(text: str) -> str:
    """As it is stored: one space between words, none around them."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def cash_receipt(moment: datetime, chance: int) -> str:
    """A readable number for a payment without one: 'CASH-20261123-7K4MX' of a random whole number."""
    letters = ""
    for _ in range(5):
        chance, digit = divmod(chance, len(_READABLE))
        letters += _READABLE[digit]
    return f"CASH-{moment:%Y%m%d}-{letters}"


def receipts_in(text: str) -> tuple[str, ...]:
    """What may be receipt numbers in a message, likeliest first: after a word such as 'чек' or a '№', then any long
    token with digits that is no phone number and no date."""
    found: dict[str, str] = {}
    for pattern in (_LABELLED, _NUMBERED, _BARE):
        for match in pattern.findall(text):
            number = match.strip("-/_")
            if len(number) >= 4 and _PHONE_OR_DATE.fullmatch(number) is None:
                found.setdefault(receipt_key(number), number)
    return tuple(found.values())
