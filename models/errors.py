"""The error family. An error carries an id and values; the floors above put it into words."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every verb."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    UNKNOWN = 5


class FrontdeskError(Exception):
    """Base of all expected errors: `id` names it, `values` fill its wording (never a token, never a body)."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, id: str, /, **values: object) -> None:
        super().__init__(id, values)
        self.id = id
        self.values: dict[str, object] = values

    def __str__(self) -> str:
        return self.id + "".join(f" {key}={value!r}" for key, value in self.values.items())


class DatabaseProblem(FrontdeskError):
    """The database can't be used. Ids: not-found, is-directory, not-a-database, unknown-shape, too-new, read-only,
    locked, damaged, replaced, disk-full, cannot-open, pool-full, no-directory, exists, missing-column, failed; of a
    server gone, refused-login, no-such-database, too-many-connections, too-slow, forbidden, other-engine."""


class BackupProblem(FrontdeskError):
    """A backup can't be made or used. Ids: backup-damaged, backup-newer, backup-missing, backup-unsound, backup-place,
    backup-after, backup-other-engine, backup-program."""


class NotFound(FrontdeskError):
    """No such row. Ids: conversation-not-found, user-not-found, outbox-not-found, message-not-found,
    kind-not-found, entry-not-found, payment-not-found, template-not-found, note-not-found."""

    exit_code = ExitCode.NOT_FOUND


class Refused(FrontdeskError):
    """A rule forbids it. Ids: read-only-session, no-console-tables, no-token, admin-stays-paid, blank-text,
    wrong-state, last-admin, no-paid-column, no-chat, no-channel, channel-closed, bad-direction, in-use,
    not-ours, planned-exist, bad-value, not-confirmed, term-shortens, no-file, no-server, no-repair, count-changed,
    not-our-message, no-telegram-id, too-old, being-changed, too-long, webhook-set, not-empty, not-a-test,
    copy-not-empty, copy-nothing, copy-schema, copy-itself, copy-orphans, receipt-used, receipt-like,
    changed-meanwhile, no-conversation, undo-late, undo-changed, not-a-grant, reason-needed, nothing-to-revoke,
    other-currency, nothing-to-correct,
    not-completed, no-payments, no-lessons, not-yourself, name-differs, on-its-way, still-needed, two-match,
    list-not-granted, needs-grant, report-place, bad-tag, blank-note, bad-score, too-long-field, ai-not-stuck,
    no-pause, template-name, template-changed."""

    exit_code = ExitCode.REFUSED


class Usage(FrontdeskError):
    """The request itself is off. Ids: bad-setting, bad-url, bad-token, bad-view, bad-filter, bad-revision,
    bad-amount, bad-term, bad-tier, bad-line, bad-receipt, bad-slug, bad-period, bad-day, file-exists,
    bad-file, bad-template, bad-toml."""

    exit_code = ExitCode.USAGE


class TelegramProblem(FrontdeskError):
    """Telegram did not serve a request that is safe to repeat. Ids: telegram-unreachable, telegram-refused
    (values: code, description), telegram-unauthorized, telegram-garbled."""
