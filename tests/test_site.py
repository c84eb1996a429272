"""The site: every document is in its navigation, and its commands are the program's."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MADE = {"index.md", "changelog.md", "contributing.md", "security.md", "commands.md"}
NAVIGATION = set(re.findall(r'"([\w-]+\.md)"', (ROOT / "zensical.toml").read_text("utf-8")))


def test_every_document_is_in_the_navigation() -> None:
    documents = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert documents | MADE == NAVIGATION


def test_the_site_asks_no_other_host_for_fonts() -> None:
    settings = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    assert settings["theme"]["font"] is False


@pytest.fixture(scope="module")
def pages() -> Path:
    script = ROOT / "scripts" / "documentation.py"
    subprocess.run([sys.executable, script], check=True)
    return ROOT / "build" / "docs"


@pytest.mark.slow
def test_each_page_of_the_navigation_is_made(pages: Path) -> None:
    assert {path.name for path in pages.glob("*.md")} == NAVIGATION


@pytest.mark.slow
def test_the_site_is_built_without_a_broken_link_and_asks_no_other_host(pages: Path) -> None:
    pytest.importorskip("zensical")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    subprocess.run(command, cwd=pages.parent.parent, check=True, capture_output=True)
    found = {path.stem for path in (ROOT / "build" / "site").glob("*.html")}
    assert {name.removesuffix(".md") for name in NAVIGATION} <= found
    for path in (ROOT / "build" / "site").glob("*.html"):
        asked = re.findall(
            r"<(?:script|img|link|iframe)[^>]*https?://[^>]*>", path.read_text("utf-8")
        )
        assert asked == [], path.name


@pytest.mark.slow
def test_links_to_other_files_of_the_repository_lead_to_copies(pages: Path) -> None:
    assert "](files/LICENSE.txt)" in (pages / "index.md").read_text("utf-8")
    assert (pages / "files" / "LICENSE.txt").exists()
    assert "](changelog.md)" in (pages / "operations.md").read_text("utf-8")


@pytest.mark.slow
def test_the_page_of_commands_has_each_with_its_options_and_examples(pages: Path) -> None:
    text = (pages / "commands.md").read_text("utf-8")
    section = text.partition("\n### monitor feeds add\n")[2].partition("\n## ")[0]
    assert "| `--allow-private` | Allow private addresses. |" in section
    assert "monitor feeds add https://news.example/rss" in section


def test_what_the_list_of_symptoms_quotes_is_what_the_program_says() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    firsts = re.findall(r"^\| ([^|]*) \|", text, re.MULTILINE)
    quoted = {span for first in firsts for span in re.findall(r"`([^`]+)`", first)}
    said = "".join(path.read_text("utf-8") for path in (ROOT / "monitor").rglob("*.py"))
    ours = [each for each in quoted if not each.startswith(("monitor", "PROBLEM", "config.yaml"))]
    assert [each for each in ours if each.replace(" desk ", " {each.channel} ") not in said] == []
