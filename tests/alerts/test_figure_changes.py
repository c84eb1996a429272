"""Whether a figure is news to a story."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.alerts.figure_changes import Change, changed, is_same, joined
from monitor.model import Approx, Figure


def figure(value: float, approx: Approx = "", by: str = "", unit: str = "troops") -> Figure:
    return Figure(value, unit, approx, by, "text", 0, 1)


def news(new: Figure, *before: Figure) -> Change | None:
    return changed(before, new)


def test_the_first_of_its_unit_is_news() -> None:
    told = figure(2, unit="missiles")
    assert news(figure(8000, by="Blinken"), told) == Change("first", "troops: 8,000 (Blinken)")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (figure(8000, "about"), figure(8000)),
        (figure(8000, "about"), figure(8500)),
        (figure(8000, "least"), figure(8400)),
        (figure(10_000, "most"), figure(8500)),
        (figure(8000), figure(7950)),
        (figure(121_000), figure(120_000)),
        (figure(1000, unit="km"), figure(1001.5, unit="km")),
    ],
)
def test_rounding_and_approximation_are_no_change(one: Figure, other: Figure) -> None:
    assert is_same(one, other)
    assert is_same(other, one)
    assert news(one, other) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (figure(8000), figure(11_000)),
        (figure(8000, "least"), figure(11_000)),
        (figure(10_000), figure(12_000)),
        (figure(2, unit="killed"), figure(3, unit="killed")),
        (figure(13, unit="ordinal"), figure(14, unit="ordinal")),
    ],
)
def test_what_differs_by_more_is_a_change(one: Figure, other: Figure) -> None:
    assert not is_same(one, other)
    assert news(one, other) is not None


def test_a_rise_is_told_with_what_was_before_and_who_says_so() -> None:
    before = figure(8000, by="Blinken")
    line = "troops: 8,000 → about 11,000 (Blinken)"
    assert news(figure(11_000, "about", "Blinken"), before) == Change("raised", line)


def test_a_change_is_from_what_the_same_speaker_said_last() -> None:
    before = (figure(8000, by="Blinken"), figure(10_000, by="NIS"))
    change = news(figure(12_000, by="Antony Blinken"), *before)
    assert change == Change("raised", "troops: 8,000 → 12,000 (Antony Blinken)")


def test_a_smaller_figure_is_told_apart_from_a_rise() -> None:
    change = news(figure(500), figure(12_000))
    assert change == Change("lowered", "troops: 12,000 → 500")


def test_the_same_by_another_speaker_is_a_second_claim() -> None:
    change = news(figure(8000, by="Blinken"), figure(8000, "about", "NIS"))
    assert change == Change("also", "troops: about 8,000 (NIS), also Blinken")


def test_the_same_by_the_same_speaker_or_by_nobody_is_none() -> None:
    before = figure(8000, by="Volodymyr Zelensky")
    assert news(figure(8000, by="Zelensky"), before) is None
    assert news(figure(8000), before) is None


def test_large_numbers_are_told_in_words() -> None:
    change = news(figure(6e10, "most", unit="usd"))
    assert change == Change("first", "usd: up to 60 billion")


def test_several_changes_of_one_figure_are_one_line() -> None:
    lines = ("troops: 8,000 → 9,000", "killed: 3", "troops: 9,000 → 20,000 (Blinken)", "killed: 3")
    assert joined(lines) == ("troops: 8,000 → 20,000 (Blinken)", "killed: 3")


def test_only_figures_with_the_same_act_are_compared() -> None:
    freed = replace(figure(24, unit="captured"), label="hostages freed")
    held = replace(figure(10, unit="captured"), label="hostages")
    assert news(freed, held) == Change("first", "hostages freed: 24")
    assert news(freed, replace(freed, value=10)) == Change("raised", "hostages freed: 10 → 24")
