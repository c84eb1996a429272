"""Why an article hits a topic, or does not: the expression as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from amounts import many
from fakes import article
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.compile import compiled, pack
from monitor.matching.matcher import Matcher
from monitor.matching.terms.termsets import TermSet
from monitor.model import Article, Topic

if TYPE_CHECKING:
    from monitor.matching.explain import Branch, Explanation

examples = settings(derandomize=True, max_examples=many(100), deadline=None)
SETS = {"army": TermSet("army", (("en", "soldier"), ("en", "infantry")))}


def explained(
    expression: str, where: Article, *, anchor: str = "", threshold: float = 0.5
) -> Explanation:
    topic = Topic("t", "T", match=expression, anchor=anchor, threshold=threshold)
    [explanation] = Matcher(pack([topic], SETS)).explain(where, ["t"])
    return explanation


def drawn(branch: Branch, indent: str = "") -> list[str]:
    """The tree in lines: + or -, the part, what was found, the note."""
    found = f": {', '.join(branch.found)}" if branch.found else ""
    note = f" ({branch.note})" if branch.note else ""
    lines = [f"{indent}{'+' if branch.score else '-'} {branch.text}{found}{note}"]
    return lines + [line for part in branch.parts for line in drawn(part, f"{indent}  ")]


def test_a_hit_shows_what_is_true_and_by_which_words() -> None:
    explanation = explained("(@army OR b1) NEAR/3 c1", article("Soldiers in c1", "An infantry"))
    assert (explanation.outcome, explanation.score, explanation.reason) == ("hit", 1.0, "")
    assert drawn(explanation.tree) == [
        "+ NEAR/3",
        "  + OR",
        "    + @army: Soldiers (title), infantry (text)",
        "    - b1",
        "  + c1: c1 (title)",
    ]


def test_a_near_miss_shows_what_failed_where_the_words_are_there() -> None:
    where = article("a1 x x x b1 c1")
    explanation = explained("a1 NEAR/2 b1 AND NOT c1 AND lang:(en OR ru)", where)
    reason = "“a1” and “b1” stand 3 words apart (NEAR/2)"
    assert explanation.outcome == "near-miss"
    assert explanation.reason == f"{reason}; cancelled by “c1”"
    assert drawn(explanation.tree) == [
        "- AND",
        f"  - NEAR/2 ({reason})",
        "    + a1: a1 (title)",
        "    + b1: b1 (title)",
        "  - NOT (cancelled by “c1”)",
        "    + c1: c1 (title)",
        "  + lang:(en OR ru)",
    ]


def test_what_is_no_match_says_what_is_false() -> None:
    explanation = explained("a1 AND b1 AND title:c1", article("x", "a1"))
    assert (explanation.outcome, explanation.score) == ("no-match", 0.0)
    assert drawn(explanation.tree) == [
        "- AND",
        "  + a1: a1 (text)",
        "  - b1",
        "  - title:",
        "    - c1",
    ]
    assert "b1" in explanation.reason


@pytest.mark.parametrize(
    ("expression", "title", "reason"),
    [
        ("a1", "x", "false: a1"),
        ("a1 AND b1", "a1", "false: b1"),
        ("a1 NEAR/2 b1", "x", "false: a1; b1"),
        ("a1 OR b1", "x", "none of the alternatives is there"),
        ("a1 AND (b1 OR c1)", "a1", "false: b1 OR c1"),
    ],
)
def test_the_reason_of_no_match_names_what_is_not_there(
    expression: str, title: str, reason: str
) -> None:
    assert explained(expression, article(title)).reason == reason


def test_what_is_far_below_the_threshold_says_so() -> None:
    explanation = explained("a1", article("x", "word " * 600 + "a1"), threshold=0.9)
    assert (explanation.outcome, explanation.score) == ("no-match", 0.3)
    assert explanation.reason == "score 0.30, the topic asks 0.9"


def test_an_anchor_alone_is_a_near_miss() -> None:
    explanation = explained("a1 AND b1", article("z1"), anchor="z1")
    assert (explanation.outcome, explanation.reason) == ("near-miss", "only the anchor z1")


def test_topics_are_explained_in_the_order_asked_for() -> None:
    topics = [Topic(name, name.upper(), match=f"{name}1") for name in ("a", "b", "c")]
    found = Matcher(pack(topics)).explain(article("a1"), ["c", "a"])
    assert [(each.topic, each.outcome) for each in found] == [("c", "no-match"), ("a", "hit")]


def test_an_explanation_names_the_version_of_its_topic() -> None:
    topics = [Topic("t", "T", match="a1")]
    [explanation] = Matcher(pack(topics)).explain(article("a1"), ["t"])
    assert explanation.digest == compiled(topics).topics[0].digest


@examples
@given(
    expression=st.sampled_from(
        [
            "a1 AND b1",
            "a1 OR b1 AND c1",
            "a1 NEAR/1 b1",
            "a1 NOT NEAR/1 b1",
            "title:a1 AND NOT c1",
            "a1 SENTENCE b1 AND lang:ru",
            "(a1 OR NOT b1) AND c1 AND @army",
            "a1 AND NOT lang:en",
        ]
    ),
    title=st.lists(st.sampled_from(["a1", "b1", "c1", "x", "soldier"])).map(" ".join),
    text=st.lists(st.sampled_from(["a1", "b1", "c1", "x", "x."])).map(" ".join),
)
def test_an_explanation_agrees_with_the_match(expression: str, title: str, text: str) -> None:
    where = article(title, text)
    matcher = Matcher(pack([Topic("t", "T", match=expression, anchor="a1")], SETS))
    [matches] = matcher.match([where])
    [explanation] = matcher.explain(where, ["t"])
    if matches:
        [match] = matches
        outcome = "hit" if match.is_hit else "near-miss"
        assert explanation.outcome == outcome
        assert (explanation.reason, explanation.score) == (match.reason, match.score)
        assert bool(explanation.tree.score) or not match.is_hit
    else:
        assert explanation.outcome == "no-match"
        assert explanation.reason
