"""Secrets in the configuration: where they come from, and that they stay there."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner
from filled import SMALL, move_into_empty_home

from monitor.cli import main
from monitor.config.load import Config, load
from monitor.errors import ConfigError

SLACK = """\
channels:
  desk:
    type: slack
    channel: "#alerts"
    token: ${SLACK_TOKEN}
"""
SECRET = "xoxb-not-to-be-seen"


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def read(text: str) -> Config:
    """Load `config.yaml` in the working directory with this content."""
    path = Path("config.yaml")
    path.write_text(dedent(text), encoding="utf-8")
    return load(path)


def mistakes(text: str) -> list[str]:
    """Each mistake as `line:column: field: message`."""
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(mistake).removeprefix("config.yaml:") for mistake in caught.value.mistakes]


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


def token(config: Config) -> str:
    [channel] = config.channels.values()
    assert channel.type == "slack"
    return channel.token.get_secret_value()


def test_a_variable_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_TOKEN", SECRET)

    assert token(read(SMALL + SLACK)) == SECRET


def test_a_variable_that_is_not_set_is_a_mistake() -> None:
    where = "11:12: channels.desk.token"

    assert mistakes(SMALL + SLACK) == [f"{where}: the environment variable SLACK_TOKEN is not set"]


@pytest.mark.parametrize("written", ["'${SLACK_TOKEN'", "${SLACK-TOKEN}", "'${}'"])
def test_what_begins_like_a_variable_and_is_none_is_a_mistake(written: str) -> None:
    told = "11:12: channels.desk.token: ${ begins a name of letters, digits and _, and } ends it"
    assert mistakes(SMALL + SLACK.replace("${SLACK_TOKEN}", written)) == [f"{told}: ${{NAME}}"]


FROM_FILE = SLACK.replace("token: ${SLACK_TOKEN}", "token_file: secret.txt")


def test_a_secret_file_is_looked_for_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text(SMALL + FROM_FILE, encoding="utf-8")
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "work")

    assert token(load(Path("../config.yaml"))) == SECRET


def test_a_secret_file_is_looked_for_in_the_credentials_directory_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("secret.txt").write_text("not this", encoding="utf-8")
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert token(read(SMALL + FROM_FILE)) == SECRET


def test_token_and_token_file_exclude_each_other() -> None:
    Path("secret.txt").write_text(SECRET, encoding="utf-8")

    [found] = mistakes(SMALL + FROM_FILE + "    token: xoxb-other\n")
    assert found == "11:17: channels.desk.token_file: give either token or token_file, not both"


def test_a_secret_file_that_is_missing_is_a_mistake() -> None:
    [found] = mistakes(SMALL + FROM_FILE)

    assert found == "11:17: channels.desk.token_file: there is no file secret.txt"


def test_a_secret_file_that_cannot_be_read_is_a_mistake() -> None:
    Path("secret.txt").mkdir()

    [found] = mistakes(SMALL + FROM_FILE)
    assert "secret.txt cannot be read: Is a directory" in found


def test_a_feed_is_known_by_its_address_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_KEY", SECRET)
    [feed] = read(changed("/feed", "/feed?key=${FEED_KEY}")).feeds

    assert feed.url == "https://a.example/feed?key=${FEED_KEY}"
    assert feed.address == f"https://a.example/feed?key={SECRET}"


def test_a_password_in_an_address_may_come_from_a_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PASSWORD", SECRET)
    [feed] = read(changed("https://a", "https://me:${PASSWORD}@a")).feeds

    assert SECRET in feed.address


def test_a_password_in_an_address_is_refused_whatever_else_is_a_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEED_KEY", "k")

    [found] = mistakes(changed("//a.example/feed", "//me:pw@a.example/feed?key=${FEED_KEY}"))
    assert found.startswith("2:10: feeds[0].url: a password here would be stored")


def test_a_feed_whose_whole_address_is_secret_has_a_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED", f"https://a.example/{SECRET}")
    [feed] = read(changed("https://a.example/feed", "${FEED}")).feeds

    assert feed.title == feed.url == "${FEED}"


# ── secrets stay secret ───────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["variable", "file", "literal"])
def with_secrets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A configuration whose token comes from three places, and a feed with a key."""
    monkeypatch.setenv("SLACK_TOKEN", SECRET)
    monkeypatch.setenv("FEED_KEY", SECRET)
    Path("secret.txt").write_text(SECRET, encoding="utf-8")
    literal = SLACK.replace("${SLACK_TOKEN}", SECRET)
    slack = {"variable": SLACK, "file": FROM_FILE, "literal": literal}[request.param]
    return changed("/feed", "/feed?key=${FEED_KEY}") + slack


def test_no_secret_is_in_the_representation_of_a_configuration(with_secrets: str) -> None:
    config = read(with_secrets)

    assert token(config) == SECRET
    assert SECRET not in repr(config)


