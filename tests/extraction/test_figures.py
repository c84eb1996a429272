"""Figures of news texts: how many of what, and who says so."""

from __future__ import annotations

import tomllib
from pathlib import Path

import guarded
import pytest
from conftest import DATA
from hypothesis import given
from hypothesis import strategies as st
from measured import less_than

from monitor import extraction
from monitor.extraction.figures import figures
from monitor.extraction.lexicon import languages
from monitor.model import Figure
from monitor.model.figure import UNITS

SENTENCES = DATA / "figures.txt"
ReportedFigure = tuple[float, str, str, str]


def told(text: str, lang: str = "en") -> list[ReportedFigure]:
    return [(f.value, f.unit, f.approx, f.said_by) for f in figures("", text, lang)]


def expected(written: str) -> set[ReportedFigure]:
    """Read `8000 troops most (Blinken); 2 killed`."""
    found = set()
    for part in filter(None, map(str.strip, written.split(";"))):
        amount, _, by = part.partition(" (")
        value, unit, approx, *_ = (*amount.split(), "")
        found.add((float(value), unit, approx, by.removesuffix(")")))
    return found


def sentences() -> list[tuple[str, str, set[ReportedFigure]]]:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    parts = [line.split("|") for line in lines if line and not line.startswith("#")]
    return [(lang.strip(), text.strip(), expected(told)) for lang, text, told in parts]


def test_there_are_sentences_in_all_languages() -> None:
    assert {lang for lang, _, _ in sentences()} == set(languages())
    assert len(sentences()) >= 150


def test_figures_of_our_sentences_are_found_with_who_says_so() -> None:
    right = found = meant = attributed = 0
    for lang, text, figures_meant in sentences():
        got = set(told(text, lang))
        values = {each[:2] for each in got} & {each[:2] for each in figures_meant}
        right, found, meant = right + len(values), found + len(got), meant + len(figures_meant)
        attributed += len(got & figures_meant)
    assert right / found > 0.97
    assert right / meant > 0.97
    assert attributed / right > 0.95


@pytest.mark.parametrize(
    ("text", "lang", "value"),
    [
        ("8,000 troops", "en", 8000),
        ("8.000 Soldaten", "de", 8000),
        ("8\u202f000 soldats", "fr", 8000),
        ("8 000 soldats", "fr", 8000),
        ("8 тыс. солдат", "ru", 8000),
        ("2,5 тисячі солдатів", "uk", 2500),
        ("병력 1만1000명", "ko", 11_000),
        ("병력 1만 2천여 명", "ko", 12_000),
        ("兵士8千人", "ja", 8000),
        ("二十五名士兵", "zh", 25),
        ("10k troops", "en", 10_000),
        ("two thousand troops", "en", 2000),
        ("twenty-five soldiers", "en", 25),
        ("10 آلاف جندي", "ar", 10_000),
        ("1.5 million refugees", "en", 1_500_000),
    ],
)
def test_numbers_are_read_as_a_language_writes_them(text: str, lang: str, value: float) -> None:
    assert [each[0] for each in told(text, lang)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "In 2024 troops crossed the border",
        "On 15 October troops crossed the border",
        "at 7:30 troops crossed the border",
        "a 26-year-old soldier",
        "Hwasong-19 missiles",
        "S-300 missiles and Su-35 jets",
        "152mm shells",
        "dozens of soldiers, hundreds of civilians, thousands of troops",
        "a rate of 3 per 100,000 people",
        "winds of 144 kilometers per hour",
        "a five-foot rocket",
        "since 2022-23 soldiers",
        "31.10.2024 troops",
        "three in ten Americans",
        "S$13 million",
        "the 1976 plane",
    ],
)
def test_what_is_no_figure_is_none(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Shahed 136 drones strike a depot", "en"),
        ("Geran 2 drones hit the harbour", "en"),
        ("Kh 101 missiles hit Dnipro", "en"),
        ("S 300 missiles and S–400 missiles", "en"),
        ("F 16 jets arrive", "en"),
        ("Iskander 9K720 missiles", "en"),
        ("Patriot PAC 3 missiles", "en"),
        ("Leopard 2 tanks roll in", "en"),
        ("Brigade 47 soldiers hold on", "en"),
        ("Х–101 ракеты ударили", "ru"),
        ("С 300 ракеты ударили", "ru"),
    ],
)
def test_a_number_after_the_name_of_a_weapon_is_its_name(text: str, lang: str) -> None:
    assert told(text, lang) == []


def test_weapons_are_counted_before_their_name() -> None:
    assert told("20 Shahed 136 drones") == [(20, "drones", "", "")]
    assert told("Patriot batteries met 20 missiles") == [(20, "missiles", "", "")]


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE 2-Drones hit refinery",
        "RPT-UPDATE 1-Soldiers killed",
        "WRAPUP 3: Missiles hit harbour",
        "see https://news.example/wiki/%D0%9A%D1%83 and %D0%A5%D1%80",
        "Call +7 495 123 45 67 people",
    ],
)
def test_numbers_of_updates_addresses_and_telephones_count_nothing(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("24 hostages were freed", "hostages freed"),
        ("240 hostages are held", "hostages"),
        ("5 prisoners released", "prisoners freed"),
        ("Ukraine shot down 20 drones", "drones shot down"),
        ("31 tanks delivered", "tanks delivered"),
        ("136 drones were launched, 20 more were shot down", ""),
    ],
)
def test_a_figure_is_labelled_with_its_noun_and_its_act(text: str, label: str) -> None:
    assert figures("", text, "en")[0].label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Ukrainian forces have taken two North Korean soldiers prisoner", ""),
        ("Rebels took 14 peacekeepers captive", ""),
        ("Gunmen took 30 people hostage at a hotel", "hostages"),
    ],
)
def test_who_is_taken_prisoner_is_counted_as_captured(text: str, label: str) -> None:
    assert [(figure.unit, figure.label) for figure in figures("", text, "en")] == [
        ("captured", label)
    ]


