"""The tutorial, and the README's start, typed as they stand; what Slack receives in the end."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.outside import Outside

ROOT = Path(__file__).parent.parent
NEWS = {
    "www.theguardian.com": "Undersea cable between Finland and Germany cut, sabotage suspected",
    "rss.dw.com": "Seekabel zwischen Finnland und Deutschland durchtrennt",
}
_STEP = re.compile(r"^```(yaml|console|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NEEDED = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


def typed(line: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command of the tutorial prints; it must end well."""
    command = [sys.executable, "-m", *line.split(" ", 1)[:1]]
    shell = f"{' '.join(command)} {line.partition(' ')[2]}"
    result = subprocess.run(
        ["bash", "-c", shell],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
    return result.stdout


@_NEEDED
@pytest.mark.slow
@pytest.mark.unmeasured
def test_the_tutorial_ends_with_one_story_of_both_feeds_in_slack(tmp_path: Path) -> None:
    steps = _STEP.findall((ROOT / "docs" / "tutorial.md").read_text("utf-8"))
    folder = tmp_path / "cables"
    folder.mkdir()
    with Outside(tmp_path, NEWS, None, "xoxb-good") as outside:
        environment = os.environ | outside.environment() | {"SLACK_BOT_TOKEN": "xoxb-good"}
        printed = ""
        for kind, text in steps:
            if kind == "yaml":
                (folder / "config.yaml").write_text(text, "utf-8")
            elif kind == "console":
                lines = [line for line in text.splitlines() if line.startswith("monitor ")]
                printed = "".join(typed(line, folder, environment) for line in lines) or printed
            elif not text.startswith("export "):
                assert [line for line in text.splitlines() if line not in printed] == []
    test, digest = outside.messages
    assert "this channel receives alerts" in test
    assert digest.startswith("Digest: 1 story")
    assert NEWS["www.theguardian.com"] in digest


@_NEEDED
@pytest.mark.skipif("CLEAN_MACHINE" not in os.environ, reason="takes minutes: CLEAN_MACHINE=1")
def test_the_readme_alone_leads_from_a_clean_machine_to_a_message_in_slack() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "clean_machine.py")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3_000:] + result.stderr[-1_000:]
    assert (
        "North Korean soldiers captured in Kursk region" in result.stdout.partition("in Slack")[2]
    )
