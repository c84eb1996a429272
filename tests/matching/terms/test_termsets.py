"""Term sets: how their terms are read, what they include, and what of them a topic finds."""

from __future__ import annotations

import re
import runpy
from functools import cache
from pathlib import Path

import pytest
from amounts import many
from fakes import article
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import less_than

from monitor.errors import ConfigError
from monitor.matching.compile import compiled, pack
from monitor.matching.language.expression import SetRef, Term
from monitor.matching.language.tokens import mistake
from monitor.matching.matcher import Matcher
from monitor.matching.terms import termsets
from monitor.matching.terms.listed import misread
from monitor.matching.terms.termsets import METONYMS, TermSet, library, read_term, terms_of
from monitor.model import Topic

ROOT = Path(__file__).parents[3]
examples = settings(derandomize=True, max_examples=many(200), deadline=None)


def a_set(name: str, *terms: str, lang: str = "en", sets: tuple[str, ...] = ()) -> TermSet:
    return TermSet(name, tuple((lang, term) for term in terms), sets)


def finds(sets: list[TermSet], text: str, *, lang: str = "en", asked: str = "") -> bool:
    """Whether a topic that asks for the first set finds it in an article of a language."""
    topic = Topic("t", "T", match=f"@{asked or sets[0].name}")
    matcher = Matcher(pack([topic], {each.name: each for each in sets}))
    [found] = matcher.match([article(text, lang=lang)])
    return bool(found)


# ── terms as lists have them ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("soldier", Term("soldier")),
        ("special force", Term("special force")),
        (" soldier ", Term("soldier")),
        ('"troops"', Term("troops", exact=True)),
        ("=Sentinel", Term("Sentinel", exact=True, cased=True)),
        ('="Storm Shadow"', Term("Storm Shadow", exact=True, cased=True)),
        ("raketen*", Term("raketen", begins=True)),
        ('"special op*"', Term("special op", exact=True, begins=True)),
        ("-South Sudan", Term("South Sudan", cancels=True)),
        ("!war", Term("war", lang="en")),
        ('!"once"', Term("once", exact=True, lang="en")),
        ("!=Polish", Term("Polish", exact=True, cased=True, lang="en")),
        ("!war*", Term("war", begins=True, lang="en")),
        ("people's army", Term("people's army")),
        ('say "no"', Term('say "no"')),
    ],
)
def test_marks_say_how_a_term_of_a_list_is_to_be_found(written: str, term: Term) -> None:
    assert read_term(written, "en") == term


@examples
@given(st.text(max_size=12) | st.text('ab!="* ', max_size=8))
def test_any_text_of_a_list_is_a_term_or_a_mistake(written: str) -> None:
    term = read_term(written, "en")
    assert mistake(term.text) or any(character.isalnum() for character in term.text)


# ── what is found of them ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("soldier", "Two soldiers", True),
        ("soldier", "TWO SOLDIERS", True),
        ("special force", "Special forces land", True),
        ('"soldier"', "A Soldier", True),
        ('"soldier"', "Two soldiers", False),
        ("=Sentinel", "the Sentinel missile", True),
        ("=Sentinel", "a sentinel event", False),
        ("=Sentinel", "SENTINEL", False),
        ("missil*", "Missilery", True),
        ("missil*", "two missiles", True),
        ("missil*", "antimissile", False),
        ('"rocket art*"', "the rocket artillery", True),
        ('"rocket art*"', "rockets, artillery", False),
        ("ICBM", "two ICBMs", True),
        ("ICBM", "icbm", False),
        ("KPA", "the kpa", False),
        ('"SARMAT"', "sarmat", True),
    ],
)
def test_a_term_of_a_set_is_found_as_its_mark_says(term: str, text: str, *, found: bool) -> None:
    assert finds([a_set("own_set", term)], text) is found


def test_a_term_is_inflected_by_the_rules_of_its_language() -> None:
    assert finds([a_set("own_set", "солдат", lang="ru")], "Десять солдатов и солдаты", lang="ru")
    assert finds([a_set("own_set", "Курская область", lang="ru")], "в Курской области", lang="ru")
    assert not finds([a_set("own_set", '"Курск"', lang="ru")], "из Курска", lang="ru")


@pytest.mark.parametrize(
    ("lang", "found"), [("en", True), ("", True), ("de", False), ("fr", False)]
)
def test_a_locked_term_counts_in_articles_of_its_language_only(lang: str, *, found: bool) -> None:
    assert finds([a_set("own_set", "!gift")], "Das Gift", lang=lang) is found


