"""Topics tried on articles of the past: what is read, counted and compared."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from amounts import many
from fakes import topic
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.backtest.archive import Batch, batches
from monitor.backtest.articles import LabelledArticle, archived, article_of, stored, text_article
from monitor.backtest.results import Quality, as_line, changes, quality, volume
from monitor.backtest.trial import Outcomes, TopicTrial, TrialResult, try_batch
from monitor.errors import InputError
from monitor.matching.compile import pack
from monitor.model import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

examples = settings(derandomize=True, max_examples=many(200), deadline=None)
NOON = datetime(2024, 10, 31, 12, tzinfo=UTC)
HIT = (Match("t", "digest", (), score=0.8),)
NEAR = (Match("t", "digest", (), "lacks b1", 0.4),)


def given_(
    number: int,
    title: str = "A title",
    at: datetime | None = NOON,
    lang: str = "",
    label: Any = None,
) -> LabelledArticle:
    article = article_of({"id": str(number), "title": title, "lang": lang})
    return LabelledArticle(str(number), article, at, {"t": label})


def tried(
    given: Sequence[LabelledArticle], matches: Iterable[tuple[Match, ...]]
) -> list[TrialResult]:
    """What came of articles, their hits in stories."""
    found = list(map(TrialResult, given, matches))
    trial = TopicTrial()
    trial.add(Outcomes([each.id for each in given], frozenset(), dict(enumerate(found)), 0))
    trial.end()
    return list(trial.kept.values())


def read_file(path: Path) -> list[LabelledArticle]:
    return [each for batch in batches([path]) for each in archived(batch)]


def lines(path: Path, *rows: Any) -> Path:
    """A file with these rows, one a line; texts and bytes stand as they are."""
    file = path / "articles.jsonl"
    texts = [row if isinstance(row, (bytes, str)) else json.dumps(row) for row in rows]
    file.write_bytes(b"\n".join(t.encode() if isinstance(t, str) else t for t in texts))
    return file


# ── articles from a file ──────────────────────────────────────────────────────────────────────


def test_an_article_of_a_file_has_what_a_feed_would_give(tmp_path: Path) -> None:
    row = {
        "id": "x7", "title": "The <b>first</b>&nbsp;report", "summary": "<p>It has an a1.</p>",
        "url": "https://a.example/1", "publisher": "Example", "lang": "en-GB", "kind": "wire",
        "published": "2024-10-31T18:00:00Z", "labels": {"t": 1, "u": 0, "v": None}, "more": 1,
    }  # fmt: skip
    [found] = read_file(lines(tmp_path, row))
    assert (found.id, found.at) == ("x7", datetime(2024, 10, 31, 18, tzinfo=UTC))
    assert found.labels == {"t": 1, "u": 0, "v": None}
    article = found.article
    assert (article.title, article.text) == ("The first report", "It has an a1.")
    assert (article.link, article.publisher) == ("https://a.example/1", "Example")
    assert (article.lang, article.kind) == ("en", "wire")


@pytest.mark.parametrize(("value", "expected"), [(7, "7"), (0, "0"), ("a b", "a b"), ("북", "북")])
def test_an_id_is_a_text_or_a_number(tmp_path: Path, value: Any, expected: str) -> None:
    [found] = read_file(lines(tmp_path, {"id": value, "title": "A title"}))
    assert found.id == expected


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2024-10-31T18:00:00+09:00", datetime(2024, 10, 31, 9, tzinfo=UTC)),
        ("2024-10-31T18:00", datetime(2024, 10, 31, 18, tzinfo=UTC)),
        ("2024-10-31", datetime(2024, 10, 31, tzinfo=UTC)),
        ("2024-10", datetime(2024, 10, 1, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_a_time_may_be_only_a_day_a_month_or_a_year(
    tmp_path: Path, written: str, at: datetime | None
) -> None:
    [found] = read_file(lines(tmp_path, {"id": 1, "title": "A title", "published": written}))
    assert found.at == at


def test_an_article_without_a_title_has_the_beginning_of_its_text() -> None:
    assert article_of({"summary": "Only an a1"}).title == "Only an a1"
    assert article_of({"summary": "word " * 100}).title.endswith("…")


def test_the_first_line_of_a_text_is_the_title() -> None:
    article = text_article("\n The title \nThe text\nof two lines")
    assert (article.title, article.text) == ("The title", "The text of two lines")


def test_empty_lines_byte_order_marks_and_windows_line_ends_are_of_no_matter(
    tmp_path: Path,
) -> None:
    rows = (
        b'\xef\xbb\xbf{"id": 1, "title": "One"}\r',
        b"",
        b"  ",
        b'{"id": 2, "title": "Two"}\r',
        b"",
    )
    assert [each.id for each in read_file(lines(tmp_path, *rows))] == ["1", "2"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "not JSON: "),
        ('{"id": 1, "title": "a"} x', "not JSON: "),
        ("[" * 100_000, "not JSON: "),
        (b'{"id": 1, "title": "\xff"}', "not JSON: "),
        ("[1]", 'expected an object with at least "id" and "title"'),
        ("null", 'expected an object with at least "id" and "title"'),
        ({"title": "a"}, 'expected an object with at least "id" and "title"'),
        ({"id": "", "title": "a"}, 'expected an object with at least "id" and "title"'),
        ({"id": None, "title": "a"}, 'expected an object with at least "id" and "title"'),
        ({"id": [1], "title": "a"}, 'expected an object with at least "id" and "title"'),
        ({"id": 1}, 'an article needs a "title" or a "summary"'),
        ({"id": 1, "title": 5}, '"title" is no text'),
        ({"id": 1, "title": "a", "published": 2024}, '"published" is no text'),
        ({"id": 1, "title": "a", "labels": ["t"]}, '"labels" are topic ids with 1, 0 or null'),
        ({"id": 1, "title": "a", "labels": {"t": 2}}, '"labels" are topic ids with 1, 0 or null'),
        ({"id": 1, "title": "a", "labels": {"t": "1"}}, '"labels" are topic ids with 1, 0 or null'),
        ({"id": 1, "title": "a", "labels": {"t": []}}, '"labels" are topic ids with 1, 0 or null'),
    ],
)
def test_a_broken_line_is_named_by_file_and_line(tmp_path: Path, row: Any, message: str) -> None:
    file = lines(tmp_path, {"id": 0, "title": "Good"}, "", row)
    with pytest.raises(InputError) as caught:
        list(read_file(file))
    assert str(caught.value).startswith(f"{file}:3: {message}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere cannot be read: No such file"):
        list(read_file(tmp_path / "nowhere"))


@examples
@given(
    st.fixed_dictionaries(
        {"id": st.text(min_size=1) | st.integers(), "title": st.text()},
        optional={
            name: st.text() | st.none() | st.integers()
            for name in ("summary", "url", "publisher", "lang", "published", "kind")
        }
        | {"labels": st.none() | st.dictionaries(st.text(), st.sampled_from([0, 1, None]))},
    )
)
def test_any_row_is_an_article_or_a_mistake(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]
) -> None:
    file = lines(tmp_path_factory.mktemp("rows"), row)
    try:
        [found] = read_file(file)
    except InputError as error:
        assert f"{file}:1: " in str(error)  # noqa: PT017 - either is right
    else:
        [batch] = batches([file])
        outcomes = try_batch(archived, [pack([topic()])], batch)
        [line] = map(as_line, outcomes.ids)
        assert json.loads(line.encode())["id"] == found.id


# ── stories ───────────────────────────────────────────────────────────────────────────────────


def stories(*given: LabelledArticle) -> list[str | None]:
    return [each.story for each in tried(given, [HIT] * len(given))]


def test_hits_of_the_same_title_within_days_are_one_story() -> None:
    assert stories(
        given_(1, "Two words", NOON),
        given_(2, "two words!", NOON + timedelta(days=2)),
        given_(3, "Other words", NOON),
        given_(4, "Two words", NOON + timedelta(days=4)),
        given_(5, "Two words", NOON + timedelta(days=30)),
    ) == ["s1", "s1", "s2", "s1", "s3"]


def test_stories_do_not_depend_on_the_order_of_the_file() -> None:
    days = [given_(n, "Two words", NOON + timedelta(days=n)) for n in (0, 1, 2, 9)]
    forth, back = stories(*days), stories(*reversed(days))
    assert forth == ["s1", "s1", "s1", "s2"]
    assert back == forth[::-1]


def test_an_undated_article_joins_the_story_of_its_title() -> None:
    assert stories(given_(1, "Two words", None), given_(2, "Two words")) == ["s1", "s1"]
    assert stories(given_(1, "Two words", None), given_(2, "Two words", None)) == ["s1", "s1"]


def test_articles_without_titles_are_stories_of_their_own() -> None:
    given = [
        LabelledArticle(text, article_of({"id": text, "summary": text}), NOON)
        for text in ("A b1", "An a1")
    ]
    assert stories(*given) == ["s1", "s2"]


def test_what_is_no_hit_is_in_no_story() -> None:
    found = tried([given_(1), given_(2), given_(3)], [NEAR, (), HIT])
    assert [each.story for each in found] == [None, None, "s1"]


# ── counts ────────────────────────────────────────────────────────────────────────────────────


def test_volume_counts_hits_near_misses_and_stories_a_day() -> None:
    given = [given_(1, "One"), given_(2, "One"), given_(3, "Two", NOON + timedelta(days=1)),
             given_(4, "Three", NOON + timedelta(days=3)), given_(5, "Four", None)]  # fmt: skip
    found = tried(given, [HIT, HIT, HIT, NEAR, ()])
    counted = volume("t", found, 3)
    assert (counted.hits, counted.near, counted.stories) == (3, 1, 2)
    assert counted.a_day == pytest.approx(2 / 3)
    assert volume("other", found, 3).hits == 0


def test_without_articles_there_is_nothing_a_day() -> None:
    assert volume("t", [], 0).a_day == 0


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        ((3, 1, 0), 0.75, 1.0, 6 / 7),
        ((1, 1, 3), 0.5, 0.25, 1 / 3),
        ((0, 2, 0), 0.0, 1.0, 0.0),
        ((0, 0, 2), 1.0, 0.0, 0.0),
        ((0, 2, 2), 0.0, 0.0, 0.0),
        ((0, 0, 0), 1.0, 1.0, 1.0),
    ],
)
def test_precision_recall_and_f1_are_those_of_information_retrieval(
    counts: tuple[int, int, int], precision: float, recall: float, f1: float
) -> None:
    found = Quality(*counts)
    assert found.precision == pytest.approx(precision)
    assert found.recall == pytest.approx(recall)
    assert found.f1 == pytest.approx(f1)


def test_quality_is_told_in_all_and_by_language() -> None:
    rows = [("Курс акций", 1, HIT), ("Ещё новость", 1, ()), ("An English title here", 0, HIT),
            ("Another English title", 1, HIT), ("Neither here nor there", None, HIT),
            ("The English title that is not", 0, ())]  # fmt: skip
    given = [
        given_(n, title, lang="ru" if n < 2 else "en", label=label)
        for n, (title, label, _) in enumerate(rows)
    ]
    found = quality("t", tried(given, [matches for *_, matches in rows]))
    assert found == {"": Quality(2, 1, 1, 1), "en": Quality(1, 1, 0, 1), "ru": Quality(1, 0, 1)}
    assert (found[""].positives, found[""].negatives) == (3, 2)
    assert next(iter(found)) == ""


def test_a_near_miss_is_no_hit() -> None:
    assert quality("t", tried([given_(1, label=1)], [NEAR]))[""] == Quality(0, 0, 1)


def test_without_labels_there_is_no_quality() -> None:
    assert quality("t", tried([given_(1)], [HIT])) == {}
    assert quality("other", tried([given_(1, label=1)], [HIT])) == {}


def test_changes_are_what_is_gained_and_what_is_lost() -> None:
    before = [frozenset("t"), frozenset("u"), frozenset("t"), frozenset(("t", "u"))]
    given = [replace(given_(n), before=each) for n, each in enumerate(before, 1)]
    gained, lost = changes("t", tried(given, [HIT, HIT, NEAR, ()]))
    assert ([each.id for each in gained], [each.id for each in lost]) == (["2"], ["3", "4"])


def test_an_outcome_is_a_line_of_json() -> None:
    matches = (*HIT, Match("u", "digest", (), "lacks b1", 0.4))
    assert json.loads(as_line("1", matches, "s1")) == {
        "id": "1",
        "hits": ["t"],
        "near": ["u"],
        "scores": {"t": 0.8, "u": 0.4},
        "story": "s1",
    }
    assert json.loads(as_line("1")) == {
        "id": "1",
        "hits": [],
        "near": [],
        "scores": {},
        "story": None,
    }


# ── batches ───────────────────────────────────────────────────────────────────────────────────

ROWS = [
    {"id": 1, "title": "An a1", "summary": "More of it", "published": "2024-10-31"},
    {"id": 2, "title": "Nothing", "published": "2024-11-01"},
    {"id": 3, "title": "Labelled", "labels": {"t": 0}},
    {"id": 4, "title": "Labelled by nobody", "labels": {"t": None}},
    {"id": 5, "title": "It was a b1"},
]


def outcomes_of(*programs: str) -> Any:
    """What came of ROWS, with a topic of each of these terms."""
    packed = [pack([topic("t", term)]) for term in programs]
    return try_batch(archived, packed, Batch("rows", 1, ROWS, 7))


def test_of_a_batch_only_what_matters_is_kept_and_no_text() -> None:
    outcomes = outcomes_of("a1")
    assert list(outcomes.ids) == ["1", "2", "3", "4", "5"]
    assert {number: len(each.hits()) for number, each in outcomes.kept.items()} == {0: 1, 2: 0}
    assert (outcomes.kept[0].labelled.article.title, outcomes.kept[0].labelled.article.text) == (
        "An a1",
        "",
    )
    assert outcomes.days == {date(2024, 10, 31), date(2024, 11, 1)}
    assert outcomes.size == 7


def test_topics_of_before_are_tried_on_the_same_batch() -> None:
    kept = outcomes_of("a1", "b1").kept
    assert {number: set(each.labelled.before) for number, each in kept.items()} == {
        0: set(),
        2: set(),
        4: {"t"},
    }
    gained, lost = changes("t", kept.values())
    assert ([each.id for each in gained], [each.id for each in lost]) == (["1"], ["5"])


def test_a_trial_numbers_articles_over_all_batches() -> None:
    trial = TopicTrial()
    trial.add(outcomes_of("a1"))
    trial.add(outcomes_of("a1"))
    trial.end()
    assert (trial.articles, len(trial.days)) == (10, 2)
    assert [(number, each.story) for number, each in trial.kept.items()] == [
        (0, "s1"),
        (2, None),
        (5, "s1"),
        (7, None),
    ]


def test_stored_rows_bring_what_they_hit_before() -> None:
    row = {"id": 7, "title": "A title", "text": "A text", "lang": "en", "url": "", "publisher": "P",
           "kind": "", "published": "2024-10-31T12:00:00Z", "before": frozenset("t")}  # fmt: skip
    [found] = stored(Batch("", 1, [row], 1))
    assert (found.id, found.at, found.before) == ("7", NOON, frozenset("t"))
    assert (found.article.text, found.article.lang) == ("A text", "en")
