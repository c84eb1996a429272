"""Topics against articles: hits, near misses, and the words that decided."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from amounts import many
from fakes import article, topic
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.compile import compiled, pack
from monitor.matching.language.tokens import mistake, tokens
from monitor.matching.matcher import matcher_for
from monitor.model import Article, Match, Topic

examples = settings(derandomize=True, max_examples=many(100), deadline=None)


def matches(asked: Topic, title: str, text: str = "") -> tuple[Match, ...]:
    (found,) = matcher_for(pack([asked])).match([article(title, text)])
    return found


def topic_digest(asked: Topic) -> str:
    return compiled([asked]).topics[0].digest


def holds(text: str, *terms: str) -> bool:
    """Whether a text holds any of the terms."""
    return bool(matches(topic("t", *terms), text))


def found_words(match: Match, where: Article) -> list[str]:
    fields = {"title": where.title, "text": where.text}
    return [fields[each.field][each.start : each.end] for each in match.evidence]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Kursk", "Troops in Kursk today"),
        ("Kursk", "KURSK: troops"),
        ("kursk", "Kursk"),
        ("Kursk", "“Kursk”"),
        ("Kursk", "Kursk's governor"),
        ("Kursk", "Kursk’s governor"),
        ("Kursk's", "Kursk’s governor"),
        ("Kursk", "the Kursk-based unit"),
        ("Kursk", "Belgorod/Kursk"),
        ("Kursk", "#Kursk"),
        ("Kursk", "(Kursk)"),
        ("ICBM", "an ICBM launch"),
        ("ICBM", "ICBM-class missile"),
        ("ICBM", "two ICBMs"),
        ("SARMAT", "the Sarmat missile"),
        ("UN", "UN-backed troops"),
        ("UN", "the UN’s council"),
        ("Hwasong-19", "the Hwasong-19 missile"),
        ("Hwasong-19", "the Hwasong 19 missile"),
        ("Hwasong-19", "the Hwasong\u201119 missile"),
        ("Hwasong-19", "the Hwasong\u201019 missile"),
        ("Hwasong-19", "the hwasong-19"),
        ("Hwasong 19", "the Hwasong-19"),
        ("F-16", "two F-16s and an F-16"),
        ("F-16", "an F 16"),
        ("North Korean troops", "North Korean troops"),
        ("North Korean troops", "north-korean TROOPS"),
        ("North Korean troops", "North   Korean\ntroops"),
        ("special force", "Special forces"),
        ('"special force"', "a Special Force"),
        ("=Sentinel", "the Sentinel missile"),
        ("missil*", "the missilery"),
        ("N. Korean troops", "N.Korean troops"),
        ("escalation", "an escalation"),
        ("de-escalation", "a De-escalation"),
        ("de-escalation", "a de\u2011escalation"),
        ("북한군", "북한군이 러시아에"),
        ("북한군", "“북한군”은"),
        ("북한 병사", "북한 병사들"),
        ("北朝鮮軍", "昨日北朝鮮軍がロシアに"),
        ("クルスク", "ロシア西部クルスク州"),
        ("朝鲜士兵", "约一万名朝鲜士兵抵达俄罗斯"),
        ("火星17", "新型火星17の発射"),
        ("ICBM", "북한이 ICBM을 발사"),
        ("Курск", "Ку\u0301рск под ударом"),
        ("Курск", "КУРСК"),
        ("Курск", "из Курска"),
        ('"Курск"', "«КУРСК»"),
        ("Курская область", "в Курской области"),
        ("ещё ракета", "еще ракета"),
        ("еще ракета", "Ещё ракета"),
        ("об'єкт", "об’єкт"),
        ("об’єкт", "об'єкт"),
        ("об'єкт", "обʼєкт"),
        ("обʼєкт", "об’єкт"),
        ("misil balístico", "un MISIL BALÍSTICO"),
        ("كورسك", "في كورسك اليوم"),
        ("1943", "in 1943."),
    ],
)
def test_a_term_is_found(term: str, text: str) -> None:
    assert holds(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Kursk", "Kurskaya"),
        ("Kursk", "preKursk"),
        ("ICBM", "icbm"),
        ("ICBM", "Icbm"),
        ('"SARMAT"', "Sarmats"),
        ('"soldier"', "two soldiers"),
        ("=Sentinel", "a sentinel event"),
        ("missil*", "antimissile"),
        ("UN", "un homme"),
        ("UN", "UNESCO"),
        ("escalation", "de-escalation"),
        ("escalation", "De-Escalation of the war"),
        ("escalation", "a de\u2011escalation"),
        ("nuclear", "a non-nuclear missile"),
        ("de-escalation", "escalation"),
        ("Hwasong-19", "Hwasong-1"),
        ("Hwasong-19", "Hwasong-190"),
        ("Hwasong-19", "Hwasong, 19 dead"),
        ("F-16", "F-160"),
        ("F-16", "F, 16 of them"),
        ("North Korean troops", "North Korean, troops"),
        ("North Korean troops", "North Korean. Troops"),
        ("North Korean troops", "North Korean: troops"),
        ("North Korean troops", "North Korean – troops"),
        ("North Korean troops", "North Korean elite troops"),
        ("North Korean troops", "Korean North troops"),
        ("북한 병사", "북한, 병사"),
        ("북한군", "북한"),
        ("미국", "한미 국방"),
        ("北朝鮮軍", "北朝鮮の軍"),
        ('"Курск"', "Курска"),
        ("1943", "19430"),
    ],
)
def test_a_term_is_not_found(term: str, text: str) -> None:
    assert not holds(text, term)


def test_a_term_is_found_in_the_text_as_in_the_title() -> None:
    assert matches(topic("t", "Kursk"), "A title", "A text about Kursk.")


def test_a_phrase_does_not_reach_from_the_title_into_the_text() -> None:
    assert not matches(topic("t", "North Korean troops"), "North Korean", "troops")


ALL = topic("t", "ICBM", "missile", all=(("Russia", "Moscow"), ("launch", "test")), none=("drill",))


@pytest.mark.parametrize(
    ("title", "hit"),
    [
        ("ICBM launch in Russia", True),
        ("Moscow: missile test", True),
        ("Russia and Moscow test an ICBM, a missile, a launch", True),
        ("Russia will launch", False),
        ("ICBM in Russia", False),
        ("ICBM launch", False),
        ("ICBM launch in Russia was a drill", False),
        ("Weather", False),
    ],
)
def test_a_hit_needs_one_of_any_one_of_each_group_and_none_of_none(
    title: str, *, hit: bool
) -> None:
    assert any(match.is_hit for match in matches(ALL, title)) is hit


def test_a_topic_without_any_asks_only_for_its_groups() -> None:
    asked = Topic("t", "T", all=(("Russia",), ("troops",)))
    assert matches(asked, "Russia sends troops")[0].is_hit
    assert not matches(asked, "Russia sends gas")


def test_a_word_that_only_cancels_is_no_match() -> None:
    assert not matches(ALL, "A drill")


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("ICBM launch in Russia was a drill", "cancelled by “drill”"),
        ("ICBM launch", "lacks Russia OR Moscow"),
        ("Russia: launch", "lacks ICBM OR missile"),
    ],
)
def test_a_near_miss_says_what_was_in_the_way(title: str, reason: str) -> None:
    (match,) = matches(ALL, title)
    assert (match.is_hit, match.reason) == (False, reason)


def test_a_near_miss_names_every_word_that_cancelled() -> None:
    (match,) = matches(topic("t", "Kursk", none=("submarine", "1943")), "Kursk submarine, 1943")
    assert match.reason == "cancelled by “submarine”; cancelled by “1943”"


@pytest.mark.parametrize(
    "title",
    ["ICBM", "Russia", "ICBM launch was a drill"],
    ids=["lacks two of three", "lacks two of three", "lacks one and is cancelled"],
)
def test_what_lacks_more_is_no_near_miss(title: str) -> None:
    assert matches(ALL, title) == ()


def test_lacking_one_of_only_two_parts_is_no_near_miss() -> None:
    assert matches(topic("t", "ICBM", all=(("Russia",),)), "ICBM") == ()


def test_evidence_selects_exactly_the_found_words() -> None:
    text = "Ку\u0301рск 🚀: N. Korean troops; Hwasong\u201119, 북한군이 drill."
    where = article("Kursk’s ICBM", text)
    terms = ("Kursk", "ICBM", "Курск", "N. Korean troops", "Hwasong-19", "북한군")
    ((match,),) = matcher_for(pack([topic("t", *terms, none=("drill",))])).match([where])
    assert found_words(match, where) == [
        "Kursk",
        "ICBM",
        "Ку\u0301рск",
        "N. Korean troops",
        "Hwasong\u201119",
        "북한군",
        "drill",
    ]
    assert [each.term for each in match.evidence] == [*terms, "drill"]
    assert [each.field for each in match.evidence] == ["title"] * 2 + ["text"] * 5


def test_every_place_of_a_term_is_evidence() -> None:
    (match,) = matches(topic("t", "Kursk"), "Kursk, Kursk", "Kursk")
    assert [(e.field, e.start) for e in match.evidence] == [
        ("title", 0),
        ("title", 7),
        ("text", 0),
    ]


def test_evidence_is_only_of_the_topics_own_terms() -> None:
    (found,) = matcher_for(pack([topic("a", "Kursk"), topic("b", "ICBM")])).match(
        [article("Kursk ICBM")]
    )
    assert [[each.term for each in match.evidence] for match in found] == [["Kursk"], ["ICBM"]]


def test_overlapping_terms_are_all_found() -> None:
    terms = ("North Korean troops", "Korean troops", "troops")
    (match,) = matches(topic("t", *terms), "North Korean troops")
    assert tuple(each.term for each in match.evidence) == terms


def test_two_spellings_of_one_term_each_serve_their_topic() -> None:
    asked = [topic("a", "Hwasong-19"), topic("b", "hwasong 19")]
    (found,) = matcher_for(pack(asked)).match([article("Hwasong-19")])
    assert [match.topic for match in found] == ["a", "b"]


def test_matches_come_in_the_order_of_topics_and_articles() -> None:
    matcher = matcher_for(pack([topic("b", "two"), topic("a", "one")]))
    found = matcher.match([article("one two"), article("none"), article("one")])
    assert [[match.topic for match in each] for each in found] == [["b", "a"], [], ["a"]]


def test_a_match_names_the_version_of_its_topic() -> None:
    asked = topic("t", "Kursk")
    assert matches(asked, "Kursk")[0].digest == topic_digest(asked)


@pytest.mark.parametrize(
    "settings_",
    [{"any": ("x", "y")}, {"any": ("X",)}, {"all": (("y",),)}, {"none": ("y",)}, {"any": ()}],
)
def test_a_topics_version_changes_with_its_terms(settings_: dict[str, tuple[str, ...]]) -> None:
    usual: dict[str, tuple[str, ...]] = {"any": ("x",)}
    other = Topic("t", "T", **(usual | settings_))  # type: ignore[arg-type] # lists of terms
    assert topic_digest(other) != topic_digest(topic("t", "x"))


@pytest.mark.parametrize("settings_", [{"anchor": "y"}, {"threshold": 0.6}])
def test_a_topics_version_changes_with_what_else_decides(settings_: dict[str, str | float]) -> None:
    other = Topic("t", "T", any=("x",), **settings_)  # type: ignore[arg-type] # of either type
    assert topic_digest(other) != topic_digest(topic("t", "x"))


def test_moving_a_term_between_groups_changes_the_version() -> None:
    apart = topic("t", "x", all=(("a",), ("b",)))
    assert topic_digest(apart) != topic_digest(topic("t", "x", all=(("a", "b"),)))


def test_a_topics_version_is_the_same_under_another_name_and_other_channels() -> None:
    other = Topic("u", "Another title", any=("x",), max_age=1.0, channels=("ops",))
    assert topic_digest(other) == topic_digest(topic("t", "x"))


def test_a_matcher_out_of_packed_topics_matches_as_they_do() -> None:
    packed = matcher_for(pack([ALL, topic("k", "Kursk")]))
    articles = [article("ICBM launch in Russia"), article("Kursk"), article("ICBM launch")]
    assert packed.match(articles) == matcher_for(pack([ALL, topic("k", "Kursk")])).match(articles)


def test_equal_topics_pack_alike_and_are_compiled_once() -> None:
    first, again = pack([topic("t", "unusual")]), pack([topic("t", "unusual")])
    assert first == again
    assert matcher_for(first) is matcher_for(again)
    assert pack([topic("t", "other")]) != first


def test_without_topics_nothing_matches() -> None:
    assert matcher_for(pack([])).match([article("ICBM")]) == [()]


def test_an_empty_article_matches_nothing() -> None:
    assert matches(topic("t"), "", "") == ()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_words_that_are_read() -> None:
    matcher = matcher_for(pack([topic("t", "Kursk")]))
    tracemalloc.start()
    sizes = []
    for batch in range(3):
        matcher.match(article(f"Kursk word{batch}x{n}", f"y{batch}y{n}") for n in range(300))
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[2] - sizes[1] < 20_000  # the words alone take 100,000


def test_evidence_outlives_the_batch_that_it_was_found_in() -> None:
    matcher = matcher_for(pack([topic("t", "Kursk")]))
    (first,) = matcher.match([article("Kursk now")])
    matcher.match([article(f"word{n}") for n in range(1_000)])
    assert first == matches(topic("t", "Kursk"), "Kursk now")[:1]


def test_many_topics_and_many_finds_are_matched_in_one_pass() -> None:
    asked = [topic(f"t{n}", f"term{n}", "Kursk") for n in range(200)]
    (found,) = matcher_for(pack(asked)).match(
        [article("Kursk", " ".join(f"term{n}" for n in range(200)))]
    )
    assert len(found) == 200
    assert [len(match.evidence) for match in found] == [2] * 200


@pytest.mark.parametrize("term", ["", " ", "-", "…", "!?", "\u0301"])
def test_a_term_without_a_letter_or_a_digit_is_a_mistake(term: str) -> None:
    assert mistake(term) == "a term needs a letter or a digit"


@pytest.mark.parametrize("term", ["a", "1943", "K-141", "북", "N. Korean", "ё"])
def test_a_term_with_a_letter_or_a_digit_is_none(term: str) -> None:
    assert mistake(term) is None


TEXT = st.text(st.characters() | st.sampled_from("-‑'’ʼ.,  ёЁ\u0301북한군北aeD"))


@examples
@given(TEXT)
def test_words_stand_in_the_text_in_order_and_apart(text: str) -> None:
    words, spans = tokens(text)
    edges = [edge for span in spans for edge in span]
    assert len(words) == len(spans)
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(words)


@examples
@given(TEXT)
def test_no_letter_or_digit_falls_between_the_words(text: str) -> None:
    inside = {at for start, end in tokens(text)[1] for at in range(start, end)}
    assert not [c for at, c in enumerate(text) if at not in inside and c.isalnum() and c != "ʼ"]


@examples
@given(
    term=st.sampled_from(["Kursk", "ICBM", "Hwasong-19", "북한군", "N. Korean", "北朝鮮の兵士"]),
    before=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_a_term_between_spaces_is_found_whatever_surrounds_it(
    term: str, before: str, after: str
) -> None:
    where = article(f"{before} {term} {after}")
    ((match,),) = matcher_for(pack([topic("t", term)])).match([where])
    assert term in found_words(match, where)
