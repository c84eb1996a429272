"""Topics proposed from an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spacy
from fakes import article, topic

from monitor.errors import InputError
from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher
from monitor.matching.suggest.names import load_model
from monitor.matching.suggest.propose import Proposal, suggested
from monitor.matching.suggest.roles import GUARDS
from monitor.matching.terms.termsets import TermSet, library
from monitor.model import Topic

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.model import Article

# ── with the term sets that come with the program ─────────────────────────────────────────────

KURSK = article(
    "Seoul: 3,000 North Korean soldiers reach Kursk",
    "North Korea has moved another 3,000 soldiers to the Kursk region, South Korea's spies say. "
    "The North Korean troops wear Russian uniforms. On the same day Pyongyang fired an "
    "intercontinental ballistic missile (ICBM) towards the east.",
)
RED_SEA = article(
    "Houthi drones hit a freighter in the Red Sea",
    "The Houthis attacked a freighter in the southern Red Sea with drones and two missiles, a "
    "British agency said. The Houthis attacked the ship again after nightfall.",
)
FASHER = article(
    "RSF shells a camp in El Fasher",
    "The Rapid Support Forces shelled a camp in El Fasher on Friday. RSF fighters then attacked "
    "the airport, where Sudanese soldiers held out. El Fasher has been under siege for a year.",
)
KOREAN = article(
    "북한군 쿠르스크 배치",
    "북한이 러시아에 병력을 파병했으며 북한 병사들이 쿠르스크로 이동했다. "
    "북한은 대륙간탄도미사일을 발사했다.",
    lang="ko",
)
RUSSIAN = article(
    "Хуситы атаковали танкер в Красном море",
    "Йеменские хуситы атаковали танкер в Красном море беспилотниками. Хуситы выпустили две ракеты.",
    lang="ru",
)
SPANISH = article(
    "Venezuela envía soldados a la frontera por el Esequibo",
    "El ejército de Venezuela tiene seis mil soldados cerca del Esequibo.",
    lang="es",
)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        (KURSK, ["@north_korea NEAR/6", "@troops", "@kursk", "@icbm OR @icbm_types"]),
        pytest.param(
            RED_SEA, ["@houthis NEAR/8", "@drone", "@red_sea", "@attack"], marks=pytest.mark.slow
        ),
        pytest.param(
            FASHER, ["@rsf NEAR/6 @fighters", "@rsf NEAR/8", "@el_fasher"], marks=pytest.mark.slow
        ),
        (KOREAN, ["@north_korea NEAR/6", "@troops", "@kursk", "@icbm OR @icbm_types"]),
        pytest.param(
            RUSSIAN, ["@houthis NEAR/8 @attack", "@red_sea", "@drone"], marks=pytest.mark.slow
        ),
        pytest.param(
            SPANISH, ["@venezuela NEAR/6", "@troops", "@essequibo"], marks=pytest.mark.slow
        ),
    ],
    ids=["kursk", "red-sea", "el-fasher", "korean", "russian", "spanish"],
)
def test_who_where_and_by_what_is_proposed(told: Article, asked: list[str]) -> None:
    proposals = suggested(told).proposals

    expressions = " ; ".join(each.match for each in proposals)
    assert [part for part in asked if part not in expressions] == []
    assert len(proposals) <= 6
    assert all(each.title.isascii() for each in proposals)


# ── with a few sets of our own: the rules one by one ──────────────────────────────────────────


def termset(name: str, field: str, *english: str, sets: tuple[str, ...] = ()) -> TermSet:
    return TermSet(name, tuple(("en", term) for term in english), sets, field=field)


SETS = {
    each.name: each
    for each in [
        termset("ruritania", "countries", "Ruritania", "Ruritanian"),
        termset("ruritania.capital", "metonyms", "Strelsau"),
        termset("graustark", "countries", "Graustark"),
        termset("troops", "forces", "soldier"),
        termset("officers", "forces", "general"),
        termset("military", "forces", "military"),
        termset("red_guard", "forces", "Red Guard", "Ruritanian Guard"),
        termset("zenda", "places", "Zenda"),
        termset("missile", "weapons", "missile", "rocket", sets=("icbm",)),
        termset("icbm", "weapons", "ICBM"),
        termset("icbm_types", "weapons", "Mammoth"),
        termset("attack", "actions", "attack"),
        termset("sanctions", "politics", "sanction"),
        termset("flood", "weather", "flood"),
    ]
}


@pytest.fixture
def _few_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("suggest.propose", "terms.termsets"):
        monkeypatch.setattr(f"monitor.matching.{module}.library", lambda: SETS)


few_sets = pytest.mark.usefixtures("_few_sets")


def proposed(title: str, text: str = "", **kept: object) -> list[Proposal]:
    return list(suggested(article(title, text), **kept).proposals)  # type: ignore[arg-type] # as named


def expressions(title: str, text: str = "", **kept: object) -> list[str]:
    return [each.match for each in proposed(title, text, **kept)]


@few_sets
def test_nothing_is_proposed_where_no_set_finds_anything() -> None:
    assert expressions("The weather stays fine", "Sun in the south.") == []


@few_sets
def test_what_a_topic_finds_belongs_to_the_nearest_actor() -> None:
    found = expressions("Ruritanian soldiers attack Graustark")

    assert "@ruritania NEAR/6 @troops" in found
    assert not [each for each in found if "@graustark" in each and "@troops" in each]


@few_sets
def test_a_comma_parts_an_actor_from_what_is_said_before_it() -> None:
    assert expressions("A soldier died in the fire, Ruritania said", "") == []


@few_sets
def test_kinds_of_forces_of_one_actor_are_one_topic() -> None:
    text = "Ruritanian soldiers fought. Ruritanian soldiers and a Ruritanian general fell."

    assert expressions("News", text) == ["@ruritania NEAR/6 (@troops OR @officers)"]


@few_sets
def test_a_word_that_describes_other_things_is_no_force() -> None:
    assert expressions("Ruritanian military aid") == []


@few_sets
def test_a_capital_acts_but_has_no_soldiers() -> None:
    found = expressions("Strelsau soldiers march", "Strelsau imposes sanctions on Zenda.")

    assert "@ruritania.capital NEAR/8 @sanctions" in found
    assert not [each for each in found if "@troops" in each]


@few_sets
def test_a_force_by_name_acts_itself() -> None:
    [each] = proposed("Red Guard attacks a village")

    assert (each.match, each.title) == ("@red_guard NEAR/8 @attack", "Red Guard: attack")


@few_sets
def test_a_force_called_by_its_country_is_one_of_its_forces() -> None:
    [each] = proposed("Ruritanian Guard and soldiers march")

    assert each.match == "@ruritania NEAR/6 (@red_guard OR @troops)"
    assert each.title == "Ruritania troops"


@few_sets
def test_a_rare_weapon_is_a_topic_and_a_common_one_only_with_its_owner() -> None:
    assert expressions("An ICBM and a rocket") == ["@icbm OR @icbm_types"]
    assert expressions("A Ruritanian rocket") == ["@ruritania NEAR/8 @missile"]


@few_sets
def test_titles_and_ids_are_english_and_new() -> None:
    first, second = proposed("ICBM flies over Zenda", topics=[topic("icbm"), topic("icbm-2")])

    assert {(first.id, first.title), (second.id, second.title)} == {
        ("icbm-3", "ICBM"),
        ("zenda", "Zenda"),
    }


@few_sets
def test_topics_that_find_the_same_words_already_are_named() -> None:
    live = [topic("icbm"), topic("other", "Zenda")]
    found = suggested(article("ICBM flies over Ruritania"), topics=live)

    assert found.hits == ("icbm",)
    assert [each.same for each in found.proposals] == [("icbm",)]


@few_sets
def test_a_passing_mention_is_not_proposed() -> None:
    far = "and so on " * 80
    assert expressions("News", f"{far} Zenda.") == []


@few_sets
def test_what_is_repeated_comes_first() -> None:
    text = "Graustark attacks. Zenda waits. Zenda is quiet. Zenda sleeps."

    assert expressions("News", text) == ["@zenda", "@graustark NEAR/8 @attack"]


@few_sets
def test_figures_of_soldiers_are_told() -> None:
    [each] = proposed("Ruritania sends 8,000 Ruritanian soldiers")

    assert each.figures == ("8,000 Ruritanian soldiers",)


@few_sets
def test_people_who_are_counted_like_soldiers_are_a_force() -> None:
    [each] = proposed("Ruritania sends 300 military advisers abroad")

    assert (each.match, each.title) == ('@ruritania NEAR/6 "advisers"', "Ruritania advisers")


@few_sets
def test_an_abbreviation_stands_with_its_long_form() -> None:
    [each] = proposed("News", "The Zendan Relief Army (ZRA) marched off. Later the ZRA rested.")

    assert (each.match, each.title) == ('"Zendan Relief Army" OR ZRA', "Zendan Relief Army")


@few_sets
def test_a_name_that_recurs_is_proposed_and_a_weekday_is_not() -> None:
    text = "On Friday the Hentzau rose. Since Friday the river Hentzau has been falling."

    assert expressions("News", text) == ['"Hentzau"']


@few_sets
def test_a_full_name_is_covered_by_its_last_word() -> None:
    text = "A count, who is Rupert Hentzau, left. We saw how Hentzau went."

    assert expressions("News", text) == ['"Hentzau"']


@few_sets
def test_names_are_not_looked_for_where_every_noun_has_a_capital() -> None:
    told = article("Nachrichten", "Wo die Brücke und das Haus und die Brücke stehen.", lang="de")

    assert suggested(told).proposals == ()


@few_sets
def test_sets_of_the_user_are_topics_as_well() -> None:
    own = {"rivers": TermSet("rivers", (("", "Hentzau"),))}

    assert expressions("Hentzau floods Zenda", own=own) == ["@zenda", "@rivers"]


@few_sets
def test_a_set_of_an_unknown_field_needs_an_actor() -> None:
    assert expressions("A flood in the south") == []
    assert expressions("A flood hits Ruritania") == ["@ruritania NEAR/8 @flood"]


@few_sets
def test_every_proposal_hits_its_example_and_no_two_are_alike() -> None:
    text = (
        "Ruritanian soldiers attack Zenda with rockets. Graustark soldiers attack. "
        "Graustark threatens sanctions against Ruritania. An ICBM flew over Zenda."
    )
    found = proposed("Ruritania attacks Zenda", text)
    topics = [Topic(each.id, each.title, match=each.match) for each in found]
    matcher = Matcher(pack(topics))

    assert 3 <= len(found) <= 6
    assert len({each.match for each in found}) == len({each.id for each in found}) == len(found)
    for each in found:
        [matches] = matcher.match([article(each.example)])
        assert each.id in {match.topic for match in matches if match.is_hit}


# ── models ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A tiny model in a folder: it knows one river and one quantity."""
    made = spacy.blank("en")
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined] # of the ruler
        [
            {"label": "LOC", "pattern": "the Hentzau"},
            {"label": "QUANTITY", "pattern": "ten miles"},
            {"label": "GPE", "pattern": "Zenda"},
        ]
    )
    made.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


