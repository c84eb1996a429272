"""Topics and term sets in `config.yaml`: what is refused, and where it stands."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from textwrap import dedent, indent

import pytest
from filled import move_into_empty_home

from monitor.config.load import Config, load
from monitor.errors import ConfigError, Mistake

FEED = "feeds: [{url: https://a.example/feed}]\n"
TOPIC = f"{FEED}topics:\n  - id: t\n    title: T\n"
FIRST = 5  # the line on which the settings of a topic begin


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def loaded(text: str) -> Config:
    path = Path("config.yaml")
    path.write_text(text, encoding="utf-8")
    return load(path)


def topic(settings: str, rest: str = "") -> str:
    """A configuration whose only topic has these settings, the first of them on line FIRST."""
    return TOPIC + indent(dedent(settings), "    ") + rest


def refused(text: str) -> list[Mistake]:
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    return caught.value.mistakes


def marked(text: str) -> str:
    """The one mistake's place: what the caret under the file's own line points to."""
    [mistake] = refused(text)
    line, caret = mistake.shown.split("\n")
    assert line.removeprefix("    ") == text.splitlines()[mistake.line - 1]
    assert caret.strip() == "^"
    return line.removeprefix("    ")[mistake.column - 1 :]


# ── mistakes in expressions ───────────────────────────────────────────────────────────────────


def test_a_mistake_in_an_expression_is_shown_with_a_caret_under_its_place() -> None:
    [mistake] = refused(topic("match: |\n  Kursk AND\n  elite troops\n"))
    assert str(mistake) == (
        "config.yaml:7:13: topics[0].match: “troops” is unexpected here: expected AND, OR, NOT, "
        'NEAR/n or SENTENCE between two terms; a phrase needs quotes: "two words"\n'
        "          elite troops\n"
        "                ^"
    )


@pytest.mark.parametrize(
    "settings",
    [
        "match: Kursk HERE\n",
        "match: 'Kursk HERE'\n",
        'match: "Kursk HERE"\n',
        "match:    Kursk   HERE\n",
        "match:\n  Kursk HERE\n",
        "match: Kursk\n  HERE\n",
        "match: 'Kursk AND\n\n  Sudzha HERE'\n",
        "match: '  Kursk HERE'\n",
        "match: 'it''s HERE'\n",
        'match: "\\"two words\\" HERE"\n',
        "match: &name Kursk HERE\n",
        "match: |\n  Kursk HERE\n",
        "match: |-\n  Kursk HERE\n",
        "match: |2\n  Kursk HERE\n",
        "match: |  # where it is\n  Kursk HERE\n",
        "match: |\n\n  Kursk HERE\n",
        "match: |\n  # where it is\n\n  Kursk AND\n    Sudzha HERE\n",
        "match: >\n  Kursk AND\n  Sudzha HERE\n",
        "anchor: Kursk HERE\nmatch: Kursk\n",
        "anchor: Kursk HERE\nany: [Kursk]\n",
    ],
)
def test_the_caret_stands_under_the_place_however_yaml_writes_the_text(settings: str) -> None:
    assert marked(topic(settings)).startswith("HERE")


def test_the_caret_stands_under_the_place_in_a_topic_on_one_line() -> None:
    assert marked(FEED + "topics: [{id: t, title: T, match: Kursk HERE}]\n").startswith("HERE")


def test_the_caret_counts_wide_characters_twice() -> None:
    [mistake] = refused(topic("match: 북한 병사\n"))
    line, caret = mistake.shown.split("\n")
    assert (mistake.line, mistake.column) == (FIRST, 15)
    assert caret.index("^") == line.index("병사") + 2


def test_what_is_missing_at_the_end_is_shown_after_the_end() -> None:
    [mistake] = refused(topic("match: |\n  (Kursk OR\n  Sudzha\nmax_age: 1d\n"))
    assert (mistake.line, mistake.column) == (FIRST + 2, 13)
    assert mistake.message == "the end is unexpected here: expected ) to close a ("


def test_a_text_with_a_variable_is_shown_where_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", "Kursk AND")
    assert marked(topic("match: ${WHERE} a b\n")).startswith("${WHERE}")


def test_every_expression_with_a_mistake_is_reported() -> None:
    more = "  - {id: u, title: U, match: c d, anchor: e f}\n"
    mistakes = refused(topic("match: a b\n", more))
    fields = [mistake.field for mistake in mistakes]
    assert fields == ["topics[0].match", "topics[1].match", "topics[1].anchor"]


def test_an_expression_and_another_setting_are_reported_together() -> None:
    mistakes = refused(topic("match: a b\ntreshold: 0.3\n"))
    assert [mistake.line for mistake in mistakes] == [FIRST, FIRST + 1]


@pytest.mark.parametrize(
    ("settings", "place", "message"),
    [
        ("match: '@troop AND x1'\n", "5:13", "there is no term set @troop; did you mean @troops?"),
        ("match: x1 AND '@zzz'\n", "5:19", None),
        ("any: ['@troop']\n", "5:11", "there is no term set @troop; did you mean @troops?"),
        ("all: [['@troop', x1]]\n", "5:12", "there is no term set @troop; did you mean @troops?"),
        ("any: [x1]\nnone:\n  - y1\n  - '@troop'\n", "8:9", "there is no term set @troop; did you"),
        ("any: ['@qqqqq']\n", "5:11", "there is no term set @qqqqq; `monitor topics sets` lists"),
        ("any: [x1, '…']\n", "5:15", "a term needs a letter or a digit"),
        ("any: ['=']\n", "5:11", "a term needs a letter or a digit"),
        ("any: ['*']\n", "5:11", "a term needs a letter or a digit"),
        ("all: [[x1], []]\n", "5:17", "an empty group can never be met"),
        ("any: [x1]\nnone: [x1]\n", "6:12", "`x1` is wanted and excluded: it can never hit"),
    ],
)
def test_a_mistake_in_a_list_is_reported_where_it_stands(
    settings: str, place: str, message: str | None
) -> None:
    mistake = refused(topic(settings))[0]
    assert f"{mistake.line}:{mistake.column}" == place
    assert mistake.message.startswith(message or "")


# ── what YAML makes of expressions ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "expression",
    ["@troops NEAR/4 Kursk", '"North Korean" AND x1', "*foo AND x1", "lang: ru AND x1", '"Kursk',
     "Kursk AND lang: ru", "`Kursk`", "%Kursk"],
)  # fmt: skip
def test_an_expression_that_is_no_yaml_is_told_of_the_block(expression: str) -> None:
    [mistake] = refused(topic(f"match: {expression}\n"))
    assert mistake.message.startswith("not valid YAML: ")
    assert mistake.message.endswith("write `match: |` and the expression indented on the next line")


def test_an_expression_in_a_topic_on_one_line_is_told_of_quotes() -> None:
    [mistake] = refused(FEED + "topics: [{id: t, title: T, match: @troops}]\n")
    assert mistake.message.endswith("write the expression in single quotes")


@pytest.mark.parametrize(
    "settings", ["any: [@troops, x1]\n", "any:\n  - @troops\n", "any: [x1, @troops]\n"]
)
def test_a_set_in_a_list_is_told_of_quotes(settings: str) -> None:
    [mistake] = refused(topic(settings))
    assert mistake.message.endswith('quote a term set\'s name, "@troops"')


@pytest.mark.parametrize("settings", ["match: # Kursk\n", "match:\n", "match: #kursk AND x1\n"])
def test_an_expression_that_yaml_takes_for_a_comment_is_told_of_the_block(settings: str) -> None:
    [mistake] = refused(topic(settings + "threshold: 0.3\n"))
    assert (mistake.line, mistake.column) == (FIRST, 5)
    assert mistake.message.startswith("is empty; # begins a comment: write `match: |`")


@pytest.mark.parametrize("value", ["[a, b]", "{a: b}", "1943", "1.5", "true"])
def test_an_expression_is_a_text(value: str) -> None:
    [mistake] = refused(topic(f"match: {value}\n"))
    assert (mistake.line, mistake.column, mistake.field) == (FIRST, 12, "topics[0].match")


@pytest.mark.parametrize("expression", ["x AND lang:ru", "title:x", "=Kursk", "Kursk*", "NO"])
def test_a_plain_expression_needs_no_block(expression: str) -> None:
    [found] = loaded(topic(f"match: {expression}\n")).topics
    assert found.match == expression


def test_a_comment_of_yaml_far_from_an_expression_gets_no_advice() -> None:
    [mistake] = refused(topic("match: Kursk\n", "polling:\n\n\n  interval: @x\n"))
    assert "write" not in mistake.message


# ── topics ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lists", ["any: [x1]", "all: [[x1]]", "none: [x1]"])
def test_an_expression_and_lists_are_not_mixed(lists: str) -> None:
    [mistake] = refused(topic(f"match: y1\n{lists}\n"))
    assert mistake.line == FIRST + 1
    assert mistake.message == "give either match or lists (any, all, none), not both"


@pytest.mark.parametrize(
    "settings",
    [
        "",
        "match: ''\n",
        "match: '  '\n",
        "any: []\n",
        "none: [x1]\n",
        "anchor: x1\n",
        "match: |\n  \n",
    ],
)
def test_a_topic_that_asks_for_nothing_is_refused(settings: str) -> None:
    [mistake] = refused(topic(settings))
    assert (mistake.line, mistake.field) == (FIRST - 2, "topics[0]")
    assert mistake.message.startswith("an empty topic")


def test_a_topic_of_comments_alone_is_refused() -> None:
    [mistake] = refused(topic("match: |\n  # to be written\n"))
    assert mistake.message.startswith("the end is unexpected here")


def test_a_topic_has_the_settings_that_stand_there() -> None:
    [found] = loaded(topic("match: |\n  a1 AND\n  b1\nanchor: a1\nthreshold: 0.3\n")).topics
    assert (found.match, found.anchor, found.threshold) == ("a1 AND\nb1", "a1", 0.3)
    assert (found.any, found.all, found.none) == ((), (), ())


def test_a_topic_without_a_threshold_asks_for_half() -> None:
    assert loaded(topic("match: a1\n")).topics[0].threshold == 0.5


@pytest.mark.parametrize("value", ["0", "-1", "1.01", "'0.5'", "high", ".nan", ".inf"])
def test_a_threshold_is_above_nothing_and_at_most_one(value: str) -> None:
    [mistake] = refused(topic(f"match: a1\nthreshold: {value}\n"))
    assert mistake.field == "topics[0].threshold"


@pytest.mark.parametrize("settings", ["match: Троицкий OR Cáucaso\n", "any: [Троицкий, Cáucaso]\n"])
def test_letters_written_as_two_characters_are_those_of_articles(settings: str) -> None:
    [found] = loaded(unicodedata.normalize("NFD", topic(settings))).topics
    words = " ".join((found.match, *found.any))
    assert "Троицкий" in words
    assert "Cáucaso" in words


# ── examples ──────────────────────────────────────────────────────────────────────────────────


def test_examples_come_with_their_place() -> None:
    settings = """\
        match: a1
        examples:
          match:
            - An a1
          no_match: [A b1]
    """
    first, second = loaded(topic(settings)).examples
    assert (first.topic, first.text, first.hits) == ("t", "An a1", True)
    assert (second.topic, second.text, second.hits) == ("t", "A b1", False)
    assert [(each.mistake.line, each.mistake.column) for each in (first, second)] == [
        (8, 11),
        (9, 18),
    ]


def test_a_single_example_needs_no_list() -> None:
    [found] = loaded(topic("match: a1\nexamples: {match: An a1}\n")).examples
    assert found.text == "An a1"


@pytest.mark.parametrize(
    ("examples", "place", "message"),
    [
        ("{nomatch: [x1]}", "6:16", "unknown key; did you mean `no_match`?"),
        ("[x1]", "6:15", "expected keys with values below it"),
        ("{match: 5}", "6:23", "expected a list"),
        ("{match: [5]}", "6:24", ""),
    ],
)
def test_a_mistake_in_examples_is_reported_where_it_stands(
    examples: str, place: str, message: str
) -> None:
    [mistake] = refused(topic(f"match: a1\nexamples: {examples}\n"))
    assert f"{mistake.line}:{mistake.column}" == place
    assert mistake.message.startswith(message)


# ── term sets of one's own ────────────────────────────────────────────────────────────────────


def with_terms(terms: str, match: str = "x1") -> str:
    return topic(f"match: '{match}'\n", "terms:\n" + indent(dedent(terms), "  "))


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("my_set: a1\n", (("", "a1"),)),
        ("my_set: [a1, b1]\n", (("", "a1"), ("", "b1"))),
        ("my_set: {en: a1, ru: [b1, c1]}\n", (("en", "a1"), ("ru", "b1"), ("ru", "c1"))),
        (
            "my_set:\n  en: ['\"a b\"', =C1]\n  about: some words\n",
            (("en", '"a b"'), ("en", "=C1")),
        ),
    ],
)
def test_a_term_set_is_a_list_or_lists_by_language(
    written: str, terms: tuple[tuple[str, str], ...]
) -> None:
    assert loaded(with_terms(written, "@my_set")).sets["my_set"].terms == terms


def test_a_term_set_may_include_others() -> None:
    config = loaded(
        with_terms("my_set: {sets: [yours_too, '@troops']}\nyours_too: [a1]\n", "@my_set")
    )
    assert config.sets["my_set"].sets == ("yours_too", "troops")


@pytest.mark.parametrize(
    ("terms", "place", "message"),
    [
        ("Mine: [a1]\n", "[a1]", "a term set is named in small letters, digits and _"),
        ("a.b: [a1]\n", "[a1]", "a term set is named in small letters, digits and _"),
        ("troops: [a1]\n", "[a1]", "@troops comes with the program: take another name"),
        ("my_set: {english: [a1]}\n", "[a1]", "expected languages (ISO 639: en, ru, ko …)"),
        ("my_set: {en: [a1, '…']}\n", "'…'", "a term needs a letter or a digit"),
        ("my_set: {sets: [a1set]}\n", "a1set", "there is no term set @a1set"),
        ("my_set: {sets: [troop]}\n", "troop]", "there is no term set @troop; did you mean @tro"),
        ("my_set: 5\n", "5", "expected keys with values below it"),
        ("my_set: {en: [a1, 5]}\n", "5]", "expected text: YAML reads a number here"),
        ("my_set: [a1, '!b1']\n", "'!b1'", "! needs a language"),
    ],
)
def test_a_mistake_in_a_term_set_is_reported_where_it_stands(
    terms: str, place: str, message: str
) -> None:
    text = with_terms(terms)
    [mistake] = refused(text)
    assert mistake.message.startswith(message)
    assert text.splitlines()[mistake.line - 1][mistake.column - 1 :].startswith(place)


def test_a_mistake_in_one_term_set_is_none_in_topics_that_name_others() -> None:
    [mistake] = refused(with_terms("my_set: [a1]\nother: 5\n", "@my_set AND @other"))
    assert mistake.field == "terms.other"


def test_an_own_term_set_that_is_not_there_is_told_its_neighbour() -> None:
    [mistake] = refused(with_terms("wagner_group: [a1]\n", "@wagner_groups"))
    assert mistake.message.endswith("did you mean @wagner_group?")


@pytest.mark.parametrize(
    "settings", ["any: ['!a1']\n", "any: ['-a1']\n", "any: [x1]\nnone: ['!a1']\n"]
)
def test_marks_that_only_term_sets_know_are_refused_in_lists(settings: str) -> None:
    [mistake] = refused(topic(settings))
    assert "term set" in mistake.message


def test_an_expression_that_yaml_cuts_at_a_comment_is_refused() -> None:
    [mistake] = refused(topic("match: Kursk # x AND y\n"))
    assert "what follows # is a comment to YAML: write `match: |`" in mistake.message


@pytest.mark.parametrize("match", ["'Kursk # x'", "|\n  Kursk # a remark"])
def test_a_remark_inside_of_an_expression_is_none_to_yaml(match: str) -> None:
    assert loaded(topic(f"match: {match}\n")).topics[0].match.startswith("Kursk # ")


# ── entries of lists that were meant as expressions ───────────────────────────────────────────


@pytest.mark.parametrize(
    ("entry", "advice"),
    [
        ("@houthis", "write `sets: [houthis]`"),
        ("troops @houthis", "@houthis is a term set, not part of a term"),
        ("hou*thi", "* ends a word: write `hou*`"),
        ("a AND b", "AND means something in `match` only"),
        ("(a OR b)", "OR means something in `match` only"),
        ("NOT parade", "NOT means something in `match` only"),
        ("troops NEAR/3 x", "NEAR/3 means something in `match` only"),
        ("lang:ru", "lang: means something in `match` only"),
        ("troops|soldiers", "write each term as an entry of its own"),
        ("“two words”", "quotation marks that mean “as written” are straight"),
    ],
)
def test_an_entry_of_a_term_set_that_is_an_expression_is_refused_with_advice(
    entry: str, advice: str
) -> None:
    [mistake] = refused(topic("any: [x1]\n", f"terms:\n  mine_too:\n    en: [x2, '{entry}']\n"))
    assert (mistake.line, mistake.field) == (8, "terms.mine_too.en[1]")
    assert advice in mistake.message


def test_an_expression_in_a_list_of_a_topic_is_told_of_match() -> None:
    [mistake] = refused(topic("any: [x1, 'a AND b']\n"))
    assert (mistake.field, mistake.line) == ("topics[0].any[1]", 5)
    assert "write `match: |` and an expression" in mistake.message


@pytest.mark.parametrize(
    "entry",
    ['"@houthis"', '"a AND b"', "OR", "刚果(金)", 'צה"ל', "Bank of America", "x2*", "=Rock AND"],
)
def test_an_entry_that_may_stand_in_a_text_is_a_term(entry: str) -> None:
    loaded(topic("any: [x1]\n", f"terms:\n  mine_too:\n    en: [x2, '{entry}']\n"))


@pytest.mark.parametrize(
    ("terms", "column", "advice"),
    [
        ("en: [@houthis]", 10, "write `sets: [houthis]`"),
        ("sets: [@houthis]", 12, "write `sets: [houthis]`"),
        ("en: [x1, !war]", 14, "quote a term that begins with it, '!war'"),
        ("en: [!war, x1]", 10, "quote a term that begins with it, '!war'"),
        ("en: [! war]", 10, "quote a term that begins with it, '!war'"),
        ('en: [!"marines"]', 11, "quote a term that begins with it, '!\"marines\"'"),
    ],
)
def test_a_sign_of_a_term_set_that_yaml_takes_for_its_own_is_named_at_its_place(
    terms: str, column: int, advice: str
) -> None:
    [mistake] = refused(topic("any: [x1]\n", f"terms:\n  mine_too:\n    {terms}\n"))
    assert (mistake.line, mistake.column) == (8, column)
    assert advice in mistake.message