def test_of_a_range_the_upper_end_counts() -> None:
    assert told("8,000-10,000 troops") == [(10_000, "troops", "most", "")]
    assert told("8 to 10 thousand troops") == [(10_000, "troops", "most", "")]


def test_miles_are_told_in_kilometres() -> None:
    assert told("about 100 miles away") == [(160.93, "km", "about", "")]


def test_a_flight_has_minutes_but_a_phone_call_has_none() -> None:
    assert told("The missile flew for 86 minutes.") == [(86, "minutes", "", "")]
    assert told("They spoke for 90 minutes about missiles.") == []


def test_a_pronoun_names_nobody() -> None:
    assert told("He said 8,000 troops had left.") == [(8000, "troops", "", "")]


def test_only_who_speaks_in_the_same_sentence_counts() -> None:
    text = "Blinken said nothing new. Some 8,000 troops are there."
    assert told(text) == [(8000, "troops", "about", "")]


@pytest.mark.parametrize("title", ["Zelensky: 8,000 troops", "8,000 troops in Kursk – Zelensky"])
def test_a_headline_names_who_says_so_before_a_colon_or_behind_a_dash(title: str) -> None:
    (figure,) = figures(title, "", "en")
    assert (figure.said_by, figure.field) == ("Zelensky", "title")


def test_a_speaker_ends_with_the_headline_that_a_text_begins_with() -> None:
    title = "Russia lost 800 soldiers, says Volodymyr Zelenskiy"
    text = f"{title} Daniil Melnyk reports from Kyiv"
    assert {figure.said_by for figure in figures(title, text, "en")} == {"Volodymyr Zelenskiy"}


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("800 soldiers fell, says Volodymyr Zelenskiy\nDaniil Melnyk, Kyiv", "Volodymyr Zelenskiy"),
        (
            "800 soldiers fell, says Volodymyr Zelenskiy Daniil Melnyk for Zelenskiy is in Kyiv",
            "Volodymyr Zelenskiy",
        ),
        ("800 soldiers fell, says Andrés Manuel López Obrador", "Andrés Manuel López Obrador"),
        (
            "800 soldiers fell, says Royal United Services Institute",
            "Royal United Services Institute",
        ),
    ],
)
def test_a_speaker_is_one_name(text: str, speaker: str) -> None:
    assert [said_by for *_, said_by in told(text)] == [speaker]


def test_a_figure_says_where_it_stands() -> None:
    text = "Блинкен: в Курске около 8 тыс. солдат КНДР."
    (figure,) = figures("", text, "ru")
    assert text[figure.start : figure.end] == "8 тыс. солдат"


def test_a_figure_told_twice_is_there_once() -> None:
    assert len(figures("8,000 troops in Kursk", "8,000 troops are in Kursk.", "en")) == 1


def test_another_language_still_has_percents_and_dollars() -> None:
    assert told("8 % og $5", "da") == [(8, "percent", "", ""), (5, "usd", "", "")]


@given(st.text(max_size=200), st.sampled_from([*languages(), "", "da"]))
def test_any_text_can_be_read(text: str, lang: str) -> None:
    for figure in figures(text, text, lang):
        assert figure.unit in UNITS
        assert 0 <= figure.start < figure.end <= len(text)


NUMBERS = st.sampled_from(
    [
        "8,000",
        "1만",
        " 2천",
        "명",
        " troops",
        "-",
        ".",
        " тыс",
        "said ",
        "Kim ",
        "로",
        "는 ",
        "人",
        "二",
    ]
)


@given(st.lists(NUMBERS, max_size=40).map("".join), st.sampled_from(languages()))
def test_any_row_of_numbers_and_words_can_be_read(text: str, lang: str) -> None:
    assert all(isinstance(figure, Figure) for figure in figures(text, text, lang))


@pytest.mark.parametrize("lang", ["en", "ru", "ko", "zh", "tr"])
@pytest.mark.parametrize(
    "row", ["1 ", "1,", "천 ", "만1", "Kim ", "가 ", "12 killed ", "said Kim ", "12:"]
)
def test_a_long_row_of_anything_takes_no_long_time(lang: str, row: str) -> None:
    figures("8 %", "8 %", lang)
    with less_than(1):
        figures("", row * 10_000, lang)


def test_no_file_is_opened_after_the_preparation() -> None:
    opened, found = guarded.read_figures(
        [
            ("8,000 troops", "Blinken said 8,000 troops.", "en"),
            ("병력 1만명", "국정원은 병력 1만명이라고 밝혔다.", "ko"),
        ]
    )
    assert opened == []
    assert all(found)


def test_the_words_of_all_languages_lead_to_a_known_unit() -> None:
    data = tomllib.loads((Path(extraction.__file__).parent / "figures.toml").read_text("utf-8"))
    named = {
        unit
        for language in data.values()
        for kind in ("units", "was", "before")
        for unit in language.get("words", {}).get(kind, {})
    }
    assert named - {"miles"} <= set(UNITS)
