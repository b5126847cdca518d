"""`frontdesk lesson`: notes a person's progress in a lesson."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from console.output import as_json, say
from console.verbs.common import desk_of, settings_of, whole_number
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _, pgettext


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", help=_("@username, a Telegram id or #id"))
    parser.add_argument("slug", metavar="SLUG", help=_("the lesson, such as 01-introduction"))
    parser.add_argument("--completed", action="store_true", help=_("it is completed"))
    parser.add_argument("--seconds", type=whole_number, metavar="N", help=_("time spent on it, in all"))


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments)) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        person = desk.people.resolve_one(arguments.user)
        studies = desk.lessons.record(
            person.id, arguments.slug, completed=arguments.completed, seconds=arguments.seconds
        )
    [lesson] = [each for each in studies.lessons if each.slug == arguments.slug]
    if arguments.json:
        say(as_json({"user_id": person.id, **asdict(lesson)}))
    else:
        state = pgettext("lesson", "completed") if lesson.completed else _("begun")
        say(clean(f"{person.name}: {lesson.slug} {state}, {lesson.seconds or 0} s"))
    return ExitCode.DONE
