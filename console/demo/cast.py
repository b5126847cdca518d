"""Who is in the demo and what they wrote: made up in memory, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.demo.dialogues import ENGLISH, ENGLISH_NAMES, HOSTILE, RUSSIAN, RUSSIAN_NAMES, Language
from models.rules.bands import BOUNDS, Band
from models.rules.text import for_storage

#: People with a conversation, and people who only signed in.
TALKERS, SILENT = 96, 7
#: Messages of the longest thread.
LONGEST = 400
YOUNGEST, OLDEST = timedelta(seconds=6), timedelta(days=190)
_LATIN = str.maketrans("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "abvgdeejziyklmnoprstufhccssiyieua")


@dataclass(slots=True)
class Line:
    """One message."""

    at: datetime
    incoming: bool
    body: str
    read: bool = True


@dataclass(slots=True)
class Character:
    """One person and their thread; `blocked`: they blocked the bot."""

    first_name: str | None
    last_name: str | None
    username: str | None
    telegram_id: int
    created_at: datetime
    authenticated: bool = True
    session_token: str | None = None
    admin: bool = False
    paid: bool = False
    real_name: str | None = None
    background: str | None = None
    query: str | None = None
    score: int | None = None
    processing: bool = False
    blocked: bool = False
    lines: list[Line] = field(default_factory=list)

    @property
    def unread(self) -> int:
        return sum(not line.read for line in self.lines)


def make_cast(now: datetime, seed: int) -> list[Character]:
    """All characters, in the order in which they first came; every line is before `now`."""
    chance = random.Random(seed)
    # A few in the last minutes, a dozen today, a tail of months: what an inbox looks like in the morning.
    ages = [YOUNGEST + OLDEST * (step / (TALKERS - 1)) ** 3 for step in range(TALKERS)]
    # The hostile ones are spread over the whole list, one of them right at the top.
    hostile = dict(zip(range(3, TALKERS, TALKERS // len(HOSTILE)), HOSTILE, strict=False))
    cast = []
    for step, age in enumerate(ages):
        language = RUSSIAN if chance.random() < 0.68 else ENGLISH
        character = _named(chance, language, now)
        if step == 14:
            _study(chance, language, character, now - age)
        elif step in hostile:
            _disturb(chance, hostile[step], language, character, now - age)
        else:
            _converse(chance, language, character, now - age, _MOODS[step % len(_MOODS)])
        cast.append(character)
    cast += [_named(chance, RUSSIAN, now) for _ in range(SILENT)]
    _roles(chance, cast, now)
    return sorted(cast, key=lambda character: character.created_at)


#: Bands in turn; None is a person the AI has not scored, 0 the score an empty answer leaves.
_MOODS: tuple[Band | int | None, ...] = (
    Band.READY, Band.INTERESTED, None, Band.EVALUATING, Band.EXPLORING,
    Band.INTERESTED, 0, Band.EVALUATING, Band.EXPLORING,
)  # fmt: skip


def _named(chance: random.Random, language: Language, now: datetime) -> Character:
    women, men, womens_last, mens_last = RUSSIAN_NAMES if language is RUSSIAN else ENGLISH_NAMES
    first, last = (women, womens_last) if chance.random() < 0.55 else (men, mens_last)
    first_name, last_name = chance.choice(first), chance.choice(last)
    handle = f"{first_name}_{last_name}{chance.randrange(100):02}".lower().translate(_LATIN)
    return Character(
        first_name,
        last_name if chance.random() < 0.75 else None,
        "".join(filter(lambda letter: letter.isalnum() or letter == "_", handle)) if chance.random() < 0.7 else None,
        chance.randrange(10**8, 7 * 10**9),
        now - timedelta(days=chance.uniform(1, 60)),
        authenticated=chance.random() < 0.8,
    )


def _converse(
    chance: random.Random, language: Language, character: Character, end: datetime, mood: Band | int | None
) -> None:
    """An ordinary dialogue that ends, more often than not, with the person waiting."""
    lead = chance.choice(language.leads)
    talk: list[tuple[bool, str]] = []
    if character.authenticated:
        talk.append((False, language.greeting.format(name=character.first_name)))
    talk += [(True, lead.opener), (False, chance.choice(language.welcomes))]
    for question, answer in chance.sample(language.questions, chance.randint(0, 6)):
        talk += [(True, question), (False, answer)]
        if chance.random() < 0.25:
            talk.append((True, chance.choice(language.thanks)))
    if mood is None:
        del talk[-1]  # the AI has not come round to them
    else:
        low, high = (0, 0) if isinstance(mood, int) else BOUNDS[mood]
        band = Band.EXPLORING if isinstance(mood, int) else mood
        character.score = chance.randint(low, high)
        character.background, character.query = lead.background, lead.query
        character.real_name = " ".join(filter(None, (character.first_name, character.last_name)))
        talk.append((True, chance.choice(language.closers[band])))
        if chance.random() < 0.45:
            talk.append((False, language.farewells[band]))
    _time(chance, character, talk, end)
    _leave_unread(chance, character)


def _study(chance: random.Random, language: Language, character: Character, end: datetime) -> None:
    """A student's long thread with a mentor."""
    lead = chance.choice(language.leads)
    talk = [(False, language.greeting.format(name=character.first_name)), (True, lead.opener)]
    while len(talk) < LONGEST - 1:
        question, answer = chance.choice(language.homework + language.questions)
        talk += [(True, question), (False, answer)]
    character.authenticated, character.paid, character.score = True, True, 97
    character.background, character.query = lead.background, lead.query
    _time(chance, character, [*talk[: LONGEST - 1], (True, language.homework[-1][0])], end)
    character.lines[-1].read = False


