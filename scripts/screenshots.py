"""Renews the screenshots of the documents from the demo's data: `docs/images/*.png`.

    python scripts/screenshots.py

Needs the extra `browser` and a Chromium. The demo runs for a quarter of a minute first.
"""

# ruff: noqa: INP001 - a script
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "images"
PICTURES = {
    "now.png": ("/", "light"),
    "story.png": ("/stories?publishers=4", "dark"),
    "map.png": ("/map?part=europe&place=kursk", "light"),
    "topic.png": ("/topics/kursk", "light"),
    "feeds.png": ("/feeds", "dark"),
}
SIZE = {"width": 1200, "height": 760}


def main() -> None:
    """Run the demo, open its pages, and save what they look like."""
    command = [sys.executable, "-m", "monitor", "demo", "--web", "--port", "0"]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as demo:
        if demo.stderr is None:
            return
        lines = (line for line in demo.stderr if line.startswith("The desk is at "))
        try:
            take(next(lines).removeprefix("The desk is at ").split()[0])
        finally:
            demo.terminate()


def take(desk: str) -> None:
    """Save each picture; the page of stories leads to the widest one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        chromium = shutil.which("chromium")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (path, scheme) in PICTURES.items():
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto(desk + path)
            if path.startswith("/stories"):
                page.locator("a.headline").first.click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / name)
        browser.close()


if __name__ == "__main__":
    main()
