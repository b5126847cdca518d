"""Names as they are spelled in Latin and in Cyrillic letters, for searching. Pure; all text is folded (`fold_text`)."""

from __future__ import annotations

from itertools import combinations, islice

from models.rules.text import fold_text

#: Most spellings that one search is asked under.
MOST = 8
#: No name is longer.
LONGEST = 64

_TO_LATIN: dict[str, tuple[str, ...]] = {
    "ий": ("y", "iy", "ii", "ij", "i"), "ый": ("y", "yy", "yi"), "кс": ("x", "ks"),
    "ия": ("ia", "iya", "iia", "ija"), "ья": ("ia", "ya", "ja"),
    "ье": ("ie", "ye"), "а": ("a",), "б": ("b",), "в": ("v", "w"), "г": ("g",), "д": ("d",), "е": ("e", "ye", "yo"),
    "ж": ("zh", "j"), "з": ("z",), "и": ("i",), "й": ("y", "i", "j"), "к": ("k", "c"), "л": ("l",), "м": ("m",),
    "н": ("n",), "о": ("o",), "п": ("p",), "р": ("r",), "с": ("s",), "т": ("t",), "у": ("u",), "ф": ("f", "ph"),
    "х": ("kh", "h"), "ц": ("ts", "c"), "ч": ("ch",), "ш": ("sh",), "щ": ("shch", "sch"), "ъ": ("",), "ы": ("y",),
    "ь": ("", "'"), "э": ("e",), "ю": ("yu", "iu", "ju"), "я": ("ya", "ia", "ja"),
}  # fmt: skip
_TO_CYRILLIC: dict[str, tuple[str, ...]] = {
    "shch": ("щ",), "sch": ("щ", "сч", "ш"), "zh": ("ж",), "kh": ("х",), "ts": ("ц", "тс"), "ch": ("ч",),
    "sh": ("ш",), "yu": ("ю",), "iu": ("ю", "иу"), "ju": ("ю", "джу"), "ya": ("я", "ья"), "ia": ("ия", "ья", "я"),
    "ja": ("я", "джа"), "yo": ("е",), "ye": ("е",), "iy": ("ий",), "ii": ("ий",), "ij": ("ий",), "yy": ("ый",),
    "ph": ("ф",), "ck": ("к",), "x": ("кс",), "a": ("а",), "b": ("б",), "c": ("к", "ц", "с"), "d": ("д",),
    "e": ("е", "э"), "f": ("ф",), "g": ("г",), "h": ("х",), "i": ("и", "й"), "j": ("й", "ж", "дж"), "k": ("к",),
    "l": ("л", "ль"), "m": ("м",), "n": ("н",), "o": ("о",), "p": ("п",), "q": ("к",), "r": ("р",), "s": ("с",),
    "t": ("т",), "u": ("у",), "v": ("в",), "w": ("в",), "y": ("ы", "й", "ий", "и"), "z": ("з",), "'": ("ь",),
}  # fmt: skip
#: What ends a name is spelled otherwise than inside it.
_AT_THE_END = {"y": ("ий", "ый", "й", "ы"), "ey": ("ей",), "ay": ("ай",), "i": ("и", "ий")}


def spellings(text: str) -> tuple[str, ...]:
    """`text` folded, then as it may be spelled in the other alphabet, likeliest first; at most `MOST` in all. A text
    of neither or of both alphabets stays alone."""
    folded = fold_text(text)
    latin, cyrillic = (any(low <= letter <= high for letter in folded) for low, high in (("a", "z"), ("а", "я")))
    if latin == cyrillic or len(folded) > LONGEST:
        return (folded,)
    parts = _split(folded, _TO_LATIN if cyrillic else _TO_CYRILLIC, _AT_THE_END if latin else {})
    found = dict.fromkeys(
        "".join(part[picks.get(at, 0)] for at, part in enumerate(parts)) for picks in _picks([len(p) for p in parts])
    )
    found.pop(folded, None)
    return (folded, *islice(found, MOST - 1))


def _picks(sizes: list[int]) -> list[dict[int, int]]:
    """Which spelling of which part: the likeliest of all, then those that differ in one part, then in two."""
    ones = [(at, pick) for at, size in enumerate(sizes) for pick in range(1, size)]
    one = sorted(({at: pick} for at, pick in ones), key=lambda picks: sum(picks.values()))
    two = [dict(pair) for pair in islice(combinations(ones, 2), MOST**2) if pair[0][0] != pair[1][0]]
    return [{}, *one, *sorted(two, key=lambda picks: sum(picks.values()))]


def _split(text: str, table: dict[str, tuple[str, ...]], ending: dict[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The text in pieces, longest first, each with its spellings."""
    parts: list[tuple[str, ...]] = []
    at = 0
    while at < len(text):
        for length in (4, 3, 2, 1):
            piece = text[at : at + length]
            last = at + len(piece) == len(text) or text[at + len(piece)] == " "
            known = (ending.get(piece) if last and len(text) > 2 else None) or table.get(piece)
            if known is not None:
                break
        else:
            known = (text[at],)
        parts.append(known)
        at += len(piece)
    return parts