def _disturb(
    chance: random.Random,
    hostile: tuple[str | None, str | None, tuple[str, ...]],
    language: Language,
    character: Character,
    end: datetime,
) -> None:
    """Somebody whose name and words break a careless terminal."""
    character.first_name, character.last_name, bodies = hostile
    character.authenticated = False
    character.score = chance.choice((None, 4, 38, 71))
    talk = [(True, bodies[0]), (False, chance.choice(language.welcomes)), *((True, body) for body in bodies[1:])]
    _time(chance, character, talk, end)
    _leave_unread(chance, character)


def _time(chance: random.Random, character: Character, talk: list[tuple[bool, str]], end: datetime) -> None:
    """Dates the lines backwards from `end`; the person appeared a moment before the first."""
    at = end
    for incoming, body in reversed(talk):
        character.lines.append(Line(at, incoming, for_storage(body)))
        pause = chance.uniform(3, 40) if not incoming else chance.uniform(30, 1500)
        at -= timedelta(seconds=pause) + (
            timedelta(hours=chance.uniform(8, 40)) if chance.random() < 0.06 else timedelta()
        )
    character.lines.reverse()
    character.created_at = character.lines[0].at - timedelta(seconds=chance.uniform(0.2, 2))


def _leave_unread(chance: random.Random, character: Character) -> None:
    """What nobody has opened yet: the newest few incoming lines, mostly where the person is waiting."""
    waiting = character.lines[-1].incoming
    if chance.random() < (0.6 if waiting else 0.15):
        incoming = [line for line in character.lines if line.incoming]
        for line in incoming[-chance.randint(1, 3) :]:
            line.read = False


def _roles(chance: random.Random, cast: list[Character], now: datetime) -> None:
    """Two admins, some who paid, one who blocked the bot, the newest still with the AI, one where the AI got stuck."""
    taken: set[int] = set()
    for character in cast:
        while character.telegram_id in taken:
            character.telegram_id += 1
        taken.add(character.telegram_id)
        if character.authenticated and chance.random() < 0.3:
            character.session_token = f"{chance.getrandbits(128):032x}"
        character.paid = character.paid or (character.score or 0) >= 90 and chance.random() < 0.5
    staff = cast[-2:]
    for admin, (first, last, username) in zip(
        staff, (("Вера", "Админова", "vera_desk"), ("Alex", "Deskman", "alex_desk")), strict=True
    ):
        admin.first_name, admin.last_name, admin.username = first, last, username
        admin.admin = admin.paid = admin.authenticated = True
        admin.created_at = now - timedelta(days=240)
    ordinary = [one for one in cast if one.lines and one.score is not None and one.real_name]
    blocked = next(one for one in ordinary if now - one.lines[-1].at > timedelta(days=1))
    blocked.blocked = True
    cast[0].processing = cast[0].lines[-1].incoming
    stuck = next(one for one in cast if one.lines and now - one.lines[-1].at > timedelta(minutes=20))
    stuck.processing = True
