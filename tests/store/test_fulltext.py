"""What the full-text index gets of a text."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.store import fulltext

TEXTS = st.text(
    st.sampled_from("aé 1-、。・한국中が〇ーﾞกำิ่ကျြა\u3099\U00020000\U00010348"), max_size=12
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("북한군 ICBM發射", ["북", "한", "군", "icbm", "發", "射"]),
        ("中、国", ["中", "国"]),
        ("ที่ดิน", ["ท", "ด", "น"]),
    ],
)
def test_a_script_without_spaces_is_indexed_by_the_character(text: str, words: list[str]) -> None:
    assert indexed(fulltext.split(text)) == words


@given(TEXTS)
def test_a_character_is_a_word_between_letters_too(text: str) -> None:
    by_pattern = fulltext._between().sub(" ", text)
    assert indexed(fulltext.split(text)) == indexed(by_pattern)


def indexed(text: str) -> list[str]:
    """Return the words of a text as the index has them, in their order."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(
            "CREATE VIRTUAL TABLE texts USING fts5(text, content='',"
            ' tokenize="unicode61 remove_diacritics 2")'
        )
        db.execute("CREATE VIRTUAL TABLE words USING fts5vocab(texts, instance)")
        db.execute("INSERT INTO texts (rowid, text) VALUES (1, ?)", (text,))
        return [word for (word,) in db.execute("SELECT term FROM words ORDER BY offset")]
