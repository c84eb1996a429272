"""What the documents say is true: commands run, keys exist, examples load, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import pytest
from click.testing import CliRunner
from conftest import NOW
from messages import HEARTBEAT, KOREAN
from pydantic import BaseModel, SecretStr
from ruamel.yaml import YAML

from monitor.channels import CHANNELS, channel_class
from monitor.channels.webhook import body
from monitor.cli import main
from monitor.config.fields import Duration, Size
from monitor.config.load import load
from monitor.config.schema import Settings
from monitor.diagnostics.doctor import SCOPES
from monitor.diagnostics.sample_server import SAMPLE, sample_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

ROOT = Path(__file__).parent.parent
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
README = DOCUMENTS["README.md"]
CONFIGURATION = DOCUMENTS["docs/configuration.md"]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROGRAM = re.compile(r"^(?:sudo (?:-u monitor )?)?(?:/opt/monitor/bin/)?monitor(?= |$)")


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of a document in a language."""
    return [text for tag, text in _FENCE.findall(DOCUMENTS[document]) if tag == language]


# ── commands ──────────────────────────────────────────────────────────────────────────────────

# Blocks of `sh` run in the tests; those of `console` need a network, or a file that is not there.
RUN = sorted(
    {
        line.partition("#")[0].strip()
        for document in DOCUMENTS
        for block in blocks(document, "sh")
        for line in block.splitlines()
        if line.startswith("monitor ")
    }
)
NOT_RUN = {"monitor run", "monitor status", "monitor doctor"}  # tests of their own


def shown(text: str) -> Iterator[str]:
    """Yield the commands of this program in a document: of its blocks, and in its sentences."""
    for tag, block in _FENCE.findall(text):
        if tag in {"sh", "console"}:
            yield from (line for line in block.splitlines() if _PROGRAM.match(line))
    prose = _FENCE.sub("", text)
    yield from (found for found in re.findall(r"`([^`]+)`", prose) if re.match("monitor ", found))


SHOWN = sorted({(name, line) for name, text in DOCUMENTS.items() for line in shown(text)})


@dataclass
class CommandLine:
    """A command line as it is read: the subcommands and the options that it names."""

    command: click.Command
    path: tuple[str, ...] = ()
    wrong: str = ""


def read(line: str) -> CommandLine:
    """Follow a command line through the program's commands without running anything."""
    words = iter(shlex.split(_PROGRAM.sub("", line).strip(), comments=True))
    found = CommandLine(main)
    for word in words:
        if word.startswith("-"):
            option = next((each for each in found.command.params if word in each.opts), None)
            if option is None and word != "--help":
                found.wrong = f"{found.command.name} has no option {word}"
            elif isinstance(option, click.Option) and not option.is_flag:
                next(words, "")
        elif isinstance(found.command, click.Group):
            command = subcommands(found.command).get(word)
            if command is None:
                found.wrong = f"{found.command.name} has no command {word}"
                return found
            found = CommandLine(command, (*found.path, word), found.wrong)
    return found


def subcommands(group: click.Group) -> dict[str, click.Command]:
    """Return the commands of a group, which may load them only when they are asked for."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command and subcommand."""
    for name, command in subcommands(group).items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


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
@pytest.mark.parametrize("command", [each for each in RUN if each not in NOT_RUN])
def test_every_command_of_the_documents_runs(
    command: str, places: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env=places)
    if command == "monitor db restore copy.db":
        assert runner.invoke(main, ["db", "backup", "copy.db"]).exit_code == 0
    result = runner.invoke(main, shlex.split(command)[1:], catch_exceptions=False)
    assert result.exit_code == 0


@pytest.mark.slow
def test_monitor_status_says_that_nothing_runs(places: dict[str, str]) -> None:
    assert "monitor status" in RUN
    result = CliRunner(env=places).invoke(main, ["status"], catch_exceptions=False)
    assert (result.exit_code, result.stdout.partition(" ")[0]) == (1, "not")


@pytest.mark.slow
def test_monitor_run_runs_until_it_is_told_to_stop(places: dict[str, str]) -> None:
    assert "monitor run" in RUN
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "run"], env=os.environ | places, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert b"started" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0


def test_every_command_that_a_document_shows_exists_with_its_options() -> None:
    wrong = [(document, line, read(line).wrong) for document, line in SHOWN]
    assert [each for each in wrong if each[-1]] == []


