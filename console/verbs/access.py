"""`frontdesk access drift|expire`: where the facts of access disagree, and ending what has run out."""

from __future__ import annotations

import argparse

from console.access_records import ended_record
from console.output import as_json, cell, local_time, say, table
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode
from models.rules.text import clean
from screens.access_words import DRIFT_WORDS, MEND_WORDS, ended_line, notice
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["drift", "expire"], help=_("list what disagrees; end what has expired"))
    parser.add_argument("--notify", action="store_true", help=_("expire: tell the people"))


def run(arguments: argparse.Namespace) -> int:
    return _expire(arguments) if arguments.what == "expire" else _drift(arguments)


def _drift(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments), read_only=True) as desk:
        counts = desk.drifts.counts()
        rows = {each.kind: desk.drifts.rows(each.kind, limit=max(1, each.count)) for each in counts}
    if arguments.json:
        kinds = [
            {"kind": each.kind.value, "count": each.count, "user_ids": list(each.user_ids), "mend": each.mend.value}
            for each in counts
        ]
        say(as_json(kinds))
        return ExitCode.DONE
    head = (_("KIND"), _("MEND"), _("ID"), _("NAME"), _("ENDS"), _("WHY"))
    lines = [
        (
            _(DRIFT_WORDS[each.kind]),
            _(MEND_WORDS[each.mend]),
            str(row.user_id),
            cell(row.person_name, 40),
            local_time(row.expires_at),
            cell(row.reason),
        )
        for each in counts
        for row in rows[each.kind]
    ]
    for line in table(head, lines):
        say(line)
    return ExitCode.DONE


def _expire(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)

    def telling(name: str, tier: str) -> str | None:
        return notice(settings.presets, "expired", name=name, tier=tier) if arguments.notify else None

    with desk_of(settings) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        ended = desk.endings.expire_all(notice=telling)
    if arguments.json:
        say(as_json([ended_record(each) for each in ended]))
    else:
        for each in ended:
            say(clean(ended_line(each)))
    return ExitCode.DONE
