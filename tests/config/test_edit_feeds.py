"""Changes of the feeds in `config.yaml`: only the lines meant, and never a mistaken file."""

from __future__ import annotations

import difflib
import os
import stat
from pathlib import Path

import pytest
from amounts import many, sample
from conftest import ROOT
from filled import SMALL, move_into_empty_home
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.edit_feeds import FeedList, read_feeds
from monitor.config.load import load
from monitor.config.rewrite import change_feeds, mistake_in
from monitor.errors import InputError

SHIPPED = (ROOT / "config.yaml").read_text(encoding="utf-8")
NEW = {"url": "https://new.example/rss", "title": "New: “news”", "lang": "en"}
PATH = Path("config.yaml")


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def feeds_of(text: str) -> FeedList:
    return FeedList(PATH, text)


def difference(before: str, after: str) -> list[str]:
    """The lines that went (-) and came (+)."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


STYLES = """\
# head
feeds:   # the list
  # above a
  - &a {url: "https://a.example/f", title: A,   kind: wire}   # after a
  # above b

  - url: 'https://b.example/f'   # after b
    title: >
      B, at
      length
    enabled: false

  -
    title: "C"
    url: https://c.example/f
  - {<<: *a, url: https://d.example/f,
     title: D,  # after D
    }
  # end of the list

topics:
  - {id: icbm, title: ICBM, any: [ICBM]}   # a topic