@pytest.mark.parametrize(
    ("written_in", "term", "lang", "text", "found"),
    [
        ("pl", "kino", "pl", "w kinach", True),
        ("pl", "kino", "", "w kinach", True),  # the language of the article is unknown
        ("pl", "kino", "sv", "Kina och kina", False),
        ("en", "seize", "fr", "seize communes", False),
        ("en", "gift", "de", "Das Gift", False),
        ("de", "Gift", "en", "a gift", False),  # German nouns have a capital, and are no names
        ("de", "Hwasong-18", "en", "Hwasong-18", True),
        ("pl", "Kursk", "ro", "la Kursk", True),
        ("pl", "Kursk", "ro", "la Kurska", False),  # a declined name stays at home
        ("it", "Fordo", "da", "fordi", False),
        ("hr", "Kini", "id", "kini", False),  # Croatian lists declined names
        ("fr", "OTAN", "es", "la OTAN", True),
        ("pl", "=kino", "sv", "kino", False),
        ("pl", "kin*", "sv", "kinamat", False),
        ("da", "øvelse", "no", "En øvelse", True),  # a headline does not tell these two apart
        ("zh", "演習", "ja", "軍事演習", True),
        ("", "gift", "de", "Das Gift", True),  # the list says no language
    ],
)
def test_a_word_belongs_to_its_language_and_a_name_to_all(
    written_in: str, term: str, lang: str, text: str, *, found: bool
) -> None:
    assert finds([a_set("own_set", term, lang=written_in)], text, lang=lang) is found


def test_a_form_of_two_languages_counts_in_both() -> None:
    both = TermSet("own_set", (("en", "missile"), ("fr", "missile")))
    assert finds([both], "le missile", lang="fr")
    assert finds([both], "the missile", lang="en")
    assert not finds([both], "missile", lang="it")


def test_a_lock_leaves_the_other_terms_of_its_set_alone() -> None:
    both = TermSet("own_set", (("en", "!gift"), ("de", "Gabe")))
    assert finds([both], "Das Gift, die Gabe", lang="de")
    assert not finds([both], "Das Gift", lang="de")


def test_many_words_of_another_language_do_not_hide_a_term() -> None:
    both = TermSet("own_set", (("en", "!gift"), ("de", "Gabe")))
    assert finds([both], "Das " + "Gift " * 30 + "und die Gabe", lang="de")


@pytest.mark.parametrize(
    ("text", "found"),
    [("Sudan", True), ("South Sudan", False), ("SOUTH SUDAN", False), ("South, Sudan", True),
     ("Sudan and South Sudan", True), ("South Sudan's army", False), ("the South", False)],
)  # fmt: skip
def test_a_term_is_not_meant_within_a_longer_name_that_its_set_excludes(
    text: str, *, found: bool
) -> None:
    sets = [a_set("one", sets=("two",)), a_set("two", "Sudan", "-South Sudan")]
    assert finds(sets, text) is found
    assert finds(sets, text, asked="two") is found


def test_many_longer_names_are_left_out_quickly() -> None:
    sets = [a_set("one", "Sudan", "-South Sudan")]
    with less_than(10):  # quadratic, it took minutes
        assert not finds(sets, "South Sudan " * 20_000, asked="one")
        assert finds(sets, "South Sudan " * 20_000 + "Sudan", asked="one")


# ── sets in sets ──────────────────────────────────────────────────────────────────────────────


def test_a_set_finds_the_terms_of_the_sets_that_it_includes() -> None:
    sets = [a_set("one", "alphaword", sets=("two",)), a_set("two", "betaword", sets=("three",)),
            a_set("three", "gammaword")]  # fmt: skip
    assert finds(sets, "the gammawords")
    assert finds(sets, "the gammaword", asked="two")
    assert not finds(sets, "the alphaword", asked="two")


def test_sets_that_include_each_other_are_no_trap() -> None:
    sets = {
        "one": a_set("one", "a1", sets=("two", "one")),
        "two": a_set("two", "b1", sets=("one",)),
    }
    assert [term.text for _, term in terms_of("one", sets)] == ["a1", "b1"]


def test_a_term_that_two_sets_have_is_listed_once() -> None:
    sets = {"one": a_set("one", "a1", "a1", sets=("two",)), "two": a_set("two", "a1")}
    assert terms_of("one", sets) == (("en", Term("a1")),)


def test_a_set_that_is_not_there_has_no_terms() -> None:
    assert terms_of("nowhere", {}) == ()


def test_an_included_set_is_found_under_the_name_that_was_asked_for() -> None:
    sets = {"one": a_set("one", sets=("two",)), "two": a_set("two", "betaword")}
    matcher = Matcher(pack([Topic("t", "T", match="@one")], sets))
    [[match]] = matcher.match([article("A betaword")])
    assert [(each.term, each.start, each.end) for each in match.evidence] == [("@one", 2, 10)]


def test_a_change_of_a_set_is_a_new_version_of_the_topics_that_use_it() -> None:
    def digests(*terms: str) -> list[str]:
        topics = [Topic("t", "T", match="@own_set AND x1"), Topic("u", "U", match="x1")]
        return [
            each.digest for each in compiled(topics, {"own_set": a_set("own_set", *terms)}).topics
        ]

    before, after = digests("a1"), digests("a1", "b1")
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True]


