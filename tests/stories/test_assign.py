"""Which story an article continues: words, names, numbers and days → features → assignment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from conftest import NOW
from fakes import article

from monitor.extraction.entities import article_entities, entities_in
from monitor.matching.compile import pack
from monitor.matching.matcher import matcher_for
from monitor.model import StoryFeatures, Topic
from monitor.scan.scan import story_features
from monitor.stories import (
    IncomingArticle,
    TimeSpan,
    assign_story,
    extract_features,
    same_words_since,
)
from monitor.stories.assign import SAME_TITLE, WINDOW
from monitor.stories.dates import days
from monitor.stories.explain import in_words, record
from monitor.stories.in_memory import Stories, as_row, from_row
from monitor.stories.profile import Profile, new_profile
from monitor.stories.rates import Rates, counted_features
from monitor.stories.scoring import StoryScorer
from monitor.stories.words import names, numbers, stems
from monitor.text.normalize import digest, title_form

LAUNCH = Topic("launch", "Launches", match="@north_korea AND @missile")
RAID = Topic("raid", "Raids", match="@kursk AND @drone")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


_packed = cache(pack)


def new(
    title: str,
    text: str = "",
    lang: str = "en",
    at: datetime = NOW,
    topics: tuple[Topic, ...] = (LAUNCH, RAID),
) -> IncomingArticle:
    """A hit of its topics, published at a time."""
    found = article(title, text, lang=lang, published_at=at)
    [matches] = matcher_for(_packed(topics)).match([found])
    hits = frozenset(match.topic for match in matches if match.is_hit)
    assert hits, title
    features = story_features(found, matches) or StoryFeatures(lang)
    return IncomingArticle(features, digest("title", title_form(title)), hits, TimeSpan(at, at))


def stories(*reports: IncomingArticle) -> list[int]:
    """The number of the story of each, placed in this order."""
    follow = Stories()
    return [follow.enter(report) for report in reports]


FIRST = new(
    "North Korea fires missile from Sunan airport",
    "The missile flew 1,000 km from Sunan and fell into the sea near Hokkaido on Thursday, said"
    " minister Hamada.",
)
SAME = new(
    "Japan says North Korean missile fell near Hokkaido",
    "Minister Hamada said that the missile launched at Sunan on Thursday flew 1000 km.",
    at=NOW + HOUR,
)
IN_RUSSIAN = new(
    "КНДР запустила ракету из аэропорта Сунан",
    "Ракета пролетела 1000 км и упала в четверг у острова Хоккайдо, сообщил министр Хамада.",
    lang="ru",
    at=NOW + 2 * HOUR,
)
OTHER = new(
    "Ukrainian drones set fire to oil depot in Kursk",
    "Governor Smirnov said 12 drones were shot down over Rylsk.",
    at=NOW + HOUR,
)

# ── stories ───────────────────────────────────────────────────────────────────────────────────


def test_reports_of_one_event_are_one_story_in_any_language() -> None:
    assert stories(FIRST, SAME, IN_RUSSIAN) == [1, 1, 1]


def test_another_event_at_the_same_time_is_another_story() -> None:
    assert stories(FIRST, OTHER, SAME) == [1, 2, 1]


def test_the_same_order_gives_the_same_stories() -> None:
    reports = (FIRST, OTHER, SAME, IN_RUSSIAN)
    assert stories(*reports) == stories(*reports)


def test_the_like_event_of_another_week_is_another_story() -> None:
    later = new(
        "North Korea fires missile from Wonsan airfield",
        "The missile flew 430 km from Wonsan on Friday.",
        at=NOW + 8 * DAY,
    )
    assert stories(FIRST, later) == [1, 2]


def test_two_headlines_that_share_only_what_their_topic_asks_for_are_two_stories() -> None:
    assert stories(
        new("North Korea: a missile again"), new("Debate over North Korea missile film", at=NOW)
    ) == [1, 2]


@pytest.mark.parametrize(("hours", "story"), [(1, 1), (72, 1), (73, 2)])
def test_the_same_headline_is_the_same_story_for_72_hours(hours: int, story: int) -> None:
    again = new("Weekly: North Korea, missile", at=NOW + hours * HOUR)
    assert stories(new("Weekly: North Korea, missile"), again) == [1, story]
    assert timedelta(hours=72) == SAME_TITLE


def test_a_live_blog_of_the_next_day_is_not_its_last_one() -> None:
    blog = "North Korea missile: live updates"
    assert stories(new(blog), new(blog, at=NOW + HOUR)) == [1, 1]
    assert stories(new(blog), new(blog, at=NOW + DAY)) == [1, 2]


def test_a_live_blog_joins_a_story_but_leaves_no_mark_on_it() -> None:
    blog = new(
        "North Korea missile fell near Hokkaido: live updates",
        "In Kursk, drones set fire to an oil depot; governor Smirnov counted 12 over Rylsk.",
        at=NOW + HOUR,
    )
    assert blog.story_features.roundup
    assert not any("rylsk" in feature for feature, _ in blog.story_features.features)


def test_a_story_ends_when_nothing_was_added_for_days() -> None:
    again = new(
        "Again: missile of North Korea near Hokkaido from Sunan, says Hamada",
        at=NOW + WINDOW + DAY,
    )
    assert stories(FIRST, SAME, again) == [1, 1, 2]


def test_a_chain_of_likenesses_does_not_join_what_is_unlike() -> None:
    days_apart = [
        new(f"North Korea missile test {place_}", f"From {place_} to {to}.", at=NOW + n * 2 * DAY)
        for n, (place_, to) in enumerate(
            [("Sunan", "Wonsan"), ("Wonsan", "Sohae"), ("Sohae", "Yongbyon"), ("Yongbyon", "Sunan")]
        )
    ]
    assert len(set(stories(*days_apart))) > 1


# ── why ───────────────────────────────────────────────────────────────────────────────────────


def test_why_says_what_is_shared_and_what_is_not() -> None:
    follow = Stories()
    follow.enter(FIRST)
    why = record(assign_story(SAME, follow))
    assert (why["by"], why["chosen"]["story"]) == ("evidence", 1)
    told = {what for what, weight, _ in why["chosen"]["reasons"] if weight > 0}
    assert {"@place:sunan", "number:1000"} <= told
    text = "\n".join(in_words(why))
    assert "compared with its only article" in text
    assert "@sunan +" in text


def test_why_of_a_first_report_says_what_kept_it_out_of_the_next_story() -> None:
    follow = Stories()
    follow.enter(FIRST)
    lines = list(in_words(record(assign_story(OTHER, follow))))
    assert lines[0] == "began the story"
    assert lines[1].startswith("not story 1: compared with its only article: -")
    assert "no topic in common" in "\n".join(lines)


def test_why_says_on_which_side_a_term_set_stands_but_not_of_what_both_lack() -> None:
    follow = Stories()
    follow.enter(new("Drones hit air base in Kursk", topics=(RAID,)))
    later = new("Drones hit oil depot in Kursk", topics=(RAID,))
    text = "\n".join(in_words(record(assign_story(later, follow))))
    assert "nothing in common that is struck -" in text
    assert "@fuel_depot (only here) -" in text


def test_why_of_the_same_headline_says_so() -> None:
    follow = Stories()
    follow.enter(FIRST)
    lines = list(in_words(record(assign_story(FIRST, follow))))
    assert lines == ["the same headline as an earlier article of the story"]


# ── a hit waiting in a file ───────────────────────────────────────────────────────────────────


def test_a_hit_comes_back_from_a_line_as_it_was() -> None:
    back = from_row(as_row(IN_RUSSIAN))
    assert (back.title_key, back.topics, back.span) == (
        IN_RUSSIAN.title_key,
        IN_RUSSIAN.topics,
        IN_RUSSIAN.span,
    )
    assert back.story_features.features == IN_RUSSIAN.story_features.features
    assert back.story_features.asked == IN_RUSSIAN.story_features.asked


# ── entities ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "lang", "entity"),
    [
        ("Drones over Rylsk", "en", "place:rylsk"),
        ("Беспилотники атаковали Рыльск", "ru", "weapon:drone"),
        ("북한이 미사일을 발사했다", "ko", "actor:north_korea"),
        ("Północnokorejscy żołnierze", "pl", "actor:troops"),
        ("Putin fährt nach Kursk", "de", "actor:russia.leader"),
        ("Moscow denies it", "en", "actor:russia"),
    ],
)
def test_term_sets_are_found_in_any_language(text: str, lang: str, entity: str) -> None:
    assert entity in article_entities(article(text, lang=lang))


def test_a_name_is_not_found_in_a_word_that_begins_like_it() -> None:
    assert "actor:iran.leader" not in article_entities(article("Taxes were raised again"))


def test_a_word_of_another_language_counts_as_it_is_written_only() -> None:
    assert "action:incursion" not in article_entities(article("Forces are ready for it"))


def test_a_longer_name_of_something_else_is_not_meant() -> None:
    assert entities_in("South Sudan", "en") == {"actor:south_sudan"}


def test_a_headline_weighs_more_than_the_text() -> None:
    found = article_entities(article("Drones", "Drones and missiles"))
    assert found["weapon:drone"] > found["weapon:missile"]


def test_of_a_long_text_the_beginning_is_read() -> None:
    found = extract_features(article("A", "word " * 400 + "8000"), {})
    assert "number:8000" not in dict(found.features)


# ── days ──────────────────────────────────────────────────────────────────────────────────────

THURSDAY = date(2024, 10, 31)


@pytest.mark.parametrize(
    ("text", "lang", "day"),
    [
        ("fired on Thursday", "en", THURSDAY),
        ("fired on Wednesday", "en", date(2024, 10, 30)),
        ("w piątek rano", "pl", date(2024, 10, 25)),
        ("в четверг утром", "ru", THURSDAY),
        ("у середу", "uk", date(2024, 10, 30)),
        ("북한은 31일 오전", "ko", THURSDAY),
        ("지난 수요일", "ko", date(2024, 10, 30)),
        ("31日午前", "ja", THURSDAY),
        ("周三发射", "zh", date(2024, 10, 30)),
        ("le 23 octobre", "fr", date(2024, 10, 23)),
        ("el 23 de octubre", "es", date(2024, 10, 23)),
        ("October 23", "en", date(2024, 10, 23)),
        ("23rd of October", "en", date(2024, 10, 23)),
        ("23 października", "pl", date(2024, 10, 23)),
        ("يوم الأربعاء", "ar", date(2024, 10, 30)),
    ],
)
def test_days_are_read_in_many_languages(text: str, lang: str, day: date) -> None:
    assert days(text, lang, THURSDAY) == {day}


def test_days_far_from_the_publication_are_background() -> None:
    assert not days("on 24 February and on 20 December", "en", THURSDAY)


def test_a_month_before_the_turn_of_the_year_is_that_of_last_year() -> None:
    assert days("on 30 December", "en", date(2025, 1, 2)) == {date(2024, 12, 30)}


@pytest.mark.parametrize("text", ["30 February", "31일간", "3 may leave", "marching", "0 May"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert not days(text, "en", date(2024, 2, 20))


# ── words, names and numbers ──────────────────────────────────────────────────────────────────


def test_words_are_compared_by_how_they_begin() -> None:
    assert set(stems("soldiers")) == set(stems("soldier's")) == {"soldi"}


def test_of_chinese_japanese_and_korean_each_two_characters_are_a_word() -> None:
    assert list(stems("북한군 파병")) == ["북한", "한군", "파병"]


def test_short_words_say_nothing() -> None:
    assert list(stems("the US and a b1")) == ["b1"]


def test_a_name_is_the_same_in_latin_and_in_cyrillic_letters() -> None:
    latin, cyrillic = names("", "From Plesetsk today"), names("", "Из Плесецка сегодня")
    assert list(latin) == list(cyrillic) == ["prsk"]


@pytest.mark.parametrize(
    "name",
    [
        "ゼレンスキー",
        "زيلينسكي",
        "ज़ेलेंस्की",
        "ზელენსკი",
        "זלנסקי",
        "από τον Ζελένσκι",
        "та Зеленський",
    ],
)
def test_a_name_is_the_same_in_all_scripts_that_write_sounds(name: str) -> None:
    assert list(names("", name)) == list(names("", "with Zelensky")) == ["srnsk"]


def test_the_first_word_of_a_sentence_is_no_name() -> None:
    assert not list(names("", "Ministers met. Governors met."))


def test_a_headline_in_capitals_has_no_names() -> None:
    assert not list(names("Troops Cross Border At Night", ""))


@pytest.mark.parametrize(
    "text",
    [
        *("8,000", "8.000", "8 000", "8\u202f000", "8000", "8 thousand", "8 тыс.", "8천", "8 tys."),
        *("8 వేల", "8 nghìn", "8 ribu", "8 tisíc", "8 χιλιάδες", "8 հազար", "8 هزار", "8 พัน"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(text: str) -> None:
    assert list(numbers(f"{text} soldiers")) == ["8000"]


def test_years_and_small_numbers_say_nothing() -> None:
    assert not list(numbers("3 dead in 2024"))


# ── identity ──────────────────────────────────────────────────────────────────────────────────


def test_long_texts_are_the_same_for_two_weeks_short_ones_for_half_a_day() -> None:
    assert same_words_since("x" * 80, NOW) == NOW - timedelta(days=14)
    assert same_words_since("x" * 79, NOW) == NOW - timedelta(hours=12)
    assert NOW.tzinfo is UTC


def test_words_that_say_nothing_are_no_features() -> None:
    hit = new(
        "North Korea fires a missile about now", "They were there before this."
    ).story_features
    words = {name.removeprefix("word:en:") for name, _ in hit.features if name.startswith("word:")}
    assert words == {"north", "korea", "fires", "missi"}


def test_of_a_language_without_a_list_every_word_counts() -> None:
    assert list(stems("about these", frozenset())) == ["about", "these"]
    assert list(stems("about missiles", frozenset({"about"}))) == ["missi"]


def test_what_is_common_is_doubtful_before_the_first_hits_and_known_after_many() -> None:
    report = new("North Korea fires a missile")
    assert Rates({}).prior_weight(report) == 1.0
    assert Rates({("launch", ""): 30}).prior_weight(report) == 0.5
    assert Rates({("launch", ""): 3_000}).prior_weight(report) < 0.01


def test_what_one_event_has_in_all_its_reports_counts_once() -> None:
    first = new("North Korea fires a missile", "It fell into the sea near Hokkaido.")
    story = new_profile(1, first)
    [(topics, names_)] = counted_features(first, None)
    assert topics == ["launch"]
    assert {"", "word:en:", "@actor:north_korea"} <= set(names_)
    [(_, added)] = counted_features(first, story)
    assert added == ()
    second = new("North Korea fires a missile", "Japan says it flew 1,000 km.")
    [(_, added)] = counted_features(second, story)
    assert "figure:km 1000" in added
    assert "@actor:north_korea" not in added


def test_a_number_counts_with_its_unit_but_that_of_a_day_or_a_model_is_none() -> None:
    hit = new("North Korea fires two missiles", "The Hwasong-19 flew 1,000 km on 31 October.")
    kinds = {name for name, _ in hit.story_features.features if name[0] in "fnm"}
    quantities = {name for name in kinds if name.startswith(("figure:", "number:", "model:"))}
    assert quantities == {"figure:missiles 2", "figure:km 1000", "number:1000", "model:19"}


def test_a_topic_that_few_articles_of_a_story_hit_is_hardly_its_own() -> None:
    launch = new("North Korea fires a missile", topics=(LAUNCH,))
    features = {feature: 10 for feature, _ in launch.story_features.features}
    story = Profile(1, launch.span, {"raid": 10, "launch": 1}, 10, {"en": 10}, features)
    scale = StoryScorer(launch, Rates({}), 0)
    own = scale(replace(story, topics={"raid": 10, "launch": 5}))
    assert own.score - scale(story).score > 3
    assert scale(replace(story, topics={"raid": 10})).score < scale(story).score


def test_who_speaks_is_no_feature_of_an_article() -> None:
    report = new("North Korea fires a missile", "A missile fell into the sea, the governor said.")
    assert "word:en:gover" not in dict(report.story_features.features)
