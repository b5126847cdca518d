"""The characters that need no second look."""

# Letters, digits, punctuation and symbols that need no second look; everything else takes the slow path.
PLAIN = (
    "\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0377\u037a-\u0482\u048a-\u052f\u0531-\u058f\u10a0-\u10ff\u1e00-\u1fff"
    "\u2000-\u200a\u2010-\u2027\u202f-\u205f\u2070-\u20c0\u2100-\u2426\u2440-\u27ff\u2801-\u2bff\u2e80-\u3029"
    "\u3030-\u3098\u309b-\u3163\u3165-\u9fff\uac00-\ud7a3\uff01-\uff9f\uffa1-\uffee\ufffd\U0001f000-\U0001faff"
    "\U00020000-\U0002fffd"
)
