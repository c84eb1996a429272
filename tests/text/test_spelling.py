from __future__ import annotations

from monitor.text.spelling import did_you_mean


def test_the_most_similar_name_is_proposed() -> None:
    assert did_you_mean("krsk", ["icbm", "kursk", "kurils"]) == "; did you mean `kursk`?"


def test_a_name_is_shown_as_the_message_writes_names() -> None:
    assert did_you_mean("krsk", ["kursk"], written="@{}") == "; did you mean @kursk?"


def test_without_a_similar_name_the_hint_is_another() -> None:
    assert did_you_mean("x", ["kursk"], otherwise="there are: kursk") == "; there are: kursk"
    assert did_you_mean("x", ["kursk"]) == ""


def test_the_least_similarity_is_a_share_of_the_characters() -> None:
    assert did_you_mean("ab", ["abcd"], least=0.6) == "; did you mean `abcd`?"
    assert did_you_mean("ab", ["abcd"], least=0.7) == ""
