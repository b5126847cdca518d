"""A pasted list of grants: one line a person, `@name or id, tier, amount, receipt`. Pure."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from models.errors import FrontdeskError, Usage
from models.rules.money import Money, parse_money
from models.rules.receipts import tidy_receipt
from models.rules.sales import TIERS

_NAMES = {
    "базовый": "basic", "база": "basic", "бейсик": "basic", "акселератор": "accelerator", "вип": "vip",
}  # fmt: skip
_HEADS = frozenset({"user", "username", "name", "id", "telegram_id", "кто", "имя", "пользователь", "ник"})


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One line as it was understood; `problem` names what was not, and is then an id of the error family."""

    number: int  # of the line in the text, from 1
    text: str
    user: str = ""
    tier: str = ""
    money: Money | None = None
    receipt: str = ""
    problem: FrontdeskError | None = None
    override: str = ""  # why a receipt that looks like a used one is all right
    left_out: bool = False  # somebody said: not this one


def parse_tier(text: str) -> str:
    """A tier by its name in either language, or by a beginning that only it has. Raises Usage('bad-tier')."""
    wanted = text.strip().casefold()
    if wanted in _NAMES:
        return _NAMES[wanted]
    found = [tier for tier in TIERS if wanted and tier.startswith(wanted)]
    if len(found) != 1:
        raise Usage("bad-tier", text=text, tiers=TIERS)
    return found[0]


def parse_lines(text: str, currency: str = "RUB") -> tuple[GrantLine, ...]:
    """Every line that says something; a heading, blank lines and those after '#' are left out."""
    lines: list[GrantLine] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("# "):
            fields = _fields(line)
            if not lines and fields[0].casefold().lstrip("@") in _HEADS:
                continue
            lines.append(_understood(number, line, fields, currency))
    return tuple(lines)


def _fields(line: str) -> list[str]:
    """Split at tabs, else semicolons, else commas; a comma inside an amount ('38,000.00') does not split."""
    separator = next((each for each in "\t;" if each in line), ",")
    try:
        fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=False), [])
    except csv.Error:
        fields = line.split(separator)
    fields = [field.strip() for field in fields]
    while len(fields) > 4 and not fields[-1]:
        fields.pop()
    if separator == "," and len(fields) > 4:
        amount = ",".join(fields[2:-1])
        if amount in line:  # no space behind its comma
            fields = [*fields[:2], amount, fields[-1]]
    return fields


def _understood(number: int, line: str, fields: list[str], currency: str) -> GrantLine:
    user, tier, amount, receipt = [*fields, "", "", ""][:4]
    line = line.strip()
    try:
        if len(fields) != 4 or not all(fields):
            raise Usage("bad-line", number=number)
        named, money = parse_tier(tier), parse_money(amount, currency)
    except Usage as problem:
        return GrantLine(number, line, user=user, tier=tier, receipt=tidy_receipt(receipt), problem=problem)
    return GrantLine(number, line, user, named, money, tidy_receipt(receipt))
