"""Errors in words: one clear line each that says what to do. Without textual, so that the command line reads it too."""

from __future__ import annotations

from datetime import datetime

from models.errors import FrontdeskError
from models.rules.text import one_line, redact
from screens.i18n import N_, _
from screens.times import moment

#: How much of a foreign value one line may hold.
_LONGEST = 200

WORDS: dict[str, str] = {
    # DatabaseProblem
    "not-found": N_("No file at {path}: check the path, or make a new database with `frontdesk db init`."),
    "is-directory": N_("{path} is a folder: name the database file inside it."),
    "not-a-database": N_("This file is not an SQLite database: choose another one."),
    "unknown-shape": N_("This database does not have the application's tables (missing: {missing})."),
    "too-new": N_("A newer Frontdesk has used this database ({revision}): update Frontdesk."),
    "read-only": N_("The database can't be written: check the rights of the file and its folder, or use --read-only."),
    "locked": N_("Another program keeps the database locked: try again in a moment."),
    "damaged": N_("The database is damaged: stop writing to it and restore a backup."),
    "replaced": N_("The database file was replaced while it was open: nothing was written to it, reopening."),
    "disk-full": N_("The disk is full: make room, then try again."),
    "cannot-open": N_("The database can't be opened: check the path and the rights of the file and its folder."),
    "pool-full": N_("Too many requests to the database at once: try again in a moment."),
    "no-directory": N_("The folder for {path} can't be made ({why})."),
    "exists": N_("{path} already exists: choose another name, or open it with `frontdesk {path}`."),
    "missing-column": N_("The database has no column {column}: this can't be done here."),
    "gone": N_("The database server does not answer or went away: trying again."),
    "refused-login": N_("The database server refuses this login: check user and password in FRONTDESK_DATABASE_URL."),
    "no-such-database": N_("The server has no database of this name: make it with `createdb`, or check the URL."),
    "too-many-connections": N_("The database server takes no more connections: lower FRONTDESK_DATABASE_POOL."),
    "too-slow": N_("The database took too long and was told to stop: try again, or raise FRONTDESK_DATABASE_TIMEOUT."),
    "forbidden": N_("The database role may not do this: `frontdesk db roles` prints the rights that it needs."),
    "other-engine": N_("{name} is not supported ({why}): use PostgreSQL 13 or newer, or an SQLite file."),
    "failed": N_("The database refused ({kind}): run `frontdesk doctor`."),
    # BackupProblem
    "backup-damaged": N_("The backup {path} is damaged: use another one."),
    "backup-newer": N_("A newer Frontdesk made the backup {path}: update Frontdesk."),
    "backup-missing": N_("There is no backup {name}: `frontdesk db backups` lists them."),
    "backup-unsound": N_("The copy did not pass its checks ({why}): nothing was changed."),
    "backup-place": N_("{path} can't be used: {why}."),
    "backup-after": N_("{path} is made, but the command after it failed ({command}: {why})."),
    "backup-program": N_("{program} is needed and can't be used: {why}."),
    "backup-other-engine": N_("This backup is of a {engine} database: it can't be restored here."),
    # NotFound
    "conversation-not-found": N_("There is no conversation {id} any more."),
    "user-not-found": N_("There is no such person: {id}."),
    "kind-not-found": N_("There is no kind {name}: one of {known}."),
    "outbox-not-found": N_("There is no reply {id} in the outbox."),
    "message-not-found": N_("This message is not there any more: somebody deleted it."),
    "entry-not-found": N_("There is no entry {id} in the journal."),
    "note-not-found": N_("This note is not there any more: somebody took it away."),
    "payment-not-found": N_("No payment has the receipt {receipt}."),
    # Refused
    "read-only-session": N_("Opened read-only: nothing can be written; leave and open it without --read-only."),
    "no-console-tables": N_("Frontdesk's own tables are missing: add them with `frontdesk db upgrade`."),
    "webhook-set": N_("FRONTDESK_MODE is standalone, but {host} receives this bot's updates by webhook: unset it."),
    "no-token": N_("No bot token: set FRONTDESK_TELEGRAM_TOKEN to send replies."),
    "admin-stays-paid": N_("An admin is always paid: take the admin right away first."),
    "blank-text": N_("There is nothing to send: write something first."),
    "wrong-state": N_("This reply is {state} by now: look again before you decide."),
    "last-admin": N_("This is the last admin: make somebody else an admin first."),
    "no-paid-column": N_("This database has no paid column: access can't be changed here."),
    "no-chat": N_("No Telegram id is known for this person: nothing can be sent."),
    "no-channel": N_("This person never wrote to the bot, and no business connection is open: Telegram would refuse."),
    "not-our-message": N_(
        "Only what went out from a console can be changed, not what the person, bot, AI or web wrote."
    ),
    "no-telegram-id": N_("Telegram's number of this message is not known: it can't be changed from here."),
    "too-old": N_("Older than 48 hours: Telegram lets nobody change this message any more."),
    "being-changed": N_("This message is being changed right now: try again in a moment."),
    "too-long": N_("Too long for one message: Telegram takes at most 4,096 characters in an edit."),
    "channel-closed": N_("No reply goes by this channel: {why}."),
    "unreachable": N_("Telegram carries no messages to this person ({kind}, since {since}) until they write again."),
    "no-server": N_("{place} is a file: who may do what is said by the rights of the file; roles are for PostgreSQL."),
    "no-file": N_("This needs an SQLite file, and {place} is a server's database."),
    "bad-direction": N_("A message is either incoming or outgoing, not {direction}."),
    "not-ours": N_("The application owns these tables: its own migrations move them, not Frontdesk's."),
    "planned-exist": N_("There are tables of these names already ({tables}), not made by Frontdesk: nothing done."),
    "bad-value": N_("{name} can't be {value}: one of {known}."),
    "not-empty": N_("{place} holds people already: only an empty database is filled."),
    "not-a-test": N_("{place} was not made for tests: it is never emptied."),
    "copy-not-empty": N_("{place} holds tables that are no copy begun by Frontdesk: name an empty database."),
    "copy-nothing": N_("There is no copy to catch up with: copy first, without --catch-up."),
    "copy-schema": N_("The target lacks {missing}: let the application make them there, or name an empty database."),
    "copy-itself": N_("Source and target are the same database."),
    "copy-orphans": N_(
        "{n} rows point at rows that are not there, which PostgreSQL refuses: see `frontdesk db check`."
    ),
    "no-repair": N_("{name} can't be mended by a program: only a person, or a backup, knows what is right."),
    "count-changed": N_("{found} rows are wrong by now, not {expected}: look again before you confirm."),
    "not-confirmed": N_("Not confirmed, so nothing was done: {how}."),
    "in-use": N_("{path} is in use by {who}: stop them first, then restore."),
    "still-queued": N_("The reply could not be cancelled, whoever delivers next may send it: {why}"),
    "term-shortens": N_("Access lasts until {old} already: a renewal may not end on {new}."),
    "receipt-used": N_("The receipt {receipt} was used for {name} already ({at}, by {operator}): check the number."),
    "receipt-like": N_(
        "A receipt like this, {receipt}, was used for {name} ({at}, by {operator}): check it, or say why."
    ),
    "changed-meanwhile": N_(
        "Somebody changed this person's access in the meantime: look at the difference, then decide."
    ),
    "no-conversation": N_("This person has no conversation with the bot: nobody can be told."),
    "undo-late": N_("Too late to take it back: revoke instead."),
    "undo-changed": N_("The access has changed since: it can't be taken back, revoke instead."),
    "not-a-grant": N_("Entry {id} of the journal is no grant: there is nothing to take back."),
    "reason-needed": N_("Say why: the reason goes into the journal."),
    "nothing-to-revoke": N_("This person has no access: there is nothing to take away."),
    "not-completed": N_("The payment {receipt} is {status}: only a completed one can be refunded or corrected."),
    "other-currency": N_("The payment {receipt} is in {currency}: a correction is in the same currency."),
    "nothing-to-correct": N_("The payment {receipt} comes to {amount} already: there is nothing to correct."),
    "no-payments": N_("This database has no payments table: `frontdesk db upgrade --planned-tables` adds it."),
    "no-lessons": N_("This database has no lesson_progress table: `frontdesk db upgrade --planned-tables` adds it."),
    "not-yourself": N_("Nobody does this to themself: ask another admin."),
    "name-differs": N_("That is not the name, {name}: nothing was deleted."),
    "on-its-way": N_("A reply to this person is on its way right now: try again in a moment."),
    "still-needed": N_("Other rows of the application still point at this person (a client's manager?): not deleted."),
    "two-match": N_("More than one person is meant by {text}: {people}. Say which by #id."),
    "bad-tag": N_("{text} is no tag: it needs a letter or a digit."),
    "blank-note": N_("There is nothing to note: write something first."),
    "needs-grant": N_("That takes a grant: open the grant sheet for this person."),
    "template-not-found": N_("There is no template {id} any more."),
    "template-name": N_("There is a template {name} already: give this one another name."),
    "template-changed": N_("Somebody changed this template in the meantime: open it again."),
    "bad-template": N_("The template {name} can't be kept: {why}."),
    "bad-toml": N_("The file can't be read as templates ({why}): `frontdesk templates export` writes such a file."),
    "bad-score": N_("{value} is no score: a whole number from 0 to 100."),
    "too-long-field": N_("Too long: a field holds at most {limit} characters."),
    "ai-not-stuck": N_("The AI is not stuck: it is not at work, or for less than 10 minutes."),
    "no-pause": N_("This database can't pause the AI: its conversations have no ai_paused column."),
    "list-not-granted": N_("{count} lines were not granted: each says why."),
    "report-place": N_("The report can't be written to {path}: {why}."),
    # Usage
    "bad-setting": N_("The setting {name} can't be used: {why}."),
    "no-database": N_("No database named: give --database FILE or FRONTDESK_DATABASE_URL, or say `frontdesk db init`."),
    "bad-url": N_("This {scheme} URL can't be used: give a path, sqlite:///path or postgresql://user@host/database."),
    "bad-token": N_("The bot token does not look like one: copy it again from @BotFather."),
    "bad-view": N_("There is no view {view}: choose one of {views}."),
    "bad-filter": N_("The filter {name}:{value} can't be read: write {known}."),
    "bad-revision": N_("There is no revision {revision}: `frontdesk db history` lists them."),
    "bad-amount": N_("{text} is no amount: write 38000, 38 000.50 or 400 USD."),
    "bad-term": N_("{text} is no term that begins now: write 12m, 90d, lifetime or a date to come."),
    "bad-tier": N_("{text} is no tier: choose one of {tiers}."),
    "bad-line": N_("Line {number} is not understood: write @name or id, tier, amount, receipt."),
    "bad-receipt": N_("{text} is no receipt number: it needs a letter or a digit."),
    "bad-period": N_("From {since} to {until} is no period: the first day comes first, at most {longest} days."),
    "file-exists": N_("{path} holds something else than a report: choose another name."),
    "bad-file": N_("{path} can't be written: {why}."),
    "bad-day": N_("{text} is no day: write it as 2026-11-23 or 23.11.2026."),
    "bad-slug": N_("{text} is no lesson: write its slug, such as 01-introduction."),
    # TelegramProblem
    "telegram-unreachable": N_("Telegram can't be reached: check the network; it is safe to try again."),
    "telegram-refused": N_("Telegram refused: {description} ({code})."),
    "telegram-unauthorized": N_("Telegram refuses this token: check FRONTDESK_TELEGRAM_TOKEN, or ask @BotFather."),
    "telegram-garbled": N_("Telegram's answer could not be read: check FRONTDESK_TELEGRAM_API_URL."),
}


