"""`monitor init`: a first configuration, asked for on a terminal or given by options."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Any

import click

from monitor.errors import DeliveryError, InputError
from monitor.text.counts import counted
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from monitor.cli import CliOptions

# what is asked for of a channel, by its type; the rest is in docs/configuration.md
_ASKED = {
    "console": {},
    "slack": {"channel": "Channel, such as #alerts", "token": "Bot token, xoxb-…"},
    "slack-webhook": {"url": "Address of the incoming webhook"},
    "email": {
        "host": "Mail server",
        "sender": "Sender, such as monitor@example.org",
        "to": "Recipient",
        "user": "User at the mail server, empty for none",
        "password": "Password",
    },
    "webhook": {"url": "Address that takes the alerts"},
}
_SECRETS = frozenset({"token", "url", "password"})  # asked for unseen, kept in files of their own
_EXAMPLES = """\b
Examples:
  monitor init                                 asks; without a terminal it takes the defaults
  monitor init --topics icbm,kursk --feeds Korea,World
  monitor init --channel slack --set channel='#alerts' --set token='${SLACK_BOT_TOKEN}'
  monitor --config desk.yaml init --channel email --set host=mail.example.org \\
    --set sender=monitor@example.org --set to=desk@example.org
"""


@click.command(epilog=_EXAMPLES)
@click.option("--topics", metavar="ID,…", help="Topics to begin with. [default: all three]")
@click.option("--feeds", metavar="FOLDER,…", help="Folders of feeds to begin with. [default: all]")
@click.option("--channel", "kind", type=click.Choice(list(_ASKED)), help="Where alerts go.")
@click.option("--set", "given", metavar="KEY=VALUE", multiple=True, help="Setting of the channel.")
@click.option("--keep", type=click.Choice(["off", "text", "page"]), help="What is kept of pages.")
@click.option("--test/--no-test", default=None, help="Send one test message to the channel.")
@click.pass_obj
def init(
    options: CliOptions,
    *,
    topics: str | None,
    feeds: str | None,
    kind: str | None,
    given: tuple[str, ...],
    keep: str | None,
    test: bool | None,
) -> None:
    """Write a first configuration, with comments, and check it. A file is never overwritten.

    On a terminal what no option says is asked for. Secrets are kept in files of their own beside
    the configuration, which only you can read.
    """
    from monitor.config.paths import new_config_path
    from monitor.config.rewrite import write_new
    from monitor.config.starter import offer, shipped, starter

    path = new_config_path(options.config)
    if path.exists():
        raise InputError(f"{path} exists: edit it, or name another file with --config FILE")
    text = shipped()
    offered = offer(text)
    chosen_topics = _chosen("topic", "Topics", topics, offered.topics)
    folders = {name: counted(count, "feed") for name, count in offered.folders.items()}
    chosen_folders = _chosen("folder", "Folders of feeds", feeds, folders)
    channel, secrets = _channel(kind, given)

    written = starter(text, chosen_topics, chosen_folders, channel, _keep(keep))
    config = write_new(path, written, secrets)
    feed_count, topic_count = (
        counted(len(config.feeds), "feed"),
        counted(len(config.topics), "topic"),
    )
    click.echo(f"{path}: {topic_count}, {feed_count}; no mistakes")
    if channel and (_asked_to_test() if test is None else test):
        _test(path)
    click.echo(_next(path, options))


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


# ── topics and feeds ──────────────────────────────────────────────────────────────────────────


def _chosen(kind: str, heading: str, given: str | None, known: Mapping[str, str]) -> list[str]:
    """Names that were given or asked for; all of the known ones by default."""

    def named(written: str) -> list[str]:
        return _names(kind, written, known)

    if given is not None or not _on_terminal():
        return named("all" if given is None else given)
    click.echo(f"{heading}:")
    for name, about in known.items():
        click.echo(f"  {name:<12} {about}")
    chosen: list[str] = click.prompt("Which, with commas between", default="all", value_proc=named)
    return chosen


def _names(kind: str, written: str, known: Mapping[str, str]) -> list[str]:
    """Names between commas. Raises UsageError for an unknown one: a prompt then asks again."""
    if written == "all":
        return list(known)
    names = [name.strip() for name in written.split(",") if name.strip()]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, otherwise=f"there are: {', '.join(known)}")
            raise click.UsageError(f"there is no {kind} `{name}`{hint}")
    if not names:
        raise click.UsageError(f"name one {kind} at least: {', '.join(known)}")
    return names


# ── the channel ───────────────────────────────────────────────────────────────────────────────


def _channel(kind: str | None, given: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings of the channel, and the secrets to be kept in files, by file name."""
    if kind is None:
        kind = _asked_kind() if _on_terminal() and not given else "console"
    if kind == "console":
        if given:
            raise click.UsageError("--set goes with a --channel other than console")
        return {}, {}
    settings: dict[str, Any] = {"type": kind, **_given(given)}
    secrets: dict[str, str] = {}
    for name, question in _ASKED[kind].items() if _on_terminal() else ():
        no_user = name == "password" and not settings["user"]
        if name in settings or f"{name}_file" in settings or no_user:
            continue
        answer = _answer(name, question)
        if name in _SECRETS:
            secrets[f"desk-{name}"] = answer
            settings[f"{name}_file"] = f"desk-{name}"
        else:
            settings[name] = answer
    return {name: value for name, value in settings.items() if value}, secrets


