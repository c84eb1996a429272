"""What an article adds to a story that was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from conftest import NOW

from monitor.alerts import StoryUpdate, figure_lines, news
from monitor.model import PublisherReport
from monitor.stories.state import ReportedFigure, StoryState

HOUR = timedelta(hours=1)
SHOT_DOWN = "drones shot down"


def voice(publisher: str, kind: str = "wire", copy_of: str = "") -> PublisherReport:
    return PublisherReport(publisher, kind, "", NOW, copy_of)


def told(value: float, unit: str = "troops", said_by: str = "", article: int = 1) -> ReportedFigure:
    return ReportedFigure(value, unit, said_by, article, "Yonhap", NOW)


BEFORE = StoryState(
    id=1,
    title="Troops sent",
    started_at=NOW - HOUR,
    last_at=NOW,
    topics=("icbm",),
    articles=1,
    publisher_reports=(voice("Yonhap"),),
    figures=(told(8_000),),
    actors=("north_korea", "russia"),
    places=("kursk",),
    weapons=(),
    actions=(),
)


def after(**changes: Any) -> StoryUpdate:
    return news(BEFORE, replace(BEFORE, **changes))


def test_the_same_again_is_no_news() -> None:
    assert news(BEFORE, BEFORE).lines == ()


def test_another_publisher_that_says_the_same_is_no_news() -> None:
    again = (*BEFORE.figures, told(8_000, article=2))
    assert (
        after(publisher_reports=(*BEFORE.publisher_reports, voice("NHK")), figures=again).lines
        == ()
    )


def test_a_figure_that_changes_is_news_with_who_said_so() -> None:
    found = after(figures=(*BEFORE.figures, told(11_000, said_by="Blinken", article=2)))
    assert found.lines == ("troops: 8,000 → 11,000 (Blinken)",)
    assert found.big


def test_a_figure_that_changes_a_little_is_small_news() -> None:
    found = after(figures=(*BEFORE.figures, told(9_000, article=2)))
    assert (found.lines, found.big) == (("troops: 8,000 → 9,000",), False)


def test_a_figure_told_a_little_otherwise_is_the_same() -> None:
    assert after(figures=(*BEFORE.figures, told(8_040, article=2))).lines == ()


def test_a_smaller_figure_is_news_only_from_who_told_the_other() -> None:
    fewer = replace(told(3_000, article=2), publisher="NHK")
    assert after(figures=(*BEFORE.figures, fewer)).lines == ()
    assert after(figures=(*BEFORE.figures, told(3_000, article=2))).lines == (
        "troops: 8,000 → 3,000",
    )


def test_what_is_measured_does_not_grow_with_time() -> None:
    had = replace(BEFORE, figures=(told(300, "km"), told(3, "percent")))
    has = replace(had, figures=(*had.figures, told(900, "km", article=2), told(9, "percent")))
    assert news(had, has).lines == ()


def test_a_figure_that_was_told_before_is_no_news_again() -> None:
    had = replace(BEFORE, figures=(told(8_000), told(11_000, article=2)))
    has = replace(had, figures=(*had.figures, told(8_000, article=3)))
    assert news(had, has).lines == ()


def test_the_first_figure_of_its_kind_is_news_only_if_it_counts_victims() -> None:
    assert after(figures=(*BEFORE.figures, told(12, "tanks", article=2))).lines == ()
    assert after(figures=(*BEFORE.figures, told(12, "killed", article=2))).lines == ("killed: 12",)


def test_weapons_that_are_shot_down_are_not_compared_with_those_launched() -> None:
    launched, down = told(136, "drones"), replace(told(200, "drones", article=2), label=SHOT_DOWN)
    had = replace(BEFORE, figures=(launched,))
    assert news(had, replace(had, figures=(launched, down))).lines == ()
    assert figure_lines((launched, down)) == ("drones: 136", "drones shot down: 200")


def test_a_report_with_two_figures_of_a_kind_tells_one() -> None:
    has = (*BEFORE.figures, told(9_000, article=2), told(11_000, article=2))
    assert after(figures=has).lines == ("troops: 8,000 → 11,000",)


def test_weapons_that_are_delivered_are_no_news() -> None:
    had = replace(BEFORE, figures=(replace(told(20, "missiles"), label="missiles delivered"),))
    more = replace(told(90, "missiles", article=2), label="missiles delivered")
    assert news(had, replace(had, figures=(*had.figures, more))).lines == ()


def test_a_message_has_three_figures_at_most_and_none_of_distances() -> None:
    figures = (
        told(6_800, "km"), told(70, "minutes"), told(5, "tanks"), told(136, "drones"),
        told(8_000), told(3, "killed"), told(20, "wounded"),
    )  # fmt: skip
    assert figure_lines(figures) == ("killed: 3", "wounded: 20", "troops: 8,000")


def test_a_new_actor_and_a_new_place_are_no_news() -> None:
    found = after(actors=("nato", "north_korea", "russia"), places=("golan_heights", "kursk"))
    assert found.lines == ()


def test_another_kind_of_act_in_a_headline_is_big_news() -> None:
    found = after(turns=("agreement",), others=("agreement",))
    assert found.lines == ("an agreement is reported",)
    assert found.big


def test_an_act_that_was_reported_before_is_no_news() -> None:
    had = replace(BEFORE, others=("denial",))
    assert news(had, replace(had, turns=("denial",))).lines == ()


@pytest.mark.parametrize(
    ("had", "has", "line"),
    [(2, 3, ""), (4, 5, ""), (4, 12, "12 independent publishers now"), (12, 60, "")],
)
def test_publishers_are_news_once_they_are_ten(had: int, has: int, line: str) -> None:
    publisher_reports = tuple(voice(f"P{number}") for number in range(has))
    found = news(
        replace(BEFORE, publisher_reports=publisher_reports[:had]),
        replace(BEFORE, publisher_reports=publisher_reports),
    )
    assert found.lines == ((line,) if line else ())
    assert found.big == bool(line)


def test_copies_do_not_count_as_publishers() -> None:
    copies = tuple(voice(f"P{number}", copy_of="Yonhap") for number in range(9))
    assert after(publisher_reports=(*BEFORE.publisher_reports, *copies)).lines == ()


def test_the_first_who_is_no_state_confirms_what_only_states_said() -> None:
    state = replace(BEFORE, publisher_reports=(voice("KCNA", "state"),))
    found = news(
        state, replace(state, publisher_reports=(*state.publisher_reports, voice("Reuters")))
    )
    assert found.lines == ("first independent confirmation of what only state media had said",)
    assert found.big


def test_who_only_copies_a_state_confirms_nothing() -> None:
    state = replace(BEFORE, publisher_reports=(voice("KCNA", "state"),))
    copied = (*state.publisher_reports, voice("Blog", "blog", copy_of="KCNA"))
    assert news(state, replace(state, publisher_reports=copied)).lines == ()


def test_how_a_story_stands_is_told_in_words() -> None:
    assert after().standing == "1 publisher since 2024-10-31 17:00 UTC"


def test_figures_are_told_with_how_they_went() -> None:
    figures = (
        told(8_000), told(3, "killed"), told(8_040), told(11_000, said_by="Blinken"), told(500),
    )  # fmt: skip
    assert figure_lines(figures) == ("killed: 3", "troops: 8,000 → 11,000 (Blinken)")
