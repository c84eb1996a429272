"""The pages in headless Chromium: looked at, used, and read by axe; screenshots go to `build/`.

Needs the extra `browser` and a Chromium (`apt-get install chromium`); elsewhere the tests skip.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.resources import as_file
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT

from monitor.config.load import load
from monitor.diagnostics.sample_server import SAMPLE, sample_server
from monitor.service.clock import utc_now
from monitor.service.once import run_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

playwright = pytest.importorskip("playwright.sync_api", reason="without the extra `browser`")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="without `browser`")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium"),
    pytest.mark.xdist_group("browser"),  # one browser, one demo
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]
SHOTS = ROOT / "build" / "screens"
PAGES = {
    "now": "/", "stories": "/stories", "story": "/stories/1", "search": "/hits",
    "near-misses": "/hits?near=1", "nothing": "/hits?q=nothingatall", "article": "/articles/1",
    "timeline": "/timeline?topic=icbm", "map": "/map", "map-part": "/map?part=europe&place=kursk",
    "topics": "/topics", "topic": "/topics/kursk", "feeds": "/feeds",
    "alerts": "/alerts", "about": "/about", "missing": "/stories/999",
}  # fmt: skip
WIDTHS = {1280: 900, 390: 844}
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo's data behind `monitor web`; yields its address."""
    folder = tmp_path_factory.mktemp("desk")
    with as_file(SAMPLE / "config.yaml") as sample, sample_server(utc_now()) as server:
        shutil.copy(sample, folder / "config.yaml")
        config = load(folder / "config.yaml", folder / "demo.db")
        asyncio.run(run_once(config))
        for edition in ("second", "third"):
            server.publish(edition)
            time.sleep(2.2)  # seconds until the feeds are due again
            asyncio.run(run_once(config))
        with _served(folder) as url:
            yield url


class _served:  # noqa: N801 - used like a function
    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "monitor", "--config", str(folder / "config.yaml"),
                   "--db", str(folder / "demo.db"), "web", "--port", "0"]  # fmt: skip
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ)

    def __enter__(self) -> str:
        assert self._process.stderr is not None
        return self._process.stderr.readline().removeprefix("The desk is at ").split()[0]

    def __exit__(self, *exc: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(browser: Any, scheme: str = "light", width: int = 1280, **more: Any) -> Any:
    """Open an empty page; what it reports as an error is in its list `problems`."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS.get(width, 800)}, color_scheme=scheme, **more
    )
    page = context.new_page()
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    return page


def _named(page: str, violation: dict[str, Any]) -> tuple[str, str, list[str]]:
    return page, violation["id"], [node["html"][:120] for node in violation["nodes"]][:3]


def overflow(page: Any) -> int:
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_says_no_error_and_has_no_serious_finding_of_axe(
    desk: str, browser: Any, scheme: str, width: int
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page, found = opened(browser, scheme, width), []
    for name, path in PAGES.items():
        page.goto(desk + path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=SHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
        assert overflow(page) <= 0, name
        violations = axe.Axe().run(page).response["violations"]
        found += [_named(name, each) for each in violations if each["impact"] in SERIOUS]
    assert found == []
    assert [text for text in page.problems if "404" not in text] == []
    page.context.close()


def test_every_page_fits_320_pixels(desk: str, browser: Any) -> None:
    page = opened(browser, width=320)
    for name, path in PAGES.items():
        page.goto(desk + path)
        assert overflow(page) <= 0, name
    page.context.close()


def test_the_workbench_answers_while_one_types(desk: str, browser: Any) -> None:
    page = opened(browser)
    page.goto(f"{desk}/topics/kursk")
    page.wait_for_selector("#effect .tiles", timeout=60_000)
    page.fill("#expression", "Kursk AND (")
    page.wait_for_selector("#effect pre", timeout=60_000)
    assert "line 1, column" in page.inner_text("#effect pre")
    page.fill("#expression", "Kursk OR Курск")
    page.wait_for_selector("#effect .tiles", timeout=60_000)
    page.screenshot(path=SHOTS / "workbench.png", full_page=True)
    assert "lost" in page.inner_text("#effect .tiles")
    assert page.problems == []
    page.context.close()


def test_a_verdict_is_given_by_a_button_without_leaving_the_page(desk: str, browser: Any) -> None:
    page = opened(browser)
    page.goto(f"{desk}/stories/1")
    page.locator("form[action$=verdict]").first.get_by_text("Not relevant").click()
    page.wait_for_selector('.judge button[aria-pressed="true"]')
    assert page.url == f"{desk}/stories/1"
    page.locator("form[action$=verdict]").first.get_by_text("Not relevant").click()
    page.wait_for_selector('.judge button[aria-pressed="true"]', state="detached")
    assert page.problems == []
    page.context.close()


def test_keys_move_through_results(desk: str, browser: Any) -> None:
    page = opened(browser)
    page.goto(f"{desk}/hits")
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    assert page.locator("[data-row]").first.get_attribute("class") == "at"
    page.keyboard.press("/")
    page.keyboard.type("Kursk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hits?q=Kursk*")
    page.context.close()


def test_the_slider_of_the_map_goes_through_days(desk: str, browser: Any) -> None:
    page = opened(browser)
    page.goto(f"{desk}/map")
    today = page.inner_text("#shown h2")
    page.locator("#day").press("ArrowLeft")
    page.wait_for_url("**/map?*day=-1*")
    assert page.inner_text("#shown h2") != today
    assert page.problems == []
    page.context.close()


def test_links_and_forms_work_without_javascript(desk: str, browser: Any) -> None:
    page = opened(browser, java_script_enabled=False)
    page.goto(f"{desk}/hits")
    page.fill("#q", "Kursk")
    page.get_by_role("button", name="Search").click()
    assert "q=Kursk" in page.url
    page.locator(".results .headline").first.click()
    page.get_by_role("button", name="Relevant", exact=True).click()
    assert "done=judged" in page.url
    page.goto(f"{desk}/topics/kursk")
    page.fill("#expression", "Kursk OR Sudzha")
    page.get_by_role("button", name="Try").click(timeout=60_000)
    page.wait_for_selector("#effect .tiles", timeout=60_000)
    page.goto(f"{desk}/alerts")
    page.locator("form[action='/silences'] input[name=topic]").fill("kursk")
    page.get_by_role("button", name="Silence").click()
    page.get_by_role("button", name="End now").click()
    assert "done=ended" in page.url
    page.context.close()
