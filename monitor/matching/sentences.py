"""Ends of sentences, near enough for the operator SENTENCE and for quoting a sentence.

No sentence ends at the full stop after a single letter, a title or a month (`N. Korea`,
`Gen. Smith`, `Jan. 5`), or in a German date (`15. Oktober`). Brackets after a full stop belong to
the sentence before them: there stands the credit of a picture.
"""

from __future__ import annotations

import re

_MONTHS = "Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez"
_SMALL = "".join(filter(str.islower, map(chr, range(0x530))))  # Latin, Greek, Cyrillic
# In a row of marks, all are matched at once (*+) from the first mark: rows may be long. A class of
# characters is searched fast, so the pattern begins with it and looks back from there.
_END = re.compile(
    r"[.!?…(（。！？؟۔।](?:"
    r"(?<=[.!?…])(?<!\b\w.)(?<!\b(?:Mr|Ms|Dr|Lt|St|No|vs|Mt|ca|гг|ул|им).)"
    r"(?<!\b(?:Gen|Col|Maj|Sgt|Adm|Cpt|Gov|Sen|Rep|Mrs|Jan|Feb|Aug|Oct|Nov|Dec|тыс|млн|обл).)"
    r"(?<!\b(?:Sept|Prof).)(?<![.!?…].)"
    rf"(?!(?<=\d\.)\s(?:{_MONTHS}))"
    rf"[.!?…]*+[\"'”’»)\]]*+(?=\s+[^\s(（{_SMALL}])"
    rf"|(?<=[.!?…]\s[(（])[^()（）]{{1,200}}+[)）](?=\s+[^\s{_SMALL}])"
    r"|(?<=[。！？])[。！？]*[”」』）]*"
    r"|(?<=[؟۔।])[؟۔।]*)"
)


def sentence_ends(text: str) -> list[int]:
    """Return the offsets at which sentences end; the last offset is the length of the text."""
    return [*(found.end() for found in _END.finditer(text)), len(text)]
