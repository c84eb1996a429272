"""The workbench: a change of a topic is seen before it is saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from commands import fill
from conftest import NOW
from desks import Browser, Got, browsing
from filled import HOUR

from monitor.config.load import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CONFIG = """\
feeds: [{url: https://one.example/feed, title: One}]
topics:
  # rockets that fly far
  - id: icbm
    title: Missiles
    match: |
      ICBM AND NOT parade
    examples: {match: [An ICBM was fired], no_match: [A parade with an ICBM]}
  - {id: dprk-troops, title: DPRK troops, any: [북한군, troops]}
"""
# The articles: 북한군 쿠르스크 배치 · ICBM parade · Weather · Edited: the ICBM (with troops)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, "utf-8")
    return path


@pytest.fixture
async def desk(tmp_path: Path, config: Path) -> AsyncIterator[Browser]:
    await fill(tmp_path / "monitor.db")
    async with browsing(tmp_path / "monitor.db", config, NOW + 3 * HOUR) as browser:
        yield browser


async def tried(desk: Browser, expression: str, pasted: str = "", topic: str = "icbm") -> Got:
    return await desk.post(f"/topics/{topic}", expression=expression, pasted=pasted, do="try")


async def save(desk: Browser, expression: str) -> Got:
    page = (await desk.get("/topics/icbm")).text
    found = re.search(r'name="digest" value="(\w+)"', page)
    assert found
    return await desk.post("/topics/icbm", expression=expression, digest=found[1], do="save")


@pytest.mark.slow
async def test_a_change_shows_what_it_gains_loses_and_explains(desk: Browser) -> None:
    page = (await tried(desk, "ICBM", "Weather\nAn ICBM flew")).text
    assert "<b>2</b> hits in 30 days, 1 before" in page
    assert re.search(r">\+1</b> gained", page)
    assert "ICBM parade</a>" in page
    assert "should not hit: A parade with an ICBM" in page
    assert "The pasted text: <span" in page
    assert "ICBM (text)" in page

    page = (await tried(desk, "Weather")).text
    assert re.search(r">−1</b> lost", page)
    assert "Edited: the ICBM</a>" in page
    assert "should hit: An ICBM was fired" in page


async def test_a_mistake_is_shown_with_its_place(desk: Browser) -> None:
    page = (await tried(desk, "ICBM OR\n  (troops NEAR/x far)")).text
    assert "line 2, column" in page
    assert re.search(r"^\s+\^", page, re.MULTILINE)


async def test_a_saved_topic_is_in_the_file_with_its_comments(desk: Browser, config: Path) -> None:
    answer = await save(desk, "ICBM OR rocket\r\n# both")
    assert answer.headers["Location"] == "/topics/icbm?done=unread"
    topics = {topic.id: topic for topic in load(config).topics}
    assert topics["icbm"].match == "ICBM OR rocket\n# both"
    assert "# rockets that fly far" in config.read_text("utf-8")  # noqa: ASYNC240
    assert "ICBM OR rocket" in (await desk.get("/topics/icbm")).text


async def test_a_topic_with_a_mistake_is_not_saved(desk: Browser, config: Path) -> None:
    answer = await save(desk, "ICBM OR (")
    assert answer.status == 400
    assert "line 1, column" in answer.text
    assert config.read_text("utf-8") == CONFIG  # noqa: ASYNC240


async def test_a_topic_of_lists_is_shown_as_the_expression_that_it_means(desk: Browser) -> None:
    page = (await desk.get("/topics/dprk-troops")).text
    assert "북한군 OR troops" in page
    assert "takes the place of the lists" in page


async def test_an_article_can_be_taken_to_the_workbench(desk: Browser) -> None:
    page = (await desk.get("/topics/icbm?article=1")).text
    assert re.search(r'<textarea id="pasted"[^>]*>북한군 쿠르스크 배치', page)


async def test_readers_without_a_login_cannot_try(tmp_path: Path, config: Path) -> None:
    await fill(tmp_path / "monitor.db")
    async with browsing(tmp_path / "monitor.db", config, public=True, names=["a.example"],
                        password="scrypt$1$aa$bb") as browser:  # fmt: skip
        assert (await tried(browser, "ICBM")).status == 403
        assert "readonly" in (await browser.get("/topics/icbm")).text


async def test_a_topic_of_lists_is_saved_as_an_expression_once_it_is_changed(
    desk: Browser, config: Path
) -> None:
    page = (await desk.get("/topics/dprk-troops")).text
    found = re.search(r'name="digest" value="(\w+)"', page)
    assert found
    fields = {"digest": found[1], "do": "save"}
    same = await desk.post("/topics/dprk-troops", expression="(북한군 OR troops)", **fields)
    assert (same.status, "nothing was changed" in same.text) == (400, True)
    await desk.post("/topics/dprk-troops", expression="북한군 OR soldiers", **fields)
    assert {each.id: each.match for each in load(config).topics}["dprk-troops"] == (
        "북한군 OR soldiers"
    )
    assert "# rockets that fly far" in config.read_text("utf-8")  # noqa: ASYNC240
