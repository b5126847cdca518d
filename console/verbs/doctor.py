"""`frontdesk doctor`: what works here, what does not, what to do about it. Exit code 1 when anything is a problem."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from console.output import as_json, say
from console.verbs.common import settings_of
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import N_, _

#: What is looked at; JSON has these words as they are.
CHECK_WORDS = {
    "token": N_("token"),
    "token file": N_("token file"),
    "file mode": N_("file mode"),
    "clock": N_("clock"),
    "updates": N_("updates"),
    "database": N_("database"),
    "our tables": N_("our tables"),
    "write access": N_("write access"),
    "locale": N_("locale"),
    "terminal": N_("terminal"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    from console.doctor import Level, examine

    findings = examine(settings_of(arguments))
    if arguments.json:
        say(as_json([asdict(finding) for finding in findings]))
    else:
        marks = {Level.OK: _("ok"), Level.WARNING: _("warning"), Level.PROBLEM: _("PROBLEM")}
        names = [_(CHECK_WORDS.get(finding.check, finding.check)) for finding in findings]
        wide, wider = max(len(mark) for mark in marks.values()), max(len(name) for name in names)
        for name, finding in zip(names, findings, strict=True):
            say(f"{marks[finding.level]:<{wide}}  {name:<{wider}}  {clean(finding.found)}")
            if finding.do:
                say(f"{'':<{wide}}  {'':<{wider}}  → {clean(finding.do)}")
    bad = any(finding.level is Level.PROBLEM for finding in findings)
    return ExitCode.FAILED if bad else ExitCode.DONE
