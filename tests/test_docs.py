"""What the documents say is true: commands run, keys exist, layers hold."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import as_file
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from conftest import NOW
from messages import HEARTBEAT, KOREAN

from monitor.channels.webhook import body
from monitor.cli import main
from monitor.config import schema
from monitor.config.load import load
from monitor.diagnostics.sample_server import SAMPLE, sample_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOPICS = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README + TOPICS, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("monitor ")
]
SECTIONS: dict[str, type[BaseModel]] = {
    "feeds": schema.FeedSettings,
    "topics": schema.TopicSettings,
    "slack": schema.SlackSettings,
    "routes": schema.RouteSettings,
    "delivery": schema.DeliverySettings,
    "polling": schema.PollingSettings,
    "retention": schema.RetentionSettings,
    "service": schema.ServiceSettings,
    "operations": schema.OperationsSettings,
    "websub": schema.WebSubSettings,
    "slack-webhook": schema.WebhookSettings,
    "email": schema.EmailSettings,
    "webhook": schema.HookSettings,
    "apprise": schema.AppriseSettings,
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment in which the sample feeds are configured and were polled once."""
    folder = tmp_path_factory.mktemp("readme")
    with as_file(SAMPLE / "config.yaml") as config, sample_server(datetime.now(UTC)) as server:
        places = {
            "MONITOR_CONFIG": str(config),
            "MONITOR_DB": str(folder / "monitor.db"),
            "MONITOR_DEMO": server.url,
        }
        result = CliRunner(env=places).invoke(main, ["run", "--once"], catch_exceptions=False)
        assert result.exit_code == 0
        yield places


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if each not in ("monitor run", "monitor status")]
)
def test_every_command_of_the_readme_runs(
    command: str, places: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner(env=places).invoke(main, shlex.split(command)[1:], catch_exceptions=False)
    assert result.exit_code == 0


@pytest.mark.slow
def test_monitor_status_says_that_nothing_runs(places: dict[str, str]) -> None:
    assert "monitor status" in COMMANDS
    result = CliRunner(env=places).invoke(main, ["status"], catch_exceptions=False)
    assert (result.exit_code, result.stdout.partition(" ")[0]) == (1, "not")


@pytest.mark.slow
def test_monitor_run_runs_until_it_is_told_to_stop(places: dict[str, str]) -> None:
    assert "monitor run" in COMMANDS
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "run"], env=os.environ | places, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert b"started" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0


def test_the_readme_names_every_command() -> None:
    named = {shlex.split(command)[1] for command in COMMANDS}
    assert named == set(main.list_commands(None))  # type: ignore[arg-type] # needs no context


@pytest.mark.parametrize("section", SECTIONS)
def test_the_readme_explains_every_key(section: str) -> None:
    reference = README[README.index("## Configuration") : README.index("## Design notes")]
    assert [key for key in SECTIONS[section].model_fields if f"`{key}`" not in reference] == []


def test_the_slack_example_of_the_readme_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert found
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    config = tmp_path / "config.yaml"
    rest = "feeds: [{url: https://news.example/rss}]\ntopics: [{id: a, title: A, any: [b]}]\n"
    config.write_text(found[1] + rest, encoding="utf-8")
    assert load(config).channels["desk"].type == "slack"


def test_the_other_channels_of_the_readme_are_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    [example] = [block for block in blocks if "type: email" in block]
    monkeypatch.setenv("HOOK_SECRET", "whsec_c2VjcmV0")
    monkeypatch.setenv("PHONE_URL", "ntfys://ntfy.example.org/alerts")
    (tmp_path / "mail-password").write_text("secret", encoding="utf-8")
    config = tmp_path / "config.yaml"
    rest = "feeds: [{url: https://news.example/rss}]\ntopics: [{id: a, title: A, any: [b]}]\n"
    config.write_text(example + rest, encoding="utf-8")
    assert [c.type for c in load(config).channels.values()] == ["email", "webhook", "apprise"]


def test_the_example_of_routes_and_digests_is_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    [example] = [block for block in blocks if "quiet_hours" in block]
    channels = ", ".join(f"{name}: {{type: console}}" for name in ("desk", "phone", "korea"))
    config = tmp_path / "config.yaml"
    config.write_text(
        f"{example}feeds: [{{url: https://news.example/rss}}]\nchannels: {{{channels}}}\n",
        encoding="utf-8",
    )
    assert len(load(config).delivery.routes) == 3


def test_the_body_of_a_webhook_has_the_keys_that_the_readme_shows() -> None:
    found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert found
    shown = json.loads(found[1])
    for message in (KOREAN, HEARTBEAT):
        sent = body(message, NOW)
        assert set(sent) == set(shown)
        assert set(sent["data"]) == set(shown["data"])
        for report in sent["data"]["reports"]:
            assert set(report) == set(shown["data"]["reports"][0])
            assert set(report["publishers"][0]) == set(shown["data"]["reports"][0]["publishers"][0])
        if sent["data"]["notice"]:
            assert set(sent["data"]["notice"]) == set(shown["data"]["notice"])


def test_the_topic_of_the_documents_does_what_its_examples_say(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    blocks = re.findall(r"```yaml\n(.*?)```", TOPICS, re.DOTALL)
    config.write_text("feeds: [{url: https://news.example/rss}]\n" + "".join(blocks), "utf-8")
    result = CliRunner().invoke(main, ["--config", str(config), "check"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "3 examples" in result.stdout


def test_the_make_targets_of_the_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    documents = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^(?:\| [^|]*\| `)?make (\w+)|`make (\w+)", documents, re.MULTILINE))
    targets = {first or second for first, second in wanted}
    assert {"demo", "test"} <= targets
    assert targets == {name for name in targets if re.search(rf"^{name}:", makefile, re.MULTILINE)}


def test_the_layers_of_the_design_notes_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_no_document_or_constraint_names_an_index_or_a_path_of_a_machine() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", line) for line in constraints.splitlines())


def test_the_shipped_configuration_has_the_three_topics() -> None:
    config = load(ROOT / "config.yaml")
    assert [topic.id for topic in config.topics] == ["dprk-troops", "kursk", "icbm"]
    assert len(config.feeds) >= 30
