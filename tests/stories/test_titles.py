"""Which report's headline a story has."""

from __future__ import annotations

from monitor.stories.titles import Headline, best_title

VAGUE = Headline("Kursk: what we know", "en", "One")
DRONES = Headline("Drones hit oil refinery in Kursk region", "en", "Two", ("turn:attack",))
OIL = Headline("Oil refinery in Kursk burns after drone attack", "en", "Three", ("turn:attack",))
STRIKE = Headline("Drone strike on Kursk oil refinery", "en", "Four", ("turn:attack",))
RUSSIAN = Headline("Беспилотники атаковали завод в Курске", "ru", "Пять", ("turn:attack",))


def test_a_story_is_titled_by_the_report_that_most_others_are_like() -> None:
    assert best_title(VAGUE.title, [VAGUE, DRONES, OIL, STRIKE]) == DRONES.title


def test_of_two_reports_the_first_titles_the_story() -> None:
    assert best_title(VAGUE.title, [VAGUE, DRONES]) == VAGUE.title


def test_a_headline_that_is_as_good_as_another_stays() -> None:
    again = Headline("Oil refinery in Kursk burns after drone attack", "en", "Six")
    assert best_title(DRONES.title, [DRONES, DRONES, again]) == DRONES.title


def test_a_story_keeps_the_language_of_its_first_report() -> None:
    others = [Headline(RUSSIAN.title, "ru", str(n), RUSSIAN.sets) for n in range(5)]
    assert best_title(VAGUE.title, [VAGUE, *others, DRONES]) == DRONES.title


def test_a_publisher_that_reports_often_counts_once() -> None:
    own = [Headline(f"Kursk: what we know {each}", "en", "One") for each in ("so far", "now")]
    assert best_title(VAGUE.title, [VAGUE, *own, DRONES, STRIKE]) in {DRONES.title, STRIKE.title}


def test_a_story_of_copies_and_round_ups_only_keeps_its_headline() -> None:
    assert best_title("The day in brief", []) == "The day in brief"
