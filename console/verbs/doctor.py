"""`frontdesk doctor`: what works here, what does not, what to do about it. Exit code 1 when anything is a problem."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from console.output import as_json, say
from console.verbs.common import settings_of
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    from console.doctor import Level, examine

    findings = examine(settings_of(arguments))
    if arguments.json:
        say(as_json([asdict(finding) for finding in findings]))
    else:
        marks = {Level.OK: _("ok"), Level.WARNING: _("warning"), Level.PROBLEM: _("PROBLEM")}
        wide, wider = max(len(mark) for mark in marks.values()), max(len(finding.check) for finding in findings)
        for finding in findings:
            say(f"{marks[finding.level]:<{wide}}  {finding.check:<{wider}}  {clean(finding.found)}")
            if finding.do:
                say(f"{'':<{wide}}  {'':<{wider}}  → {clean(finding.do)}")
    bad = any(finding.level is Level.PROBLEM for finding in findings)
    return ExitCode.FAILED if bad else ExitCode.DONE
