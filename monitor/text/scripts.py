"""The characters of Chinese, Japanese and Korean, as insides of regular expressions' classes.

These scripts put no spaces between words (Chinese, Japanese) or glue particles to them (Korean), so
the program treats each of their characters as a word: in terms, in the full-text index, in
shingles. The ranges hold letters, radicals and iteration marks, but no punctuation: 、 and ・
separate words.

Source: the blocks of the Unicode Standard (https://www.unicode.org/charts/), in the order of their
code points.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
KANA = "\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
BOPOMOFO = "\u3100-\u312f\u31a0-\u31bf"
HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
CJK = f"{HAN}{KANA}{BOPOMOFO}{HANGUL}"
# Letters of Thai, Lao, Khmer and Burmese, which put spaces between phrases only. Their vowel signs
# and tone marks belong to the letter before.
SOUTH_EAST_ASIAN = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"
    "\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec0-\u0ec6\u0edc-\u0edf"
    "\u1780-\u17b3\u17d7\u17dc"
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081"
    "\u108e\ua9e0-\ua9e4\ua9e6-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa76\uaa7a\uaa7e\uaa7f"
)
# Those vowel signs and tone marks.
SOUTH_EAST_ASIAN_MARKS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074"
    "\u1082-\u108d\u108f\u109a-\u109d\u17b4-\u17d3\u17dd"
)


def at_first_use(pattern: str) -> Callable[[], re.Pattern[str]]:
    """Return a function that returns the regular expression, compiled once.

    A class with all Chinese characters takes milliseconds, and many starts need none.
    """
    return cache(partial(re.compile, pattern))
