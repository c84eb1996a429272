"""Credibility from 1 to 6 by who reports, and figures on which speakers differ."""

from __future__ import annotations

import pytest
from conftest import NOW

from monitor.model import PublisherReport
from monitor.stories.contested import Position, contested
from monitor.stories.credibility import credibility
from monitor.stories.state import ReportedFigure


def report(
    publisher: str, kind: str = "wire", country: str = "", copy_of: str = ""
) -> PublisherReport:
    return PublisherReport(publisher, kind, country, NOW, copy_of)


TASS, RIA = report("TASS", "state", "RU"), report("RIA", "state", "RU")
KCNA = report("KCNA", "state", "KP")
YONHAP, AFP = report("Yonhap", country="KR"), report("AFP", country="FR")
COPY = report("Daily", copy_of="AFP")


@pytest.mark.parametrize(
    ("reports", "denied", "value", "reason"),
    [
        ((YONHAP, AFP), False, 1, "confirmed by 2 independent publishers, not of one state"),
        ((TASS, KCNA), False, 1, "confirmed by 2 independent publishers, not of one state"),
        ((TASS, YONHAP), False, 1, "confirmed by 2 independent publishers, not of one state"),
        ((TASS, RIA), False, 2, "2 independent publishers, all of the state of RU"),
        ((AFP, COPY), False, 3, "one reliable publisher (AFP, A)"),
        ((YONHAP,), False, 4, "one publisher that is fairly reliable (Yonhap, C)"),
        ((TASS,), False, 5, "one publisher that is not reliable (TASS, E)"),
        ((KCNA,), False, 6, "a single publisher, whose reliability nobody has judged"),
        ((YONHAP, AFP), True, 4, "contradicted: a denial is reported; 2 independent publishers"),
        ((AFP,), True, 5, "contradicted: a denial is reported; 1 independent publisher"),
    ],
)
def test_credibility_goes_by_who_reports(
    reports: tuple[PublisherReport, ...], *, denied: bool, value: int, reason: str
) -> None:
    judged = {"AFP": "A", "Yonhap": "C", "TASS": "E", "RIA": "E"}
    found = credibility(reports, judged, denied=denied)
    assert (found.value, found.reason) == (value, reason)


def figure(
    value: float, said_by: str = "", unit: str = "killed", publisher: str = "P"
) -> ReportedFigure:
    return ReportedFigure(value, unit, said_by, 1, publisher, NOW)


def test_speakers_who_differ_are_shown_with_their_range_and_side() -> None:
    told = [figure(2_500, "Zelensky"), figure(3_000, "Zelensky"), figure(2_000, "NIS")]
    [found] = contested(told, {"Zelensky": "Ukraine", "NIS": "South Korea"}, ["Russia"])
    assert found.kind == "killed"
    assert found.positions == (
        Position("Zelensky", "Ukraine", 2_500, 3_000),
        Position("NIS", "South Korea", 2_000, 2_000),
    )
    assert [position.range for position in found.positions] == ["2,500 to 3,000", "2,000"]
    assert found.denied_by == ("Russia",)


@pytest.mark.parametrize(
    "told",
    [
        [figure(3_000, "Zelensky")],
        [figure(3_000, "Zelensky"), figure(3_100, "NIS")],  # rounded
        [figure(3_000, "Zelensky"), figure(20, "NIS", "km")],
        [figure(3, "Zelensky", "ordinal"), figure(9, "NIS", "ordinal")],
        [],
    ],
)
def test_what_nobody_contests_is_left_out(told: list[ReportedFigure]) -> None:
    assert contested(told, {}) == ()


def test_a_side_that_gives_a_figure_denies_nothing() -> None:
    told = [figure(3_000, "Zelensky"), figure(70, "Konashenkov")]
    [found] = contested(told, {"Konashenkov": "Russia"}, ["Russia"])
    assert found.denied_by == ()
