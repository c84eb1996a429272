"""A document that ends early gives its whole entries, and says that it ended early."""

from __future__ import annotations

import pytest
from fakes import item, rss

from monitor.errors import ParseError
from monitor.parse import Source, parse

NAMES = ("One", "Two", "Three")
RSS = rss(*map(item, NAMES))
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>'
    + "".join(f"<entry><id>{name}</id><title>{name}</title></entry>" for name in NAMES)
    + "</feed>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/"><channel><title>F</title></channel>'
    + "".join(f"<item><title>{name}</title></item>" for name in NAMES)
    + "</rdf:RDF>"
)
DOCUMENTS = {"RSS": RSS, "Atom": ATOM, "RDF": RDF}
CUT = Source(cut_off=True)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_wherever_a_document_is_cut_its_whole_entries_are_read(document: str) -> None:
    for at in range(document.index("Two"), len(document), 7):
        found = parse(document[:at].encode(), CUT)
        whole = document[:at].count("</item>") + document[:at].count("</entry>")
        assert [article.title for article in found.articles] == list(NAMES[:whole])
        assert found.cut_off


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_an_entry_that_was_read_before_the_cut_is_the_same_in_the_whole_document(
    document: str,
) -> None:
    cut = parse(document[: document.index("Three")].encode(), CUT)
    whole = parse(document.encode(), Source(), cut.known)
    assert [article.title for article in whole.articles] == ["Three"]


def test_a_document_without_its_end_was_cut_whatever_the_server_says() -> None:
    assert parse(RSS.removesuffix("</channel></rss>").encode(), Source()).cut_off


@pytest.mark.parametrize("end", ["", "\n<!-- cached -->\n", "  \n", "<script>1</script>"])
def test_a_document_with_its_end_is_whole_whatever_follows(end: str) -> None:
    assert not parse((RSS + end).encode(), CUT).cut_off


def test_a_document_that_goes_on_behind_its_end_was_cut() -> None:
    assert parse((RSS + item("Four")).encode(), Source()).cut_off


def test_a_document_may_end_in_other_letters_than_it_began() -> None:
    assert not parse(RSS.replace("</rss>", "</RSS>").encode(), Source()).cut_off


def test_a_document_in_another_encoding_is_cut_like_any_other() -> None:
    cut = RSS[: RSS.index("Three")].encode("utf-16")
    assert [article.title for article in parse(cut, CUT).articles] == ["One", "Two"]


@pytest.mark.parametrize("at", ["<title>", "One"])
def test_without_a_whole_entry_the_reason_is_that_the_answer_broke_off(at: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(RSS[: RSS.index(at) + 5].encode(), CUT)
    assert caught.value.reason == "broken-off"


def test_a_feed_without_entries_that_has_its_end_is_whole() -> None:
    assert not parse(rss().encode(), CUT).cut_off


def test_a_feed_whose_entries_are_never_closed_is_read_as_before() -> None:
    found = parse(b"<rss><channel><item><title>One</title><item><title>Two</title>", Source())
    assert not found.cut_off
    assert found.articles
