"""Countries by ISO 3166 code."""

from __future__ import annotations

import pytest

from monitor.config.country_names import countries_meant, country_names
from monitor.feeds.catalogue import catalogue


def test_every_country_of_the_catalogue_of_feeds_has_a_name() -> None:
    assert {feed.country for feed in catalogue()} <= country_names().keys()


def test_a_code_that_stands_for_another_one_is_none_itself() -> None:
    assert [code for code in ("UK", "KO", "SU", "YU") if code in country_names()] == []


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("uk", ["GB"]),
        ("gb", ["GB"]),
        ("france", ["FR"]),
        ("Guinea", ["GN"]),
        ("Korea", ["KP", "KR"]),
        ("EL", ["GR"]),
        ("TK", ["TK"]),
        ("PO", ["PL", "PT"]),
        ("QQ", []),
        ("Atlantis", []),
    ],
)
def test_what_is_no_code_names_the_countries_that_it_may_stand_for(
    written: str, codes: list[str]
) -> None:
    assert countries_meant(written) == codes
