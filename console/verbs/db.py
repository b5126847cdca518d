"""`frontdesk db …`: a family of verbs about the database itself, one module each."""

from __future__ import annotations

import argparse

from screens.i18n import N_, _

#: The verbs of the family, in the order of the help: the module that serves each, and what it does.
VERBS: dict[str, tuple[str, str]] = {
    "init": ("console.verbs.db_init", N_("make a new database")),
    "status": ("console.verbs.db_status", N_("say what state the database is in")),
    "upgrade": ("console.verbs.db_upgrade", N_("move the schema on: Frontdesk's own tables, or all that it owns")),
    "downgrade": ("console.verbs.db_downgrade", N_("undo steps of the schema")),
    "history": ("console.verbs.db_history", N_("list the steps of the schema")),
    "seed": ("console.verbs.db_seed", N_("make the example person, or many people for tests")),
    "reset": ("console.verbs.db_reset", N_("empty a database that was made for tests")),
    "check": ("console.verbs.db_check", N_("look for what is wrong, and mend it")),
    "copy": ("console.verbs.db_copy", N_("copy an SQLite file to PostgreSQL, or to another file")),
    "roles": ("console.verbs.db_roles", N_("print the rights that a PostgreSQL server should give, as SQL")),
    "backup": ("console.verbs.db_backup", N_("take a consistent copy, beside those who write")),
    "backups": ("console.verbs.db_backups", N_("list the backups")),
    "restore": ("console.verbs.db_restore", N_("put a backup in the database's place, or rehearse it")),
}


def configure(parser: argparse.ArgumentParser) -> None:
    width = max(map(len, VERBS))
    listed = "\n".join(f"  {name:<{width}}  {_(what)}" for name, (_module, what) in VERBS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _("verbs:\n{verbs}\n\n`frontdesk db VERB --help` tells more.").format(verbs=listed)
    parser.add_argument("what", choices=list(VERBS), metavar="VERB", help=_("one of those below"))


def run(arguments: argparse.Namespace) -> int:
    """Only for a verb that stands where none is looked for: behind `--`."""
    arguments.fail(_("say `frontdesk db {verb}`").format(verb=arguments.what))
    raise AssertionError
