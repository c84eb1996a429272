"""The encoding of a document that declares none, from its bytes. Pure.

charset-normalizer tells scripts apart well: it decodes the bytes in each encoding, and measures how
much the result looks like text. What it confuses, the encodings of languages with Latin letters, is
told apart by the language.
"""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from monitor.text.language import language

# What news was written in before UTF-8. More candidates would only add wrong guesses.
_CANDIDATES = [
    "cp1251", "koi8_r", "koi8_u", "cp1252", "cp1250", "cp1256", "cp932", "euc_jp", "cp949",
    "gb18030", "big5", "cp1253", "cp1254", "cp1255", "cp874",
]  # fmt: skip
_LATIN = {"cp1250", "cp1252", "cp1254", None}
_CENTRAL = {"pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq"}
_SAMPLE = 100_000  # bytes
_MOST_SOUND = 4  # characters to a broken one, itself among them
_TEXTS = re.compile(r"(?<=>)[\x00-;=?-\x7f]*+[^<>\x00-\x7f][^<>]*")  # with letters beyond ASCII
_CONTROLS = re.compile(rb"[\x80-\x9f]")  # no letters in ISO 8859, letters and quotes in Windows


def is_damaged(body: bytes, codec: str) -> bool:
    """Whether most of the characters beyond ASCII are in an encoding, and only some are not."""
    text = body[:_SAMPLE].decode(codec, "replace")
    broken = text.count("\ufffd")
    return sum(not each.isascii() for each in text) > _MOST_SOUND * broken


def guessed_codec(body: bytes) -> str | None:
    """Return the codec that a document's bytes seem to be in, None if they show none."""
    sample = body[:_SAMPLE]
    if len(body) > _SAMPLE:
        sample = sample.rpartition(b"<")[0]  # not within a character
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    codec = best.encoding if best else None
    return _of_latin(sample) if codec in _LATIN else codec


def _of_latin(sample: bytes) -> str | None:
    """Return the codec of a text in Latin letters: its language decides."""
    texts = _TEXTS.findall(sample.decode("cp1250", "replace"))
    lang = language("", " ".join(" ".join(texts).split()), "")
    if lang in _CENTRAL:
        return "cp1250" if _CONTROLS.search(sample) else "iso8859_2"
    return {"tr": "cp1254", "": None}.get(lang, "cp1252")
