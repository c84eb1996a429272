"""What a story becomes with an article, and what is kept of the article."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import NOW

from monitor.model import Figure, StoryFeatures
from monitor.stories import (
    Assignment,
    Headline,
    IncomingArticle,
    StoredFeatures,
    StoryBefore,
    TimeSpan,
    added_features,
    continued,
    new_profile,
)

LAUNCH = IncomingArticle(
    StoryFeatures("en", (("@place:sunan", 1.0), ("@place:japan_sea", 0.4)), signature=b""),
    b"title...",
    frozenset({"icbm"}),
    TimeSpan(NOW, NOW),
)
BEGUN = new_profile(7, LAUNCH)


def headline(title: str) -> Headline:
    return Headline(title, "en", "One")


def test_a_story_that_an_article_begins_has_its_headline() -> None:
    story = continued(LAUNCH, headline("A missile"), Assignment(None), StoryBefore(7, begins=True))
    assert (story.title, story.profile, story.why["by"]) == ("A missile", BEGUN, "first")


def test_a_story_that_goes_on_keeps_its_headline_and_grows() -> None:
    before = StoryBefore(7, title="A missile", headlines=(headline("A missile"),), profile=BEGUN)
    story = continued(LAUNCH, headline("It fell"), Assignment(7, same_title=True), before)
    assert (story.title, story.profile.articles) == ("A missile", 2)


@pytest.mark.parametrize(("roundup", "title"), [(False, "A missile"), (True, "The day in brief")])
def test_a_story_of_roundups_takes_the_headline_of_a_report(
    roundup: bool,  # noqa: FBT001
    title: str,
) -> None:
    new = replace(LAUNCH, story_features=replace(LAUNCH.story_features, roundup=roundup))
    before = StoryBefore(7, title="The day in brief", profile=BEGUN)
    assert continued(new, headline("A missile"), Assignment(7), before).title == title


def test_only_term_sets_of_the_headline_or_the_lead_are_kept() -> None:
    story = continued(LAUNCH, headline("A missile"), Assignment(None), StoryBefore(7, begins=True))
    assert story.sets == ("place:sunan",)


def test_acts_of_the_headline_are_kept_as_turns_of_the_story() -> None:
    marks = (("@other:agreement", 1.0), ("@other:talks", 0.7))
    new = replace(LAUNCH, story_features=replace(LAUNCH.story_features, features=marks))
    story = continued(new, headline("A deal"), Assignment(None), StoryBefore(7, begins=True))
    assert story.sets == ("other:agreement", "other:talks", "turn:agreement")


def test_an_edit_adds_what_was_not_told_before_and_takes_nothing_back() -> None:
    told = [Figure(value, "troops", "", "", "text", 0, 1) for value in (8_000, 9_000, 9_000)]
    features = replace(LAUNCH.story_features, figures=tuple(told))
    before = StoredFeatures(frozenset({"place:kursk"}), frozenset({(8_000.0, "troops")}))
    sets, figures = added_features(features, before)
    assert (sets, [figure.value for figure in figures]) == (("place:kursk", "place:sunan"), [9_000])
