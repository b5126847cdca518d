"""`frontdesk db seed`: the seed's example person; with --people and --messages a whole made-up year of a bot."""

from __future__ import annotations

import argparse

from console.output import as_json, say
from console.progress import shown
from console.verbs.common import add_file, desk_of, settings_of_file, whole_number
from models.errors import ExitCode, Refused
from screens.i18n import _

#: `db/seeds.rb`.
_EXAMPLE = {"username": "testuser", "first_name": "Test", "last_name": "User"}
_TELEGRAM_ID = 123456789


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--people", type=whole_number, metavar="N", help=_("so many made-up people"))
    parser.add_argument("--messages", type=whole_number, metavar="M", help=_("so many messages of theirs and to them"))
    parser.add_argument("--number", type=whole_number, default=7, metavar="N", help=_("another one, other people (7)"))


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of_file(arguments)
    with desk_of(settings) as desk:
        if desk.database.read_only:
            raise Refused("read-only-session")
        if arguments.people is None and arguments.messages is None:
            from models.services.sign_in import example_person

            made = example_person(desk.database, _TELEGRAM_ID, **_EXAMPLE)
            say(as_json({"id": made}) if arguments.json else _("Person {id} is there.").format(id=made))
            return ExitCode.DONE
        from console.demo.talk import talk
        from models.store.seeds import seed

        people = arguments.people or max(1, (arguments.messages or 0) // 10)
        messages = arguments.messages or people * 10
        with shown(json=arguments.json) as progress:
            seed(desk.database, people, messages, talk(), now=desk.clock(), seed=arguments.number, progress=progress)
    if arguments.json:
        say(as_json({"people": people, "messages": messages}))
    else:
        said = _("{people:,} people and {messages:,} messages; `frontdesk db reset` empties it again.")
        say(said.format(people=people, messages=messages))
    return ExitCode.DONE