"""


# ── adding ────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_added_to_the_shipped_configuration_in_two_new_lines() -> None:
    entry = {
        "url": "https://new.example/a/rather/long/address/rss.xml", "title": "Новости",
        "publisher": "A publisher", "country": "NO", "lang": "ru", "kind": "wire",
        "interval": "5m", "folder": "World/Asia",
    }  # fmt: skip
    after = feeds_of(SHIPPED).added([entry])

    assert difference(SHIPPED, after) == [
        (
            '+  - {url: "https://new.example/a/rather/long/address/rss.xml", title: "Новости",'
            ' publisher: "A publisher", country: NO,\n'
        ),
        '+     lang: ru, kind: wire, interval: 5m, folder: "World/Asia"}\n',
    ]
    assert feeds_of(after).feeds[-1] == entry


def test_a_feed_is_added_after_the_last_and_before_what_follows() -> None:
    after = feeds_of(STYLES).added([NEW])

    assert difference(STYLES, after) == [
        '+  - {url: "https://new.example/rss", title: "New: “news”", lang: en}\n'
    ]
    assert after.index("new.example") < after.index("# end of the list")


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("feeds:\n- url: a  # c\n", ["- url: b", "  title: t"]),
        ("feeds:\n  -   url: a\n", ["  -   url: b", "      title: t"]),
        ("feeds:\n    - {url: a}\n", ['    - {url: "b", title: "t"}']),
        ("feeds: &all\n  - {url: a}\n", ['  - {url: "b", title: "t"}']),
        ("feeds:\n  -\n    url: a\n", ["  - url: b", "    title: t"]),
        ("feeds:\n", ['  - {url: "b", title: "t"}']),
        ("feeds: # none yet\n\nterms: {}\n", ['  - {url: "b", title: "t"}']),
        ("", ["feeds:", '  - {url: "b", title: "t"}']),
        ("# nothing yet\n", ["feeds:", '  - {url: "b", title: "t"}']),
        ("terms: {}\n", ["feeds:", '  - {url: "b", title: "t"}']),
    ],
)
def test_a_new_feed_looks_like_its_neighbour(before: str, lines: list[str]) -> None:
    after = feeds_of(before).added([{"url": "b", "title": "t"}])

    came = [line.removeprefix("+").rstrip("\n") for line in difference(before, after)]
    assert [line.replace('"', "") for line in came if line] == [
        line.replace('"', "") for line in lines
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("feeds: []\n", 'feeds: [{url: "b"}]\n'),
        ("feeds: [{url: a}]\n", 'feeds: [{url: a}, {url: "b"}]\n'),
        ("feeds: [{url: a}, ] # x\n", 'feeds: [{url: a}, {url: "b"}, ] # x\n'),
        ('{"feeds": [{"url": "a"}]}', '{"feeds": [{"url": "a"}, {url: "b"}]}'),
        (
            "feeds: [\n  {url: a}, # a\n]\n",
            'feeds: [\n  {url: a},\n  {url: "b"}, # a\n]\n',
        ),
        ("feeds:\n  - {url: a}", 'feeds:\n  - {url: a}\n  - {url: "b"}'),
        ("feeds:\r\n  - {url: a}\r\n", 'feeds:\r\n  - {url: a}\r\n  - {url: "b"}\r\n'),
        ("\ufefffeeds:\n  - {url: a}\n", '\ufefffeeds:\n  - {url: a}\n  - {url: "b"}\n'),
    ],
)
def test_lists_in_brackets_and_odd_files_are_added_to(before: str, after: str) -> None:
    assert feeds_of(before).added([{"url": "b"}]) == after


# ── removing ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("index", sample(range(40), every=13))
def test_only_the_lines_of_a_feed_are_removed(index: int) -> None:
    feeds = feeds_of(SHIPPED)
    gone = difference(SHIPPED, feeds.removed(index))

    assert all(line.startswith(("-  - {url: ", "-     country: ")) for line in gone)
    assert len(gone) == 2
    assert str(feeds.feeds[index]["url"]) in gone[0]


def test_feeds_of_all_styles_are_removed_and_comments_stay() -> None:
    feeds = feeds_of(STYLES)

    assert [line[1:] for line in difference(STYLES, feeds.removed(1))] == STYLES.splitlines(True)[
        6:11
    ]
    assert [line[1:] for line in difference(STYLES, feeds.removed(2))] == STYLES.splitlines(True)[
        12:15
    ]
    assert [line[1:] for line in difference(STYLES, feeds.removed(3))] == STYLES.splitlines(True)[
        15:18
    ]


def test_a_feed_that_others_build_on_is_not_removed() -> None:
    with pytest.raises(InputError, match="edit it by hand"):
        feeds_of(STYLES).removed(0)


@pytest.mark.parametrize(
    ("index", "after"),
    [
        (0, "feeds: [{url: b},\n  # above c\n  {url: c}  # after c\n  ]\n"),
        (1, "feeds: [{url: a},\n  # above c\n  {url: c}  # after c\n  ]\n"),
        (2, "feeds: [{url: a}, {url: b},\n  # above c\n    # after c\n  ]\n"),
    ],
)
def test_a_feed_between_brackets_is_removed_with_its_comma(index: int, after: str) -> None:
    text = "feeds: [{url: a}, {url: b},\n  # above c\n  {url: c}  # after c\n  ]\n"
    assert feeds_of(text).removed(index) == after


def test_the_line_of_a_comment_above_is_known() -> None:
    assert [feeds_of(STYLES).comment_above(index) for index in range(4)] == [3, 0, 0, 0]


# ── pausing and resuming ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("index", sample(range(40), every=13))
def test_a_paused_feed_of_the_shipped_configuration_resumes_as_it_was(index: int) -> None:
    paused = feeds_of(SHIPPED).switched(index, on=False)
    feeds = feeds_of(paused)

    assert [number for number, feed in enumerate(feeds.feeds) if "enabled" in feed] == [index]
    assert len(difference(SHIPPED, paused)) == 2
    assert feeds.switched(index, on=True) == SHIPPED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- {url: a}", "- {url: a, enabled: false}"),
        ("- {url: a,}  # c", "- {url: a, enabled: false,}  # c"),
        ("- {url: a, enabled: true}", "- {url: a, enabled: false}"),
        ("- {url: a # c\n    }", "- {url: a, enabled: false # c\n    }"),
        ("- url: a  # c", "- url: a  # c\n    enabled: false"),
        ("- url: a\n    title: |\n      t\n\n  # c", ("- url: a\n    title: |\n      t\n"
         "    enabled: false\n\n  # c")),
        ("- url: a\n    enabled: true # c", "- url: a\n    enabled: false # c"),
        ("- {url: a, title: " + "t" * 90 + "}", "- {url: a, title: " + "t" * 90 + ",\n"
         "     enabled: false}"),
    ],
)  # fmt: skip
def test_pausing_adds_a_key_or_changes_its_value(before: str, after: str) -> None:
    text = f"feeds:\n  {before}\n  - {{url: z}}\n"
    assert feeds_of(text).switched(0, on=False) == f"feeds:\n  {after}\n  - {{url: z}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- {url: a, enabled: false}", "- {url: a}"),
        ("- {enabled: false, url: a}", "- {url: a}"),
        ("- {url: a, enabled: false, lang: en}", "- {url: a, lang: en}"),
        ("- {url: a, # c\n     enabled: false}", "- {url: a, # c\n     }"),
        ("- {url: a,\n     enabled: false, # c\n     lang: en}", ("- {url: a,\n     # c\n"
         "     lang: en}")),
        ("- url: a\n    enabled: false\n    lang: en", "- url: a\n    lang: en"),
        ("- url: a\n    enabled: false  # since May", "- url: a\n    enabled: true  # since May"),
        ("- enabled: false\n    url: a", "- enabled: true\n    url: a"),
        ("- {url: a, <<: {enabled: false}}", "- {url: a, <<: {enabled: false}, enabled: true}"),
    ],
)  # fmt: skip
def test_resuming_removes_the_key_where_that_costs_nothing(before: str, after: str) -> None:
    text = f"feeds:\n  {before}\n  - {{url: z}}\n"
    assert feeds_of(text).switched(0, on=True) == f"feeds:\n  {after}\n  - {{url: z}}\n"


# ── all of them ───────────────────────────────────────────────────────────────────────────────

VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=60)
ENTRIES = st.fixed_dictionaries(
    {"url": VALUES.map("https://x.example/".__add__)},
    optional={"title": VALUES, "folder": VALUES, "lang": st.sampled_from(["no", "en"])},
)


@settings(derandomize=True, max_examples=many(60), deadline=None)
@given(
    new=st.lists(ENTRIES, min_size=1, max_size=3),
    text=st.sampled_from([SMALL, STYLES, "feeds: []\n", "feeds:\n- url: a\n  title: b # c\n"]),
)
def test_what_is_added_is_read_back_and_leaves_no_trace_when_removed(
    new: list[dict[str, str]], text: str
) -> None:
    before = feeds_of(text)
    after = before.added(new)
    assert feeds_of(after).feeds == [*before.feeds, *new]
    for _ in new:
        after = feeds_of(after).removed(len(feeds_of(after).feeds) - 1)
    assert after == text


# ── finding ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["https://a.example/f", "http://www.a.example/f/", "https://a.example/f#x", "a", "A"]
)
def test_a_feed_is_found_by_address_or_title(name: str) -> None:
    assert feeds_of(STYLES).find(name) == 0


def test_a_feed_without_a_title_is_called_by_its_host() -> None:
    assert feeds_of(SMALL).find("a.example") == 0


def test_a_name_that_is_unknown_or_no_single_feed_is_told() -> None:
    with pytest.raises(InputError, match="did you mean `NK News`"):
        feeds_of(SHIPPED).find("NK New")
    feed = "  - {{url: https://a.example/{}, title: T}}\n"
    twice = "feeds:\n" + feed.format(1) + feed.format(2)
    with pytest.raises(InputError, match=r"2 feeds are called `t`.*example/1, .*example/2"):
        feeds_of(twice).find("t")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("feeds: [", "not valid YAML"),
        ("feeds: {a: b}\n", "not written as a list"),
        ("feeds: text\n", "not written as a list"),
        ("- a\n", "not written as a list"),
        ("{terms: {}}\n", "not written as a list"),
        ("terms: {}\n...\n", "edit it by hand"),
        ("a: 2024-02-30\n", "not valid YAML"),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        feeds_of(text).added([NEW])


# ── the file ──────────────────────────────────────────────────────────────────────────────────


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name != "token"]


def add(feeds: FeedList) -> str:
    return feeds.added([NEW])


def test_the_file_keeps_its_mode_and_owner_and_leaves_no_other_behind() -> None:
    PATH.write_text(SMALL, encoding="utf-8")
    PATH.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(PATH, 12_345, 23_456)
    before = PATH.stat()
    change_feeds(PATH, add)

    after = PATH.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino
    assert files(Path()) == ["config.yaml"]
    assert [feed.title for feed in load(PATH).feeds] == ["a.example", "New: “news”"]


def test_a_link_stays_a_link_and_secrets_are_looked_for_beside_it(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    channel = "channels:\n  desk: {type: slack, token_file: token, channel: c}\n"
    (elsewhere / "real.yaml").write_text(SMALL + channel, encoding="utf-8")
    Path("token").write_text("xoxb-secret", encoding="utf-8")
    PATH.symlink_to(elsewhere / "real.yaml")
    change_feeds(PATH, add)

    assert PATH.is_symlink()
    assert len(load(PATH).feeds) == 2
    assert files(elsewhere) == ["real.yaml"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"url": "https://a.example/feed/"}, "the same feed as"),
        ({"url": "https://b.example/${NOT_SET}"}, "NOT_SET is not set"),
        ({"url": "https://b.example/", "titel": "B"}, "unknown key"),
    ],
)
def test_a_change_that_brings_a_mistake_is_refused(entry: dict[str, str], reason: str) -> None:
    PATH.write_text(SMALL, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        change_feeds(PATH, lambda feeds: feeds.added([entry]))

    assert PATH.read_text(encoding="utf-8") == SMALL
    assert files(Path()) == ["config.yaml"]


def test_mistakes_that_were_there_before_do_not_matter() -> None:
    wrong = (
        SMALL.replace("- url", "- {url: 'ftp://b.example/'}\n  - url") + "polling: {timeot: 5s}\n"
    )
    PATH.write_text(wrong, encoding="utf-8")
    change_feeds(PATH, lambda feeds: feeds.removed(1))

    assert [feed["url"] for feed in read_feeds(PATH).feeds] == ["ftp://b.example/"]


def test_a_file_that_changes_meanwhile_is_not_overwritten() -> None:
    PATH.write_text(SMALL, encoding="utf-8")

    def slowly(feeds: FeedList) -> str:
        PATH.write_text(f"{SMALL}# by somebody else\n", encoding="utf-8")
        return feeds.added([NEW])

    with pytest.raises(InputError, match="changed by somebody else"):
        change_feeds(PATH, slowly)
    assert PATH.read_text(encoding="utf-8") == f"{SMALL}# by somebody else\n"


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(InputError, match=r"config\.yaml cannot be read: No such file"):
        change_feeds(PATH, add)
    PATH.write_bytes(b"feeds: \xff")
    with pytest.raises(InputError, match="not in UTF-8"):
        change_feeds(PATH, add)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_must_not_be_written_to_is_told() -> None:
    PATH.write_text(SMALL, encoding="utf-8")
    Path().chmod(0o500)
    try:
        with pytest.raises(InputError, match="cannot be replaced: Permission denied"):
            change_feeds(PATH, add)
    finally:
        Path().chmod(0o700)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"url": "https://a.example/"}, ""),
        ({"url": "${BASE}/rss"}, ""),
        ({"url": "file:///etc/passwd"}, "url: expected an http or https address"),
        ({"url": "https://u:p@a.example/"}, "url: a password here"),
        ({"url": "https://a.example/", "kind": "wier"}, "kind: expected one of"),
        ({"url": "https://a.example/", "country": "Korea"}, "country: expected KP (North Korea)"),
        ({"url": "https://a.example/", "interval": "5"}, "interval: expected a duration"),
        ({"url": ""}, "url: "),
    ],
)
def test_a_mistake_in_a_new_feed_is_told_by_its_key(entry: dict[str, str], expected: str) -> None:
    found = mistake_in(entry)
    assert found.startswith(expected)
    assert bool(found) == bool(expected)


def test_a_feed_without_a_title_is_found_by_its_address_without_the_scheme() -> None:
    text = "feeds:\n  - url: https://a.example/asia\n  - url: https://a.example/europe\n"
    assert feeds_of(text).find("a.example/europe") == 1