#: Why no reply goes by a channel (see models.services.channels).
CLOSED: dict[str, str] = {
    "never-wrote": N_("they never wrote to the bot"),
    "no-connection": N_("connection not known here"),
    "disconnected": N_("account disconnected"),
    "disabled": N_("connection switched off"),
    "may-not-reply": N_("the bot may not reply"),
}
#: Why somebody can't be reached (models.views.Unreachable).
KINDS: dict[str, str] = {
    "blocked": N_("blocked the bot"),
    "deactivated": N_("account deleted"),
    "not-found": N_("chat not found"),
    "no-rights": N_("the bot may not write there"),
}


#: What is wrong with a template (see models.rules.templates).
TEMPLATE_FAULTS: dict[str, str] = {
    "name": N_("it has no name"),
    "body": N_("it has no text"),
    "long": N_("its name or text is too long"),
    "digit": N_("its digit is none of 1 to 9"),
    "twice": N_("it comes twice"),
    "kind": N_("name and body are text, digit is a number"),
}


class _Values(dict[str, str]):
    """A value that an error does not carry is said to be unknown, not a crash while telling of a crash."""

    def __missing__(self, key: str) -> str:
        return "?"


def words(error: FrontdeskError) -> str:
    """One line that says what is wrong and what to do; values are cleaned, cut and free of tokens."""
    values = _Values({name: _spoken(value) for name, value in error.values.items()})
    if error.id == "unknown-shape":
        return _unknown_shape(error, values)
    if error.id == "unreachable":
        return _unreachable(error, values)
    if isinstance(why := error.values.get("why"), str) and why:
        # Where a reason is a word of ours, it is looked up; else it is the reason itself.
        known = {"channel-closed": CLOSED, "bad-template": TEMPLATE_FAULTS}.get(error.id, {}).get(why, why)
        values["why"] = one_line(redact(_(known)), _LONGEST)
    template = WORDS.get(error.id)
    if template is None:
        return one_line(redact(str(error)), _LONGEST)
    return _(template).format_map(values)


def _unknown_shape(error: FrontdeskError, values: _Values) -> str:
    if error.values.get("empty"):
        return _("The database is empty: make a new one with `frontdesk db init`, or open the application's own.")
    if error.values.get("rails_file"):
        return _("This is the application's {name} database: open its main one instead.").format(
            name=_spoken(error.values["rails_file"])
        )
    return _(WORDS["unknown-shape"]).format_map(values)


def _unreachable(error: FrontdeskError, values: _Values) -> str:
    kind, since = error.values.get("kind"), error.values.get("since")
    if isinstance(kind, str) and kind in KINDS:
        values["kind"] = _(KINDS[kind])
    if isinstance(since, datetime):
        values["since"] = moment(since)
    return _(WORDS["unreachable"]).format_map(values)


def _spoken(value: object) -> str:
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(_spoken(each) for each in value)
    if isinstance(value, datetime):
        return moment(value)
    return one_line(redact(str(value)), _LONGEST)
