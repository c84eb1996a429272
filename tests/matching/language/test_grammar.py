"""The topic language: what an expression asks for, and where a mistake stands."""

from __future__ import annotations

import pickle
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from amounts import many
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import UnexpectedToken
from tblib.pickling_support import pickle_exception

from monitor.matching.language.expression import (
    SENTENCE,
    And,
    Filter,
    Near,
    Node,
    Not,
    Or,
    SetRef,
    Term,
    Title,
    Unless,
    dumped,
    leaves,
    loaded,
)
from monitor.matching.language.grammar import read
from monitor.matching.language.refusal import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

examples = settings(derandomize=True, max_examples=many(200), deadline=None)
SETS = frozenset({"troops", "north_korea", "kursk.name"})
A, B, C, D = (Term(letter) for letter in "abcd")


def wrong(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        read(text, SETS)
    return caught.value


# ── terms ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("missile", Term("missile")),
        ("Hwasong-19", Term("Hwasong-19")),
        ("d'Ivoire", Term("d'Ivoire")),
        ("can’t", Term("can’t")),
        ("U.S", Term("U.S")),
        ("3.5", Term("3.5")),
        ("북한", Term("북한")),
        ("troop*", Term("troop", begins=True)),
        ("=Sentinel", Term("Sentinel", exact=True, cased=True)),
        ('"troops"', Term("troops", exact=True)),
        ('"N. Korea"', Term("N. Korea", exact=True)),
        ('"special op*"', Term("special op", exact=True, begins=True)),
        ('="Storm Shadow"', Term("Storm Shadow", exact=True, cased=True)),
        ("“on the ground”", Term("on the ground", exact=True)),
        ("„an der Front“", Term("an der Front", exact=True)),
        ("«на фронте»", Term("на фронте", exact=True)),
        ('"AND"', Term("AND", exact=True)),
        ('"lang:ru"', Term("lang:ru", exact=True)),
        ('"@troops"', Term("@troops", exact=True)),
    ],
)
def test_a_term_says_how_it_is_to_be_found(text: str, term: Term) -> None:
    assert read(text) == term


@pytest.mark.parametrize("text", ["android", "ORBAN", "NOTE", "NEARBY", "SENTENCED", "AND-gate"])
def test_a_word_that_begins_like_an_operator_is_a_word(text: str) -> None:
    assert read(text) == Term(text)


def test_a_set_and_a_part_of_one_are_named_with_an_at() -> None:
    assert read("@troops", SETS) == SetRef("troops")
    assert read("@kursk.name", SETS) == SetRef("kursk.name")