def test_no_secret_is_shown_by_check(with_secrets: str) -> None:
    Path("config.yaml").write_text(with_secrets, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", "--show"])

    assert result.exit_code == 0
    assert "https://a.example/feed?key=${FEED_KEY}" in result.stdout
    assert SECRET not in result.output


@pytest.mark.parametrize(
    "wrong",
    ["    api_url: x\n", "    token: again\n", "    tokn: x\n", "    type: slack\n", "  - [\n"],
)
def test_no_secret_is_in_the_mistakes(with_secrets: str, wrong: str) -> None:
    found = mistakes(with_secrets.replace("/feed?", "/feed/?").replace("https", "ftp") + wrong)

    assert SECRET not in "\n".join(found)


def test_a_token_that_is_there_twice_is_not_told() -> None:
    literal = SLACK.replace("${SLACK_TOKEN}", SECRET)

    [found] = mistakes(SMALL + literal + f"    token: {SECRET}\n")
    duplicate = (
        'found duplicate key "token"; write each key once, with all that belongs to it below'
    )
    assert found == f"12:5: not valid YAML: {duplicate}"


def test_what_a_secret_was_filled_in_for_is_shown_as_written() -> None:
    Path("secret.txt").write_text(SECRET, encoding="utf-8")
    shown = read(SMALL + FROM_FILE).shown

    assert shown["channels"]["desk"]["token"] == "(from token_file: secret.txt)"


# ── headers, passwords and proxies of feeds ───────────────────────────────────────────────────

FEED_SECRETS = SMALL.replace(
    "feed\n",
    """feed
    headers: {X-Key: "${KEY}", X-Plain: not-to-be-seen-either}
    auth: {user: desk, password_file: secret.txt}
    proxy: "http://desk:${KEY}@proxy.example:3128"
""",
    1,
)


@pytest.fixture
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", SECRET)
    Path("secret.txt").write_text(f"{SECRET}\n", encoding="utf-8")


@pytest.mark.usefixtures("_secrets")
def test_a_feed_has_its_headers_its_password_and_its_proxy() -> None:
    [feed] = read(FEED_SECRETS).feeds
    login = b64encode(f"desk:{SECRET}".encode()).decode()

    assert dict(feed.headers) == {
        "X-Key": SECRET,
        "X-Plain": "not-to-be-seen-either",
        "Authorization": f"Basic {login}",
    }
    assert feed.proxy == f"http://desk:{SECRET}@proxy.example:3128"


@pytest.mark.usefixtures("_secrets")
def test_the_shown_configuration_holds_no_secret_of_a_feed() -> None:
    config = read(FEED_SECRETS)
    shown = CliRunner().invoke(main, ["check", "--show"]).output

    assert "not-to-be-seen" not in shown + repr(config)
    for masked in (
        "${KEY}",
        "(from password_file: secret.txt)",
        "proxy.example:3128",
        "user: desk",
    ):
        assert masked in shown


def test_the_password_of_a_proxy_is_not_shown_even_where_it_was_written_down() -> None:
    text = changed("feed\n", "feed\n    proxy: http://u:not-to-be-seen@proxy.example:3128\n")

    assert read(text).shown["feeds"][0]["proxy"] == "http://***@proxy.example:3128"


@pytest.mark.parametrize(
    ("setting", "mistake"),
    [
        ("proxy: ftp://proxy.example", "proxy: expected an http or https address, such as"),
        ("proxy: proxy.example:3128", "proxy: expected an http or https address, such as"),
        ("headers: {Host: a}", "headers: `Host` is set by the program itself"),
        ("headers: {A B: c}", "headers: `A B` cannot be sent"),
        ('headers: {A: "b\\nC: d"}', "headers: `A` cannot be sent"),
        ("headers: [a]", "headers: expected keys with values below it"),
        ("auth: {user: a}", "auth.password: is required (or password_file)"),
        ("auth: {password: a}", "auth.user: is required"),
        ("auth: {user: 'a:b', password: c}", "auth.user: expected a name without a colon"),
        ("auth: {usr: a, user: b, password: c}", "auth.usr: unknown key; did you mean `user`?"),
        ("auth: {user: a, password_file: none}", "auth.password_file: there is no file none"),
        ("auth: {user: a, password: b, password_file: c}", "give either password or password_file"),
        (
            "{headers: {authorization: a}, auth: {user: a, password: b}}",
            "auth: give either auth or",
        ),
    ],
)
def test_what_cannot_be_sent_is_a_mistake(setting: str, mistake: str) -> None:
    lines = setting.removeprefix("{").removesuffix("}") if setting[0] == "{" else setting
    lines = lines.replace("}, auth", "}\n    auth")
    found = mistakes(changed("feed\n", f"feed\n    {lines}\n"))

    assert any(mistake in each for each in found), found