@few_sets
def test_a_model_adds_names_that_no_set_has(model: str) -> None:
    title = "Zenda floods for ten miles along the Hentzau"

    assert expressions(title) == ["@zenda"]
    assert expressions(title, model=load_model(model)) == ["@zenda", '"Hentzau"']


@few_sets
def test_a_model_is_not_asked_about_another_language(model: str) -> None:
    found = suggested(article("the Hentzau", lang="fr"), model=load_model(model))

    assert found.proposals == ()
    assert found.note == "the model reads en, this text is in fr: names by rules only"


def test_a_model_that_is_not_installed_is_named_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"`en_none` .*not installed: `python -m spacy download"):
        load_model("en_none")


def test_a_folder_that_holds_no_model_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not installed"):
        load_model(str(tmp_path))


def test_a_model_that_does_not_fit_is_named_with_what_to_do(model: str, tmp_path: Path) -> None:
    settings = tmp_path / "model" / "config.cfg"
    settings.write_text(settings.read_text().replace('"entity_ruler"', '"oracle"'))

    with pytest.raises(InputError, match="does not fit this spaCy"):
        load_model(model)


def test_every_shipped_set_that_is_a_guard_is_known_as_one() -> None:
    called_so = {name for name, each in library().items() if ": a guard" in each.about}
    assert called_so
    assert called_so <= GUARDS