# ── operators ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a AND b", And((A, B))),
        ("a AND b AND c", And((A, B, C))),
        ("a AND (b AND c)", And((A, B, C))),
        ("a OR (b OR c) OR d", Or((A, B, C, D))),
        ("a OR b AND c", Or((A, And((B, C))))),
        ("(a OR b) AND c", And((Or((A, B)), C))),
        ("a AND NOT b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a NOT b AND c", And((A, Not(B), C))),
        ("a AND NOT b OR c", Or((And((A, Not(B))), C))),
        ("a AND NOT (b OR c)", And((A, Not(Or((B, C)))))),
        ("a AND NOT b NEAR/3 c", And((A, Not(Near(B, C, 3))))),
        ("a NEAR/3 b", Near(A, B, 3)),
        ("a NEAR/0 b", Near(A, B, 0)),
        ("a SENTENCE b", Near(A, B, SENTENCE)),
        ("a NEAR/3 b AND c", And((Near(A, B, 3), C))),
        ("a OR b NEAR/3 c", Or((A, Near(B, C, 3)))),
        ("a NEAR/3 b NEAR/4 c", Near(Near(A, B, 3), C, 4)),
        ("a NEAR/3 (b NEAR/4 c)", Near(A, Near(B, C, 4), 3)),
        ("a NOT NEAR/3 b", Unless(A, B, 3)),
        ("a NOT  NEAR/3 b", Unless(A, B, 3)),
        ("a NOT\nNEAR/3 b", Unless(A, B, 3)),
        ("a NOT SENTENCE b", Unless(A, B, SENTENCE)),
        ("a NEAR/3 b NOT NEAR/2 c", Unless(Near(A, B, 3), C, 2)),
        ("title:a", Title(A)),
        ("title: a", Title(A)),
        ("title:a AND b", And((Title(A), B))),
        ("title:(a OR b)", Title(Or((A, B)))),
        ("a AND lang:ru", And((A, Filter("lang", ("ru",))))),
        ("a AND lang:(ru OR uk)", And((A, Filter("lang", ("ru", "uk"))))),
        ('a AND publisher:"New Desk"', And((A, Filter("publisher", ("New Desk",))))),
        ("a AND kind:think-tank", And((A, Filter("kind", ("think-tank",))))),
        ("a AND NOT lang:ru", And((A, Not(Filter("lang", ("ru",)))))),
    ],
)  # fmt: skip
def test_an_expression_is_read_as_a_tree(text: str, node: Node) -> None:
    assert read(text) == node


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("(a AND b) NEAR/3 c", "a NEAR/3 c AND b NEAR/3 c"),
        ("c NEAR/3 (a AND b)", "c NEAR/3 a AND c NEAR/3 b"),
        ("(a AND b) SENTENCE (c AND d)",
         "a SENTENCE c AND a SENTENCE d AND b SENTENCE c AND b SENTENCE d"),
        ("(a OR (b AND c)) NEAR/3 d", "a NEAR/3 d OR b NEAR/3 d AND c NEAR/3 d"),
        ("title:(a AND b)", "title:a AND title:b"),
        ("title:(a OR (b AND c))", "title:a OR title:b AND title:c"),
    ],
)  # fmt: skip
def test_what_is_asked_of_an_and_is_asked_of_each_part(text: str, same: str) -> None:
    assert read(text) == read(same)


def test_lines_and_comments_are_of_no_matter() -> None:
    text = "# who\na  # the first\n\tAND\n\n  b # the second"
    assert read(text) == And((A, B))


# ── the text of an expression ─────────────────────────────────────────────────────────────────

WORDS = ["a", "missile*", "Hwasong-19", "북한", "=Курск", "ANDES", "@troops", "@kursk.name"]
PHRASES = ['"one"', '"two words"', '="Two Words"', '"AND"', '="AND"', '"N. Korea"', '="N/A"',
           '"lang:ru"', '"begins so*"', "“북 한”", '"so «genannt» da"']  # fmt: skip
FILTERS = st.sampled_from(
    [
        "lang:ru",
        "lang:(ru OR uk)",
        'publisher:"New Desk"',
        'publisher:("N/A" OR A.P)',
        'kind:"AND"',
        "kind:think-tank",
        "kind:x*",
        "lang:=ru",
        'publisher:“the "Post" of”',
    ]
)


