"""Reading: hits and their filters, search in all languages, one article, the ledger."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from fakes import article, feed, topic
from filled import DAY, HOUR, bring, enter, found

from monitor.errors import StoreError, StoreMissingError
from monitor.model import Unread
from monitor.store.database import Store
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import HIT_FIELDS, Reader
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from pathlib import Path

FEED = feed("https://one.example/feed", title="One")
OTHER = feed("https://two.example/feed", title="Two")


@pytest.fixture
async def store(store: Store) -> Store:
    await store.write(lambda tx: tx.feeds.sync([FEED, OTHER], NOW))
    return store


async def add(store: Store, title: str, text: str = "", **fields: Any) -> int:
    """Store a hit."""
    each = article(title, text, **fields)
    return await store.write(lambda tx: enter(tx, 1, each, NOW, found(each)))


def hits(store: Store, words: str = "", **wanted: Any) -> list[str]:
    """The titles of hits."""
    with Reader(store.path) as reader:
        return [row["title"] for row in reader.hits(HitFilter(words, **wanted))]


# ── search ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param("북한", "북한군이 쿠르스크에 배치됐다", id="Korean within a word"),
        pytest.param("쿠르스크", "북한군이 쿠르스크에 배치됐다", id="Korean with a particle"),
        pytest.param("ไต้หวัน", "กองทัพจีนซ้อมรบรอบเกาะไต้หวันครั้งใหญ่", id="Thai in running text"),
        pytest.param("ထိုင်ဝမ်", "တရုတ်စစ်တပ်ထိုင်ဝမ်ကျွန်းအနီးလေ့ကျင့်", id="Burmese in running text"),
        pytest.param("朝鲜", "据报朝鲜士兵抵达俄罗斯", id="Chinese without spaces"),
        pytest.param("クルスク", "北朝鮮兵がクルスク州に", id="Japanese kana"),
        pytest.param("北朝鮮 クルスク", "クルスク州に北朝鮮兵", id="Japanese words in any order"),
        pytest.param("北朝鮮\u3000クルスク", "クルスク州に北朝鮮兵", id="a wide space"),
        pytest.param("солдат", "северокорейские солдаты", id="Russian by its beginning"),
        pytest.param("Курск", "Курская область", id="Russian adjective by its beginning"),
        pytest.param("КУРСК", "в курске", id="Cyrillic in any case"),
        pytest.param("військові", "Військові КНДР", id="Ukrainian"),
        pytest.param("troops", "North Korean troops in Kursk", id="English"),
        pytest.param("TROOPS", "north korean Troops", id="Latin in any case"),
        pytest.param("kursk troops", "Troops seen in Kursk", id="all words in any order"),
        pytest.param("koreanscy", "koreańscy żołnierze", id="Polish without diacritics"),
        pytest.param("coréens", "soldats nord-coreens", id="French with diacritics"),
        pytest.param("balístico", "MISIL BALÍSTICO", id="Spanish capitals"),
        pytest.param("soldaten", "Nordkoreanische Soldaten", id="German"),
        pytest.param("قوات", "قوات كورية شمالية", id="Arabic"),
        pytest.param("कोरिया", "उत्तर कोरिया", id="Hindi"),
        pytest.param("Hwasong-19", "the Hwasong-19 ICBM", id="with a hyphen"),
        pytest.param("북한ICBM", "북한 ICBM 발사", id="scripts side by side"),
        pytest.param(unicodedata.normalize("NFD", "북한"), "북한군", id="a decomposed query"),
    ],
)  # fmt: skip
async def test_search_finds(store: Store, words: str, text: str) -> None:
    await add(store, "A title", text)

    assert hits(store, words) == ["A title"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param("북한", "한북", id="the letters of a Korean word in another order"),
        pytest.param("ทัพก", "กองทัพ", id="the letters of a Thai word in another order"),
        pytest.param("北朝鮮", "北の朝鮮", id="a Japanese word that is interrupted"),
        pytest.param("troops tanks", "troops", id="one of two words"),
        pytest.param("roops", "troops", id="the end of a word"),
    ],
)
async def test_search_does_not_find(store: Store, words: str, text: str) -> None:
    await add(store, "A title", text)

    assert hits(store, words) == []


async def test_search_looks_into_titles_too(store: Store) -> None:
    await add(store, "북한군 파병")

    assert hits(store, "파병") == ["북한군 파병"]


async def test_search_finds_words_of_title_and_text_together(store: Store) -> None:
    await add(store, "Kursk", "troops")

    assert hits(store, "kursk troops") == ["Kursk"]


@pytest.mark.parametrize(
    "words",
    ['"', "'", 'a"b', "troops AND", "OR", "NOT troops", "NEAR(a b", "title:", "title:troops", "(",
     "*", "tro*", "^troops", "-", "troops -tanks", "a + b", "{a}", "日本 OR", "、", "\x00", "%_"],
)  # fmt: skip
async def test_no_query_is_an_error(store: Store, words: str) -> None:
    await add(store, "A title")

    assert hits(store, words) in ([], ["A title"])


async def test_an_operator_is_searched_as_a_word(store: Store) -> None:
    await add(store, "Now or never")
    await add(store, "Never")

    assert hits(store, "never OR now") == ["Now or never"]


async def test_a_query_without_words_asks_for_nothing(store: Store) -> None:
    await add(store, "A title")

    assert hits(store, "… — !") == ["A title"]


# ── hits ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_newest_hit_comes_first(store: Store) -> None:
    for hours in (1, 3, 2):
        each = article(f"After {hours} hours")
        at = NOW + hours * HOUR
        await store.write(lambda tx, e=each, at=at: enter(tx, 1, e, at, found(e)))  # type: ignore[misc]

    assert hits(store) == ["After 3 hours", "After 2 hours", "After 1 hours"]
    assert hits(store, limit=1) == ["After 3 hours"]
    assert hits(store, since=NOW + 2 * HOUR) == ["After 3 hours", "After 2 hours"]
    assert hits(store, until=NOW + 2 * HOUR) == ["After 1 hours"]


async def test_near_misses_are_no_hits(store: Store) -> None:
    each = article("A title")
    await store.write(lambda tx: enter(tx, 1, each, NOW, found(each, reason="cancelled")))

    assert hits(store) == []


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"lang": "ko"}, ["북한군"]),
        ({"lang": "KO"}, ["북한군"]),
        ({"publisher": "yonhap"}, ["북한군"]),
        ({"publisher": "Yon"}, []),
        ({"topic": "icbm"}, ["Troops", "북한군"]),
        ({"topic": "kursk"}, []),
        ({"lang": "en", "publisher": "Yonhap"}, []),
    ],
)
async def test_a_filter_chooses(store: Store, wanted: dict[str, str], titles: list[str]) -> None:
    await add(store, "북한군", lang="ko", publisher="Yonhap")
    await add(store, "Troops")

    assert hits(store, **wanted) == titles


async def test_a_hit_has_its_fields(store: Store) -> None:
    missile = article("Launch", "A new ICBM was fired", link="https://news.example/1")
    await bring(store, FEED, [missile], NOW, topics=[topic("icbm", "ICBM", "fired")])

    with Reader(store.path) as reader:
        [hit] = reader.hits(HitFilter())
    assert tuple(hit) == HIT_FIELDS
    assert hit == {
        "id": 1,
        "topic": "icbm",
        "score": 0.91,
        "reason": "",
        "title": "Launch",
        "url": "https://news.example/1",
        "publisher": "Example",
        "feed": FEED.url,
        "feed_title": "One",
        "lang": "en",
        "published_at": None,
        "seen_at": "2024-10-31T18:00:00Z",
        "story": 1,
        "terms": ["ICBM", "fired"],
        "excerpt": "A new ICBM was fired",
        "gloss": "",
        "machine_gloss": "",
    }


async def test_a_hit_shows_the_text_that_was_hit(store: Store) -> None:
    topics = [topic("icbm", "ICBM")]
    await bring(store, FEED, [article("An ICBM", id="1")], NOW, topics=topics)
    await bring(store, FEED, [article("A satellite", id="1")], NOW + HOUR, topics=topics)

    assert hits(store) == ["An ICBM"]
    assert hits(store, "satellite") == []


async def test_an_article_that_hits_two_topics_is_two_hits(store: Store) -> None:
    topics = [topic("icbm", "ICBM"), topic("kursk", "Kursk")]
    await bring(store, FEED, [article("An ICBM in Kursk")], NOW, topics=topics)

    with Reader(store.path) as reader:
        assert {hit["topic"] for hit in reader.hits(HitFilter())} == {"icbm", "kursk"}


# ── one article, the ledger, the file ─────────────────────────────────────────────────────────


async def test_an_article_is_shown_with_everything_known_of_it(store: Store) -> None:
    topics = [topic("icbm", "ICBM"), topic("kursk", "Kursk", none=("submarine",))]
    link = "https://news.example/1"
    missile = article("An ICBM", "The submarine Kursk", link=link, published_at=NOW - HOUR)
    await bring(store, FEED, [missile], NOW, topics=topics)
    await bring(store, OTHER, [article("Copied", link=link)], NOW + HOUR, topics=topics)

    with Reader(store.path) as reader:
        row = reader.article(1)
    assert row
    assert (row["title"], row["text"], row["url"]) == (missile.title, missile.text, link)
    assert (row["published_at"], row["story"]) == ("2024-10-31T17:00:00Z", 1)
    outcomes = [(match["topic"], match["outcome"]) for match in row["matches"]]
    assert outcomes == [("icbm", "hit"), ("kursk", "near-miss")]
    assert [each["found"] for each in row["matches"][1]["evidence"]] == ["submarine", "Kursk"]
    entries = [(entry["feed"], entry["outcome"]) for entry in row["entries"]]
    assert entries == [(FEED.url, "hit"), (OTHER.url, "duplicate")]
    assert [(a["channel"], a["topics"], a["state"]) for a in row["alerts"]] == [
        ("desk", ["icbm"], "pending")
    ]


async def test_an_unknown_article_is_none(store: Store) -> None:
    with Reader(store.path) as reader:
        assert reader.article(1) is None


async def test_a_number_that_the_database_cannot_hold_is_an_error_of_the_store(
    store: Store,
) -> None:
    with Reader(store.path) as reader, pytest.raises(StoreError):
        reader.article(10**30)


async def test_each_entry_has_one_outcome_in_the_ledger(store: Store) -> None:
    topics = [topic("icbm", "ICBM", none=("parade",)), topic("kursk", "Kursk")]
    titles = ["ICBM", "ICBM parade", "ICBM parade in Kursk", "Weather"]
    articles = [article(title) for title in titles]
    unread = [Unread((digest("broken"),), "no title")]
    await bring(store, FEED, articles, NOW, topics=topics, unread=unread)
    await bring(store, OTHER, [articles[3]], NOW + HOUR, topics=topics)

    with Reader(store.path) as reader:
        one, two = reader.coverage()
    counts = ("entries", "hit", "near_miss", "no_match", "duplicate", "unread")
    assert [one[name] for name in counts] == [5, 2, 1, 1, 0, 1]
    assert [two[name] for name in counts] == [1, 0, 0, 0, 1, 0]


async def test_alerts_are_counted_by_channel_and_state(store: Store) -> None:
    topics = [topic("icbm", "ICBM")]
    old = article("An old ICBM", published_at=NOW - 3 * DAY)
    new = [article(f"ICBM {n}", published_at=NOW) for n in range(2)]
    await bring(store, FEED, [old, *new], NOW, topics=topics, channels=("desk", "ops"))

    with Reader(store.path) as reader:
        rows = [(row["channel"], row["state"], row["alerts"]) for row in reader.alert_states()]
    assert rows == [
        ("desk", "pending", 2),
        ("desk", "too-old", 1),
        ("ops", "pending", 2),
        ("ops", "too-old", 1),
    ]


def test_a_missing_database_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError, match=r"no database at .*`monitor run --once` makes it"):
        Reader(tmp_path / "monitor.db")


def test_reading_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError):
        Reader(tmp_path / "monitor.db")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_text("no database at all\n" * 1_000)

    with pytest.raises(StoreError, match=r"monitor\.db: the database cannot be read"):
        Reader(path)


async def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "a ?#%20 б" / "monitor.db"
    async with Store(path):
        pass

    with Reader(path) as reader:
        assert reader.alert_states() == []