@pytest.mark.parametrize("line", ["monitor feeds ad URL", "monitor hits --nearly", "monitor hit"])
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert read(line).wrong


def test_every_command_is_documented() -> None:
    paths = [read(line).path for _, line in SHOWN]
    named = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
    assert [path for path in commands(main) if path not in named] == []


def test_the_help_of_each_command_has_two_examples_that_exist() -> None:
    lacking, wrong = [], []
    for path in commands(main):
        command: click.Command = main
        for name in path:
            assert isinstance(command, click.Group)
            command = subcommands(command)[name]
        lines = [line.strip() for line in (command.epilog or "").splitlines() if "monitor " in line]
        own = [line for line in lines if " ".join(path) in line]
        lacking += [] if own and len(lines) > 1 else [path]
        calls = [re.split(r" {2,}|\\| [|>]", line)[0] for line in lines]
        wrong += [each for each in calls if _PROGRAM.match(each) and read(each).wrong]
    assert (lacking, wrong) == ([], [])


def test_the_make_targets_of_the_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    documents = "\n".join(DOCUMENTS.values())
    wanted = set(re.findall(r"^(?:\| [^|]*\| `)?make (\w+)|`make (\w+)", documents, re.MULTILINE))
    targets = {first or second for first, second in wanted}
    assert {"demo", "test"} <= targets
    assert targets == {name for name in targets if re.search(rf"^{name}:", makefile, re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_files_that_a_document_names_exist(document: str) -> None:
    folders = "benchmarks|scripts|systemd|tests"
    named = re.findall(rf"(?:^|[ `])((?:{folders})/[\w./-]*\w)", DOCUMENTS[document], re.MULTILINE)
    assert [path for path in named if not (ROOT / path).exists()] == []


# ── links ─────────────────────────────────────────────────────────────────────────────────────


def anchors(document: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", DOCUMENTS[document]), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def broken_links(document: str) -> list[str]:
    """Return the links of a document that lead to no document, or to no heading of it."""
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", DOCUMENTS[document])):
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        name = os.path.relpath(target, ROOT)
        if not link.startswith("https://") and (
            not target.exists() or (anchor and anchor not in anchors(name))
        ):
            found.append(link)
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_the_documents_lead_somewhere(document: str) -> None:
    assert broken_links(document) == []


def test_the_readme_leads_to_every_document() -> None:
    assert [name for name in DOCUMENTS if f"]({name})" not in README] == ["README.md"]


# ── the configuration ─────────────────────────────────────────────────────────────────────────


def models(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections that a key may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models(part)]


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a section by the keys that the file has for them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def sections(model: type[BaseModel], name: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the heading under which each section of the schema is to be documented."""
    yield (f"`{name}`" if name else "`config.yaml`"), model
    for key, field in fields(model).items():
        for each in models(field.annotation):
            if key == "channels":
                kind = get_args(each.model_fields["type"].annotation)[0]
                yield f"`channels.NAME` of type `{kind}`", each
            else:
                listed = "[]" if str(field.annotation).startswith("list") else ""
                yield from sections(each, f"{name}{'.' * bool(name)}{key}{listed}")


def table(heading: str) -> dict[str, str]:
    """Return the keys that the reference has under a heading, each with its default."""
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", CONFIGURATION, re.MULTILINE | re.DOTALL
    )
    rows = [re.split(r"(?<!\\)\|", line) for line in (found[1] if found else "").splitlines()]
    return {row[1].strip(" `"): row[3].strip() for row in rows if row[1:] and "`" in row[1]}


def written(value: Any) -> str:
    """Return a default as `config.yaml` writes it."""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def defaults(model: type[BaseModel]) -> dict[str, str]:
    """Return the defaults of a section that are values: neither nothing, nor a section."""
    given = model.model_construct().model_dump(mode="json", warnings=False, by_alias=True)
    optional = {key: field for key, field in fields(model).items() if not field.is_required()}
    return {
        key: written(given[key])
        for key, field in optional.items()
        if field.default not in (None, "", [], {}, SecretStr("")) and not models(field.annotation)
    }


SECTIONS = dict(sections(Settings))


def test_the_schema_is_walked_to_its_end() -> None:
    assert {"`feeds[]`", "`feeds[].auth`", "`topics[].examples`", "`websub`"} <= SECTIONS.keys()
    assert {f"`channels.NAME` of type `{kind}`" for kind in CHANNELS} <= SECTIONS.keys()


def test_the_reference_has_the_keys_of_the_schema_and_no_others() -> None:
    documented = {heading: list(table(heading)) for heading in SECTIONS}
    assert documented == {heading: list(fields(model)) for heading, model in SECTIONS.items()}


def test_the_reference_has_the_defaults_of_the_schema() -> None:
    for heading, model in SECTIONS.items():
        documented = table(heading).items()
        values = {key: value for key, value in documented if re.fullmatch("`[^`]*`", value)}
        assert values == defaults(model), heading


def of_kind(model: type[BaseModel], kind: Any) -> list[str]:
    """Return the keys of a section that hold values of a kind, such as Duration."""
    reads = repr(get_args(kind)[1])
    fields = model.model_fields.items()
    return [key for key, each in fields if reads in f"{each!r} {get_args(each.annotation)}"]


def test_the_reference_says_which_values_have_a_unit() -> None:
    for heading, model in SECTIONS.items():
        said = said_to_be(heading)
        for kind, word in ((Duration, "duration"), (Size, "size")):
            assert set(of_kind(model, kind)) <= said[word], heading


def said_to_be(heading: str) -> dict[str, set[str]]:
    """Return the keys of a section of the reference that hold a duration, and a size."""
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", CONFIGURATION, re.MULTILINE | re.DOTALL
    )
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)", found[1] if found else "", re.MULTILINE)
    return {word: {key for key, value in rows if word in value} for word in ("duration", "size")}


def test_the_reference_says_which_keys_are_required() -> None:
    for heading, model in SECTIONS.items():
        said = [key for key, value in table(heading).items() if value == "required"]
        required = [key for key, field in fields(model).items() if field.is_required()]
        assert said == required, heading


def test_the_reference_has_a_section_for_every_key_of_the_file() -> None:
    for key in Settings.model_fields:
        assert re.search(rf"^## `{key}(\[\]|\.NAME)?`$", CONFIGURATION, re.MULTILINE) or key in {
            "database",
            "reader_lang",
        }


def test_the_shipped_configuration_is_what_the_readme_says() -> None:
    config = load(ROOT / "config.yaml")
    assert [topic.id for topic in config.topics] == ["dprk-troops", "kursk", "icbm"]
    assert f"three topics and {len(config.feeds)} feeds" in README


# ── examples ──────────────────────────────────────────────────────────────────────────────────

EXAMPLES = [(name, number) for name in DOCUMENTS for number in range(len(blocks(name, "yaml")))]
VALUES = {
    "HOOK_SECRET": "whsec_c2VjcmV0",
    "PHONE_URL": "ntfys://ntfy.example.org/alerts",
    "SLACK_BOT_TOKEN": "xoxb-secret",
}


def example(document: str, containing: str) -> str:
    """Return the one YAML block of a document that contains a text."""
    [found] = [block for block in blocks(document, "yaml") if containing in block]
    return found


def completed(text: str) -> str:
    """Return an example as a whole configuration: feeds, a topic and the channels it names."""
    has = YAML(typ="safe", pure=True).load(text)
    rest = "" if "feeds" in has else "feeds: [{url: https://news.example/rss}]\n"
    rest += "" if "topics" in has else "topics: [{id: a, title: A, any: [b]}]\n"
    if "channels" not in has:
        named = [each["channels"] for each in has.get("routes", [])]
        named += [each["channel"] for each in has.get("briefs", {}).values()]
        names = {name for each in named for name in ([each] if isinstance(each, str) else each)}
        rest += (
            f"channels: {{{', '.join(f'{name}: {{type: console}}' for name in names or 'x')}}}\n"
        )
    return text + rest


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the secret files, and an environment with the variables, of all examples."""
    everything = "\n".join(DOCUMENTS.values())
    for variable in re.findall(r"\$\{(\w+)\}", everything):
        monkeypatch.setenv(variable, VALUES.get(variable, "https://news.example/secret"))
    for name in re.findall(r"\w+_file: ([\w-]+)", everything):
        secret = "scrypt$1$aa$bb" if name == "web-password" else "secret"
        (tmp_path / name).write_text(secret, encoding="utf-8")
    return tmp_path / "config.yaml"


@pytest.mark.parametrize(("document", "number"), EXAMPLES)
def test_every_example_of_a_configuration_is_valid(
    document: str, number: int, filled: Path
) -> None:
    filled.write_text(completed(blocks(document, "yaml")[number]), encoding="utf-8")
    result = CliRunner().invoke(main, ["--config", str(filled), "check"])
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("document", "containing", "types"),
    [
        ("docs/slack.md", "type: slack\n", ["slack"]),
        ("docs/slack.md", "type: slack-webhook", ["slack-webhook"]),
        ("docs/channels.md", "type: email", ["email", "webhook", "apprise"]),
    ],
)
def test_the_examples_of_channels_are_of_the_types_that_they_show(
    document: str, containing: str, types: list[str], filled: Path
) -> None:
    filled.write_text(completed(example(document, containing)), encoding="utf-8")
    assert [channel.type for channel in load(filled).channels.values()] == types


def test_the_example_of_routes_and_digests_is_valid(filled: Path) -> None:
    filled.write_text(completed(example("docs/alerts.md", "quiet_hours")), encoding="utf-8")
    assert len(load(filled).delivery.routes) == 3


def test_the_topic_of_the_documents_does_what_its_examples_say(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    topics = "".join(blocks("docs/topics.md", "yaml"))
    config.write_text("feeds: [{url: https://news.example/rss}]\n" + topics, "utf-8")
    result = CliRunner().invoke(main, ["--config", str(config), "check"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "3 examples" in result.stdout


def test_the_body_of_a_webhook_has_the_keys_that_the_document_shows() -> None:
    [text] = blocks("docs/channels.md", "json")
    shown = json.loads(text)
    for message in (KOREAN, HEARTBEAT):
        sent = body(message, NOW)
        assert set(sent) == set(shown)
        assert set(sent["data"]) == set(shown["data"])
        for report in sent["data"]["reports"]:
            assert set(report) == set(shown["data"]["reports"][0])
            assert set(report["publishers"][0]) == set(shown["data"]["reports"][0]["publishers"][0])
        if sent["data"]["notice"]:
            assert set(sent["data"]["notice"]) == set(shown["data"]["notice"])


def test_the_table_of_channels_says_what_each_can() -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` \| (\w+) \| (\w+) \| (\w+) \|$",
        DOCUMENTS["docs/channels.md"],
        re.MULTILINE,
    )
    threaded = {"console", "email", "slack", "webhook"}  # the tests of each channel prove it
    expected = set()
    for name in CHANNELS:
        channel = channel_class(name)
        can = [name in threaded, *(getattr(channel, flag) for flag in ("can_edit", "can_find"))]
        expected.add((name, *("yes" if each else "no" for each in can)))
    assert set(rows) == expected


def test_what_the_readme_shows_of_the_demo_stands_in_its_feeds() -> None:
    feeds = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in Path(str(SAMPLE)).rglob("*.xml")
    )
    [transcript, *_] = blocks("README.md", "text")
    texts = re.findall(r"^KYIV .*(?=, …$)", transcript, re.MULTILINE)
    stands = [*re.findall(r"\] (.*)$", transcript, re.MULTILINE), *texts]
    stands += re.findall(r"https://\S+", transcript)
    assert len(stands) == 5
    assert [each for each in stands if each not in feeds] == []


# ── what else the documents claim ─────────────────────────────────────────────────────────────


def test_the_layers_of_the_program_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_no_document_or_constraint_names_an_index_or_a_path_of_a_machine() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", line) for line in constraints.splitlines())
    documents = "\n".join(DOCUMENTS.values())
    assert re.findall(r"/(?:home|root|Users|tmp|work)/|index-url|/simple/", documents) == []


def test_the_architecture_names_each_folder() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## The rooms")[2].partition("\n\nWhich folder")[0]
    named = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }
    folders = {
        each.name for each in (ROOT / "monitor").iterdir() if each.is_dir() and each.name[0] != "_"
    }
    assert named == folders


def test_the_slack_manifest_has_the_scopes_that_doctor_wants_and_the_events_that_are_heard() -> (
    None
):
    manifest = YAML(typ="safe").load(ROOT / "docs" / "slack-app.yaml")
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    assert set(SCOPES) <= set(scopes)
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == [
        "reaction_added",
        "reaction_removed",
        "message.channels",
        "message.groups",
    ]