def test_a_list_may_hold_sets_and_terms() -> None:
    topic = Topic("t", "T", any=("@own_set", "otherword"), none=("@guards",))
    sets = {"own_set": a_set("own_set", "a1"), "guards": a_set("guards", "g1")}
    program = compiled([topic], sets)
    assert str(program.topics[0].node) == "(@own_set OR otherword) AND NOT @guards"
    assert SetRef("own_set") in program.leaves
    found = Matcher(pack([topic], sets)).match(
        [article("a1"), article("otherwords"), article("a1 g1")]
    )
    assert [[match.is_hit for match in each] for each in found] == [[True], [True], [False]]


# ── the sets that come with the program ───────────────────────────────────────────────────────


@cache
def matcher_of(name: str) -> Matcher:
    """A matcher of a topic that asks for a shipped set alone."""
    return Matcher(pack([Topic("t", "T", match=f"@{name}")]))


def test_every_set_that_comes_with_the_program_can_be_named_in_a_topic() -> None:
    assert library()
    for name in library():
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", name)


def test_every_set_that_comes_with_the_program_includes_only_what_is_there() -> None:
    missing = {(name, inner) for name, each in library().items() for inner in each.sets} - {
        (name, inner) for name in library() for inner in library()
    }
    assert not missing


def test_every_term_that_comes_with_the_program_can_be_found() -> None:
    wrong = {
        (name, term) for name, each in library().items() for _, term in each.terms if misread(term)
    }
    assert not wrong


@pytest.mark.slow
@pytest.mark.unmeasured
def test_terms_that_come_with_the_program_are_found_as_they_are_written() -> None:
    sets = {name: each for name, each in library().items() if each.terms}
    matcher = Matcher(pack([Topic(name, "T", match=f"@{name}") for name in sets]))
    terms = [
        (name, lang, term.text)
        for name, each in sets.items()
        for lang, written in each.terms
        if not (term := read_term(written, lang)).cancels
    ]
    terms = terms[::10]  # each tenth: all of them take two minutes under coverage
    found = matcher.match([article(text, lang=lang) for _, lang, text in terms])
    missed = [
        term
        for term, matches in zip(terms, found, strict=True)
        if term[0] not in {match.topic for match in matches if match.is_hit}
    ]
    assert not missed


def test_a_country_is_all_its_parts_but_its_capital_and_its_leader() -> None:
    country = {term for _, term in terms_of("north_korea", library())}
    name = {term for _, term in terms_of("north_korea.name", library())}
    capital = {term for _, term in terms_of("north_korea.capital", library())}
    assert name
    assert name <= country
    assert capital
    assert not capital & country
    assert {"capital", "leader"} == METONYMS


@pytest.mark.parametrize(
    ("name", "text", "lang", "found"),
    [
        ("missile_launch", "Apple launches new phone", "en", False),
        ("missile_launch", "China launches drills around Taiwan", "en", False),
        ("missile_launch", "Tests show no virus", "en", False),
        ("missile_launch", "Pyongyang test-fires a new weapon", "en", True),
        ("missile_launch", "Missile launch off Wonsan", "en", True),
        ("missile_launch", "Партия запускает программу", "ru", False),
        ("missile_launch", "Пуск ракеты над морем", "ru", True),
        ("missile_launch.word", "Two missiles launched", "en", True),
        ("exercise", "Doctors recommend exercise", "en", False),
        ("exercise", "Navies end annual exercise", "en", True),
        ("exercise.word", "Navies end an exercise", "en", True),
        ("advance", "The People's Liberation Army sails", "en", False),
        ("advance", "The liberation of the town", "en", True),
        ("advance", "El Ejército Popular de Liberación", "es", False),
        ("advance", "جبهة التحرير", "ar", False),
        ("tourism", "Penjaga pantai menembak", "id", False),
    ],
)
def test_a_word_that_is_said_of_much_else_is_no_act_by_itself(
    name: str, text: str, lang: str, *, found: bool
) -> None:
    [hits] = matcher_of(name).match([article(text, lang=lang)])
    assert bool(hits) is found


@pytest.mark.parametrize("text", ["[troops]\nen = [", "[troops]\n[troops]", "troops = 1", "\udcff"])
def test_a_file_of_term_sets_that_cannot_be_read_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "forces.toml"
    broken.write_bytes(text.encode(errors="surrogateescape"))
    monkeypatch.setattr(termsets, "_files", lambda: iter([broken]))
    with pytest.raises(ConfigError, match=r"forces\.toml"):
        library.__wrapped__()


def test_the_page_of_the_languages_is_that_of_the_sets(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "scripts" / "term_set_table.py"), run_name="__main__")
    written = (ROOT / "docs" / "term-sets.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out == written, "run scripts/term_set_table.py > docs/term-sets.md"
