"""Where sentences end, near enough for “in the same sentence” and for quoting one.

A full stop after a single letter or a short title (`N. Korea`, `Gen. Smith`) ends none.
"""

from __future__ import annotations

import re

_END = re.compile(
    r"(?<!\b\w)(?<!\b(?:Mr|Ms|Dr|Lt|St|No|vs|гг|ул|им))(?<!\b(?:Gen|Col|Maj|Sgt|Adm|Cpt|Gov|Sen|Rep|Mrs|тыс|млн|обл))"
    r"[.!?…]+[\"'”’»)\]]*(?=\s+[^\sa-zа-яіїєґß-öø-ÿ])"
    r"|[。！？]+[”」』）]*"
    r"|[؟۔।]+"
)


def sentence_ends(text: str) -> list[int]:
    """Return the offsets at which sentences end; the last is the length of the text."""
    return [*(found.end() for found in _END.finditer(text)), len(text)]