def _answer(name: str, question: str) -> str:
    """Ask for a setting: the user may stay empty, and secrets are typed unseen."""
    default = "" if name == "user" else None
    hidden = name in _SECRETS
    answer: str = click.prompt(question, default=default, show_default=False, hide_input=hidden)
    return answer


def _asked_kind() -> str:
    kind: str = click.prompt("Alerts go to", type=click.Choice(list(_ASKED)), default="console")
    return kind


def _given(given: Sequence[str]) -> dict[str, str]:
    """Settings of the command line; secrets must not stand there, where others can read them."""
    settings = {}
    for each in given:
        name, is_pair, value = each.partition("=")
        if not is_pair:
            raise click.UsageError(f"--set {each}: write KEY=VALUE, such as channel=#alerts")
        if name in _SECRETS and not value.startswith("${"):
            raise click.UsageError(
                f"--set {name}=… would show a secret to all users of this machine: write"
                f" --set {name}_file=FILE, or --set {name}='${{VARIABLE}}'"
            )
        settings[name] = value
    return settings


def _keep(given: str | None) -> str:
    """What is kept of the pages of hits; asked for, since a publisher sees what interests us."""
    if given is None and _on_terminal():
        click.echo("Pages of hits can be fetched; their publishers then see what interests you.")
        choice = click.Choice(["off", "text", "page"])
        given = str(click.prompt("Keep of them", type=choice, default="off"))
    return given or "off"


# ── afterwards ────────────────────────────────────────────────────────────────────────────────


def _asked_to_test() -> bool:
    return _on_terminal() and click.confirm("Send a test message now?", default=True)


def _test(path: Path) -> None:
    """Send a test message; what a refusal means is said, and the configuration stays."""
    from monitor.channels import channel_class
    from monitor.config.load import load
    from monitor.diagnostics.probe import channel_advice, try_channel
    from monitor.service.clock import utc_now
    from monitor.service.loop import run

    settings = load(path, None, ("channels",)).channels["desk"]
    channel = channel_class(settings.type)(**settings.arguments())
    try:
        run(try_channel(channel, "desk", platform.node(), utc_now()))
    except DeliveryError as error:
        click.echo(
            f"desk did not take the message: {error.reason}\n{channel_advice(error)}", err=True
        )
        click.echo("After that: monitor alerts test desk", err=True)
    else:
        click.echo("desk took the test message.")


def _next(path: Path, options: CliOptions) -> str:
    """Commands that come next, with the path where the program would not find it by itself."""
    from monitor.config.paths import config_path

    found = options.config or config_path(None)
    is_hidden = found != path
    monitor = f"monitor --config {path}" if options.config or is_hidden else "monitor"
    hint = f"{found} in this folder comes first: name the new file, or work elsewhere\n"
    return (
        f"{hint if is_hidden else ''}Next:\n"
        f"  {monitor} run --once    one poll of all feeds, and the alerts that are due"
        f"\n  {monitor} hits          what was found\n  {monitor} run           the service"
    )
