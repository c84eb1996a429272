"""Who speaks in a text."""

from __future__ import annotations

import pytest

from monitor.extraction.speakers import without_speakers


@pytest.mark.parametrize(
    ("text", "lang", "left"),
    [
        ("A drone hit a depot, the governor said.", "en", "drone hit a depot"),
        ("According to the governor, a drone hit a depot.", "en", "a drone hit a depot"),
        ("Der Gouverneur sagte, eine Drohne habe ein Lager getroffen.", "de", "Lager"),
    ],
)
def test_who_speaks_is_left_out_of_a_text(text: str, lang: str, left: str) -> None:
    told = without_speakers(text, lang)
    assert left in told
    assert not {"governor", "Gouverneur"} & {*told.replace(".", " ").split()}


def test_a_governor_who_is_arrested_stays_in_the_text() -> None:
    text = "Investigators detained the former governor on charges of fraud."
    assert without_speakers(text, "en").strip() == text
