"""`monitor init`, by options and on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import invoke
from filled import move_into_empty_home

from monitor.config.load import load
from monitor.config.paths import config_path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def test_without_a_terminal_the_defaults_are_written_where_other_commands_find_them() -> None:
    result = invoke("init")
    assert result.exit_code == 0, result.output
    config = load(config_path(None))
    assert [topic.id for topic in config.topics] == ["dprk-troops", "kursk", "icbm"]
    assert "monitor run --once" in result.stdout


def test_options_choose_topics_feeds_and_a_channel() -> None:
    chosen = ["--topics", "icbm, kursk", "--feeds", "Defence", "--channel", "slack"]
    token = ["--set", "channel=#alerts", "--set", "token=${DESK_TOKEN}"]
    assert invoke("init", *chosen, *token).exit_code == 0
    config = load(config_path(None), None, ())
    assert [topic.id for topic in config.topics] == ["kursk", "icbm"]
    assert config.feeds[0].title == "Defense News"
    assert config.channels["desk"].type == "slack"
    assert "token: ${DESK_TOKEN}" in config_path(None).read_text(encoding="utf-8").replace('"', "")


def test_a_file_is_never_overwritten() -> None:
    invoke("init", "--topics", "icbm")
    again = invoke("init")
    assert again.exit_code == 1
    assert "exists: edit it" in again.stderr
    assert len(load(config_path(None)).topics) == 1


def test_a_folder_that_cannot_be_written_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    failed = invoke(
        "--config", str(tmp_path / "file" / "new" / "a.yaml"), "init", "--topics", "icbm"
    )
    assert failed.exit_code == 1
    assert failed.stderr.endswith("Not a directory; name another file with --config FILE\n")


def test_where_a_file_of_this_folder_would_be_found_first_the_new_one_is_named() -> None:
    Path("config.yaml").write_text("feeds: []\n", encoding="utf-8")
    result = invoke("init", "--topics", "icbm")
    written = Path(os.environ["XDG_CONFIG_HOME"]) / "monitor" / "config.yaml"
    assert "config.yaml in this folder comes first" in result.stdout
    assert f"monitor --config {written} run --once" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--topics", "icmb"], "there is no topic `icmb`; did you mean `icbm`?"),
        (["--feeds", "Mars"], "there is no folder `Mars`; there are: Korea"),
        (["--channel", "slack", "--set", "token=xoxb-1"], "would show a secret to all users"),
        (["--channel", "slack", "--set", "channel"], "write KEY=VALUE"),
        (["--set", "channel=#a"], "--set goes with a --channel"),
        (["--channel", "slack", "--set", "channel=#a"], "channels.desk.token: is required"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    arguments: list[str], said: str
) -> None:
    result = invoke("init", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not config_path(Path("none")).exists()
    assert not list(Path().rglob("config.yaml"))


def on_a_terminal(*answers: str) -> tuple[int, str]:
    """Run `monitor init` on a terminal; return its exit code and what the terminal showed.

    Each answer is typed once its question stands there: what is typed before is dropped where a
    secret is asked for.
    """
    master, terminal = os.openpty()
    command = [sys.executable, "-m", "monitor", "init"]
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as process:
        os.close(terminal)
        shown = ""
        waiting = list(answers)
        while piece := _read(master):
            shown += piece
            if waiting and shown.endswith(": "):
                os.write(master, f"{waiting.pop(0)}\n".encode())
    os.close(master)
    return process.returncode, shown


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # the terminal closed with its last process
        return ""


def test_on_a_terminal_it_asks_and_a_token_is_not_shown() -> None:
    answers = ["icbm", "World", "slack", "#alerts", "xoxb-unseen", "text", "n"]
    code, shown = on_a_terminal(*answers)
    assert code == 0, shown
    config = load(config_path(None))
    assert config.channels["desk"].arguments()["token"] == "xoxb-unseen"
    assert [topic.keep for topic in config.topics] == ["text"]
    asked = [line for line in shown.splitlines() if "Bot token" in line]
    assert asked
    assert not any("xoxb-unseen" in line for line in asked)


def test_on_a_terminal_an_unknown_name_is_asked_for_again() -> None:
    code, shown = on_a_terminal("icmb", "icbm", "Mars", "World", "console", "off")
    assert code == 0, shown
    assert "Error: there is no topic `icmb`; did you mean `icbm`?" in shown
    assert "Error: there is no folder `Mars`" in shown
    assert [topic.id for topic in load(config_path(None)).topics] == ["icbm"]