def _placed(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    distances = st.sampled_from(["NEAR/0", "NEAR/12", "SENTENCE", "NOT NEAR/3", "NOT SENTENCE"])
    return st.one_of(
        st.tuples(below, st.sampled_from(["AND", "OR"]), below).map(
            "({0[0]}) {0[1]} ({0[2]})".format
        ),
        st.tuples(below, distances, below).map("({0[0]}) {0[1]} ({0[2]})".format),
        below.map("title:({})".format),
    )


def _any(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(below, below, below).map("({0[0]}) OR ({0[1]}) AND ({0[2]})".format),
        st.tuples(below, below).map("({0[0]}) AND NOT ({0[1]})".format),
        st.tuples(below, FILTERS).map("({0[0]}) AND {0[1]}".format),
        st.tuples(below, FILTERS).map("({0[0]}) AND NOT {0[1]}".format),
    )


EXPRESSIONS = st.recursive(
    st.recursive(st.sampled_from(WORDS + PHRASES), _placed, max_leaves=4), _any, max_leaves=5
)


@examples
@given(EXPRESSIONS)
def test_an_expression_written_out_is_read_as_itself(text: str) -> None:
    node = read(text, SETS)
    assert read(str(node), SETS) == node


@examples
@given(EXPRESSIONS)
def test_an_expression_comes_back_from_plain_values(text: str) -> None:
    node = read(text, SETS)
    assert loaded(dumped(node)) == node


def test_the_leaves_of_an_expression_come_from_left_to_right() -> None:
    node = read("(a OR @troops) NEAR/3 b AND NOT title:c AND d NOT NEAR/2 a", SETS)
    assert list(leaves(node)) == [A, SetRef("troops"), B, C, D, A]


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────

OPERAND = 'expected a word, a "phrase", a term set such as @troops, or ('


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "1:1", f"the end is unexpected here: {OPERAND}"),
        ("  \n ", "1:1", f"the end is unexpected here: {OPERAND}"),
        ("a AND", "1:6", f"the end is unexpected here: {OPERAND}"),
        ("a AND\n  b OR\n", "2:7", f"the end is unexpected here: {OPERAND}"),
        ("OR a", "1:1", f"“OR” is unexpected here: {OPERAND}"),
        ("a AND OR b", "1:7", f"“OR” is unexpected here: {OPERAND}"),
        ("NEAR/5 a", "1:1", f"“NEAR/5” is unexpected here: {OPERAND}"),
        ("NOT NOT a", "1:5", f"“NOT” is unexpected here: {OPERAND}"),
        ("a ()", "1:3", "“(” is unexpected here: expected AND, OR, NOT, NEAR/n or SENTENCE"),
        ("()", "1:2", f"“)” is unexpected here: {OPERAND}"),
        ("(a", "1:3", "the end is unexpected here: expected ) to close a ("),
        ("a)", "1:2", "“)” is unexpected here: no ( is open"),
        ("a AND lang:", "1:12", "the end is unexpected here: expected a name, such as ru"),
        ("a AND lang:(ru uk)", "1:16", "“uk” is unexpected here: expected OR or )"),
    ],
)  # fmt: skip
def test_a_mistake_is_where_it_stands_and_says_what_was_expected(
    text: str, place: str, message: str
) -> None:
    error = wrong(text)
    assert f"{error.line}:{error.column}" == place
    assert str(error).startswith(message)


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("North Korean", "1:7", 'a phrase needs quotes: "two words"'),
        ("a and b", "1:3", "operators are written in capitals"),
        ("a\nor b", "2:1", "operators are written in capitals"),
        ("a sentence b", "1:3", "operators are written in capitals"),
        ("a NEAR b", "1:3", "a distance is written NEAR/5"),
        ("a near/5 b", "1:3", "a distance is written NEAR/5"),
        ("a NEAR/-1 b", "1:3", "a distance is written NEAR/5"),
        ("a NEAR/1000 b", "1:3", "at most 999"),
        ("a ADJ b", "1:3", "a distance is written NEAR/5"),
        ('a "b', "1:3", "a quotation mark without its partner on the same line"),
        ('"a\nb"', "1:1", "a quotation mark without its partner on the same line"),
        ("a AND @Troops", "1:7", "a term set is named in small letters"),
        ("a AND @", "1:7", "a term set is named in small letters"),
        ("a AND *", "1:7", "* ends a word: troop*"),
        ("a AND b**", "1:9", "* ends a word: troop*"),
        ("a, b", "1:2", "“,” is not part of the topic language; put punctuation in quotes"),
        ("a & b", "1:3", "“&” is not part of the topic language"),
        ("text:a", "1:5", "before a colon stand title, lang, publisher or kind"),
        ("Title:a", "1:6", "before a colon stand title, lang, publisher or kind"),
        ('a AND "…"', "1:7", "a term needs a letter or a digit"),
        ("a AND @troop", "1:7", "there is no term set @troop; did you mean @troops?"),
        ("a AND @kursk.nam", "1:7", "there is no term set @kursk.nam; did you mean @kursk.name?"),
        ("a AND @zzz", "1:7", "there is no term set @zzz; `monitor topics sets` lists them"),
    ],
)  # fmt: skip
def test_a_common_mistake_gets_advice(text: str, place: str, advice: str) -> None:
    error = wrong(text)
    assert f"{error.line}:{error.column}" == place
    assert advice in str(error)


