"""A person's page as lines: profile, access and its history, payments, lessons, conversation, journal. Pure; no session
token, no avatar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from textual.content import Content

from models.rules.access import has_dashboard_access
from models.rules.bands import band
from models.rules.text import one_line
from models.views import JournalEntry, Person, PersonRow
from models.views.access import MENDS, Enrolled, Lesson, Paid, PersonAccess, Studies
from screens.access_words import DRIFT_WORDS, MEND_WORDS, tier_word, until
from screens.i18n import _, ngettext, number
from screens.journal_words import ACCESS, GIVING, act, facts, line, values
from screens.money import money
from screens.payment_words import STATUS_STYLES, price_word, status_word
from screens.reach import GLYPH
from screens.text import plain
from screens.times import stamp
from screens.widgets.lead_panel import score_words

#: Lines of each list before the rest is only counted.
MOST = 12
MUTED, FAINT = "$foreground-muted", "$foreground-disabled"


def spent(seconds: int) -> str:
    """`2 h 05 min`, `12 min`, `40 s`."""
    if seconds < 60:
        return _("{seconds} s").format(seconds=seconds)
    if seconds < 3600:
        return _("{minutes} min").format(minutes=seconds // 60)
    return _("{hours} h {minutes:02} min").format(hours=seconds // 3600, minutes=seconds % 3600 // 60)


def access_words(row: PersonRow) -> Content:
    """Whether the dashboard is open to this person, and why."""
    if not has_dashboard_access(admin=row.admin, paid=row.paid):
        return plain(_("○ no dashboard access: neither admin nor paid"), MUTED)
    if row.admin and row.paid:
        return plain(_("★ dashboard access: admin, and an admin is always paid"), "bold")
    if row.admin:
        return plain(_("★ dashboard access: admin (the paid mark is missing)"), "bold")
    return plain(_("$ dashboard access: paid"), "bold")


def details(person: Person, access: PersonAccess | None, now: datetime) -> Content:
    """The whole page; without `access` what is known of it is still being read."""
    lines: list[Content] = [*_profile(person, now), *_section(_("Access"), _access(person, access, now))]
    if access is not None:
        lines += _section(_("Payments"), _payments(access, now))
        lines += _section(_("Lessons"), _lessons(access.studies, now))
    lines += _section(_("Conversation"), _conversation(person, now))
    lines += _section(_("Journal"), _journal(person.journal, now))
    return Content("\n").join(lines)


def _section(title: str, lines: Iterable[Content]) -> list[Content]:
    return [Content(""), plain(title, MUTED), *lines]


def _fact(name: str, value: str) -> Content:
    return plain(f"{name}  ", MUTED) + plain(value)


def _capped(lines: list[Content], count: int) -> list[Content]:
    """`lines`, the first of `count`, and how many more there are."""
    more = count - len(lines)
    if more <= 0:
        return lines
    return [*lines, plain(ngettext("… and {count} more", "… and {count} more", more).format(count=more), FAINT)]


def _profile(person: Person, now: datetime) -> list[Content]:
    row = person.row
    lines = [plain(one_line(row.name, 120), "bold")]
    if row.username:
        lines.append(plain(f"@{one_line(row.username, 64)}", MUTED))
    if row.blocked:
        lines.append(plain(f"{GLYPH} " + _("can't be reached by the bot"), "bold $text-error"))
    return [
        *lines,
        _fact(_("Telegram id"), str(row.telegram_id)) + plain(f"  #{row.id}", FAINT),
        _fact(_("first name"), one_line(person.first_name or "—", 120)),
        _fact(_("last name"), one_line(person.last_name or "—", 120)),
        _fact(_("known since"), stamp(row.created_at, now)),
    ]


def _access(person: Person, access: PersonAccess | None, now: datetime) -> list[Content]:
    row = person.row
    lines = [access_words(row)]
    given = next((each for each in person.journal if each.action in GIVING and not each.taken_back), None)
    if given is not None and has_dashboard_access(admin=row.admin, paid=row.paid):
        lines.append(plain(_given(given, now)))
        if given.reason and given.action == "paid.on":
            lines.append(plain("  " + _("because: {reason}").format(reason=one_line(given.reason, 300)), MUTED))
    if access is not None:
        for kind in access.drift:
            drift = _("! {drift}: f mends it ({mend})").format(
                drift=_(DRIFT_WORDS[kind]), mend=_(MEND_WORDS[MENDS[kind]])
            )
            lines.append(plain(drift, "bold $text-warning"))
        lines += [_enrolled(each) for each in access.enrollments]
        if access.unrecorded and access.enrollments:
            lines.append(plain(_("from the journal: this database has no enrollments table"), FAINT))
    signed_in = _("✓ signed in on the web") if row.authenticated else _("○ never signed in on the web")
    if person.has_session_token:
        signed_in = _("{words}, a session is open").format(words=signed_in)
    lines.append(plain(signed_in, "" if row.authenticated else MUTED))
    history = tuple(each for each in person.journal if each.action in ACCESS)
    if history:
        lines.append(plain(_("History"), MUTED))
        lines += _capped([_step(each, now) for each in history[:MOST]], len(history))
    return lines


def _given(entry: JournalEntry, now: datetime) -> str:
    """Who gave access, when, by which receipt."""
    words = _("given by {operator}, {when}").format(
        operator=one_line(entry.operator_name, 60), when=stamp(entry.at, now)
    )
    return f"{words}, {facts(entry)}" if entry.receipt else words


def _step(entry: JournalEntry, now: datetime) -> Content:
    style = FAINT if entry.taken_back else ""
    when = plain(f"  {stamp(entry.at, now)}  ", MUTED)
    return when + plain(f"{one_line(entry.operator_name, 40)}: {line(entry)}", style)


def _enrolled(each: Enrolled) -> Content:
    tier = one_line(tier_word(each.tier), 40)
    if each.expires_at is None:
        words = _("● {tier}, for life").format(tier=tier)
    elif each.current:
        words = _("● {tier}, until {date}").format(tier=tier, date=until(each.expires_at))
    else:
        words = _("○ {tier}, ended {date}").format(tier=tier, date=until(each.expires_at))
    paid = " · ".join(filter(None, (money(each.price) if each.price else "", one_line(each.receipt or "", 60))))
    return plain(words, "" if each.current else MUTED) + plain(f"  {paid}", MUTED)


def _payments(access: PersonAccess, now: datetime) -> list[Content]:
    if not access.payments:
        return [plain(_("none"), FAINT)]
    lines = []
    if access.sums:
        lines.append(plain(_("completed: {sums}").format(sums=" · ".join(map(money, access.sums))), "bold"))
    return lines + _capped([_paid(each, now) for each in access.payments[:MOST]], len(access.payments))


def _paid(each: Paid, now: datetime) -> Content:
    words = f"{price_word(each.price)}  {status_word(each.status)}"
    if each.tier:
        words += f"  {one_line(tier_word(each.tier), 20)}"
    found = plain(f"  {stamp(each.at, now)}  ", MUTED) + plain(words, STATUS_STYLES.get(each.status, ""))
    found = found + plain(f"  {one_line(each.receipt, 60)}", MUTED)
    if each.corrects:
        found = found + plain("  " + _("corrects {receipt}").format(receipt=one_line(each.corrects, 60)), MUTED)
    return found + plain("  " + _("of no enrollment"), "$text-warning") if each.orphan and not each.corrects else found


def _lessons(studies: Studies, now: datetime) -> list[Content]:
    if not studies.lessons:
        return [plain(_("none begun"), FAINT)]
    words = ngettext(
        "{done} of {count} lesson completed", "{done} of {count} lessons completed", len(studies.lessons)
    ).format(done=studies.completed, count=len(studies.lessons))
    if studies.seconds:
        words += ", " + spent(studies.seconds)
    lines = [plain(words, "bold")]
    if studies.stuck_since is not None:
        lines.append(plain(_("stuck since {when}").format(when=stamp(studies.stuck_since, now)), "$text-warning"))
    return lines + _capped([_lesson(each, now) for each in studies.lessons[:MOST]], len(studies.lessons))


def _lesson(each: Lesson, now: datetime) -> Content:
    found = plain(f"  {'✓' if each.completed else '·'} {one_line(each.slug, 60)}")
    when = each.completed_at if each.completed else each.updated_at
    words = [stamp(when, now)] if when is not None else []
    if each.seconds:
        words.append(spent(each.seconds))
    return found + plain(f"  {', '.join(words)}", MUTED)


def _conversation(person: Person, now: datetime) -> list[Content]:
    row = person.row
    if row.conversation_id is None:
        return [plain(_("none yet"), FAINT)]
    return [
        _fact(_("messages from them"), number(person.messages_count)),
        _fact(_("last message"), stamp(row.last_message_at, now)),
        score_words(row.score, band(row.score)),
        plain(_("Enter opens the conversation"), FAINT),
    ]


def _journal(entries: tuple[JournalEntry, ...], now: datetime) -> list[Content]:
    if not entries:
        return [plain(_("nothing was done from here"), FAINT)]
    found = [line for entry in entries[:MOST] for line in entry_lines(entry, now)]
    return [*found, plain(_("w opens all of it"), FAINT)]


def entry_lines(entry: JournalEntry, now: datetime) -> list[Content]:
    """One act: when, who, what, before → after, from where, why."""
    head = plain(f"{stamp(entry.at, now)}  ", MUTED) + plain(
        f"{one_line(entry.operator_name, 60)} {act(entry)}", "bold"
    )
    lines = [head]
    if known := facts(entry):
        lines.append(plain(f"  {known}"))
    lines.append(plain(f"  {values(entry.before, entry.after)} · {one_line(entry.source, 80)}", MUTED))
    if entry.reason:
        lines.append(plain(f"  {one_line(entry.reason, 500)}"))
    return lines
