"""The headline and the text of a page: what its publisher marks as such, else what reads so."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from monitor.parse.page_text import page_text

SENTENCES = "The ministry said on Monday that talks would go on. " * 20
PLAIN = (
    f"<html><head><title>Talks go on</title></head><body><nav>Home | World</nav><article>"
    f"<h1>Talks go on</h1><p>{SENTENCES}</p></article><footer>Imprint</footer></body></html>"
)


def marked(data: object, title: str = "Site") -> bytes:
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    return f"<html><head><title>{title}</title>{script}</head><body>x</body></html>".encode()


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "Kursk",
    "articleBody": "Two <b>soldiers</b>\u0007 came.",
}


@pytest.mark.parametrize(
    "data",
    [
        ARTICLE,
        [{"@type": "Organization"}, ARTICLE],
        {"@graph": [{"@type": "WebSite"}, ARTICLE]},
        {"mainEntity": ARTICLE},
    ],
    ids=["alone", "in a list", "in a graph", "inside"],
)
def test_the_body_that_a_publisher_marks_is_the_text(data: object) -> None:
    found = page_text(marked(data), "text/html; charset=utf-8")
    assert found == {"title": "Kursk", "text": "Two soldiers came.", "by": "JSON-LD"}


def test_else_the_text_is_found_in_the_page() -> None:
    found = page_text(PLAIN.encode(), "text/html")
    assert (found["title"], found["by"]) == ("Talks go on", "trafilatura")
    assert "talks would go on" in found["text"]
    assert "Imprint" not in found["text"]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\x00\xfe", b"<" * 5_000, marked("no object"), marked({"articleBody": 7}),
     b'<script type="application/ld+json">{"a": </script>', b"[" * 3_000],
)  # fmt: skip
def test_no_page_makes_it_fail(body: bytes) -> None:
    assert page_text(body, "text/html")["by"] in {"", "trafilatura"}


def test_deep_linked_data_is_left() -> None:
    deep: object = ARTICLE
    for _ in range(40):
        deep = {"a": deep}
    assert page_text(marked(deep), "text/html")["by"] != "JSON-LD"


def test_it_is_a_program_of_its_own() -> None:
    sent = b"text/html\n" + marked(ARTICLE)
    run = subprocess.run(
        [sys.executable, "-m", "monitor.parse.page_text"],
        input=sent,
        capture_output=True,
        check=True,
    )
    assert json.loads(run.stdout)["text"] == "Two soldiers came."