@pytest.mark.parametrize(
    "text", ["NOT a", "a OR NOT b", "lang:ru", "NOT a AND kind:wire", "(a OR lang:ru) AND NOT b"]
)
def test_an_expression_has_to_ask_for_a_word(text: str) -> None:
    assert "ask for at least one word" in str(wrong(text))


@pytest.mark.parametrize(
    ("text", "place"),
    [("a NEAR/3 (NOT b)", "1:3"), ("a NEAR/3 lang:ru", "1:3"), ("title:(a AND NOT b)", "1:1"),
     ("a AND b SENTENCE (c OR kind:wire)", "1:9"), ("a NOT NEAR/3 (b NOT c)", "1:3")],
)  # fmt: skip
def test_what_stands_nowhere_in_the_text_is_near_nothing(text: str, place: str) -> None:
    error = wrong(text)
    assert f"{error.line}:{error.column}" == place
    assert "stand nowhere in the text" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60 + "a" + ")" * 60,
        "title:" * 3_000 + "a",
        " NEAR/3 ".join(["a"] * 3_000),
        " NOT NEAR/3 ".join(["a"] * 3_000),
        " NEAR/3 ".join(["(a AND b)"] * 30),
        "(" * 49 + "a" + (" NEAR/1 a" * 45 + ")") * 49,
        "NOT " * 3_000 + "a",
    ],
    ids=["parentheses", "titles", "distances", "guards", "product", "both", "nots"],
)
def test_an_expression_without_measure_is_a_mistake_and_no_crash(text: str) -> None:
    assert len(str(wrong(text))) < 200


def test_an_expression_may_be_long() -> None:
    node = read(" OR ".join(f'word{n} NEAR/3 "some phrase"' for n in range(1_000)))
    assert len(list(leaves(node))) == 2_000


@examples
@given(
    st.text()
    | st.text('ab"“”=*@()/:#.- \n\x00𝄞북ж', max_size=30)
    | st.lists(
        st.sampled_from(
            [
                "a",
                "AND",
                "OR",
                "NOT",
                "NEAR/3",
                "SENTENCE",
                "(",
                ")",
                '"a b"',
                "@troops",
                "title:",
                "lang:",
                "kind:(",
                "*",
                "=",
                "#",
                "\n",
            ]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_any_text_is_an_expression_or_a_mistake_within_it(text: str) -> None:
    try:
        node = read(text, SETS)
    except ExpressionError as error:
        where = (error.line, error.column)
        assert (1, 1) <= where <= (text.count("\n") + 1, len(text) + 1)
    else:
        assert list(leaves(node))


@contextmanager
def _nothing() -> Iterator[None]:
    yield


MISTAKES = ["a b", "a \x00", "@unknown", "(" * 60 + "a" + ")" * 60, "NOT " * 3_000 + "a", "NOT a"]


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: text[:8])
def test_a_mistake_brings_nothing_of_the_parser_along(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(text)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: text[:8])
def test_a_mistake_can_be_raised_through_a_context_and_sent_to_another_process(text: str) -> None:
    with pytest.raises(ExpressionError) as caught, _nothing():
        read(text)
    mistake = caught.value.with_traceback(None)  # it has tests in it
    for again in (sent(mistake), sent_by_dask(mistake)):
        assert (again.line, again.column, str(again)) == (
            mistake.line,
            mistake.column,
            str(mistake),
        )


def sent(mistake: ExpressionError) -> ExpressionError:
    """Send by what Python itself has, whatever tests before this one have loaded."""
    return _sent(mistake, {})


def sent_by_dask(mistake: ExpressionError) -> ExpressionError:
    """Send as Dask does, which lets an exception travel with its context."""
    return _sent(mistake, dict.fromkeys([ExpressionError, UnexpectedToken], pickle_exception))


def _sent(mistake: ExpressionError, reducers: dict[type, Callable[..., Any]]) -> ExpressionError:
    parcel = BytesIO()
    pickler = pickle.Pickler(parcel)
    pickler.dispatch_table = reducers
    pickler.dump(mistake)
    again: ExpressionError = pickle.loads(parcel.getvalue())  # noqa: S301 - our own
    return again
