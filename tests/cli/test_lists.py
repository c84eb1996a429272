"""Lists in the forms that people and programs want: Markdown, templates, links, widths, colours."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click
import pytest
from commands import KOREAN, LONG, ONE, TOPICS, done, fill, invoke
from conftest import NOW
from copies import store_at
from fakes import article, feed
from filled import bring, move_into_empty_home
from rich.cells import cell_len

from monitor.cli import main
from monitor.cli.output import when

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEOUL = feed("https://seoul.example/feed", title="서울 연합", country="KR", interval=3000.0)
EMOJI = article(
    "🚀🇰🇵 ICBM 발사 👩‍👩‍👧 東京・北京 — " + "긴 제목입니다 " * 12,
    publisher="연합뉴스",
    published_at=NOW,
)
LINK = re.compile(r"\x1b\]8;;(.*?)\x1b\\(.*?)\x1b\]8;;\x1b\\")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "monitor.db"
    asyncio.run(fill(path))

    async def more() -> None:
        async with store_at(path) as store:
            at = NOW + timedelta(hours=5)
            await store.write(lambda tx: tx.feeds.sync([ONE, SEOUL], at))
            await bring(store, SEOUL, [EMOJI], at, topics=TOPICS)
            await bring(store, SEOUL, [EMOJI], at + timedelta(hours=1), topics=TOPICS)

    asyncio.run(more())
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    for name in ("NO_COLOR", "FORCE_COLOR", "FORCE_HYPERLINK", "TERM_PROGRAM", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)


def on_terminal(
    database: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, width: int = 100
) -> str:
    """What a command shows on a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout", terminal := Screen())
    main(["--db", str(database), *arguments], standalone_mode=False)
    return terminal.getvalue()


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


# ── forms ─────────────────────────────────────────────────────────────────────────────────────


def test_every_list_has_all_forms() -> None:
    forms = {"--json", "--nl", "--csv", "--md", "--template", "--no-headers"}
    options = {
        path: forms & {name for option in command.params for name in option.opts}
        for path, command in commands(main)
    }
    lists = {path for path, found in options.items() if "--csv" in found}
    assert {("hits",), ("alerts",), ("views", "list"), ("topics", "sets")} <= lists
    assert {path: forms - options[path] for path in lists if options[path] != forms} == {}


def test_markdown_is_a_table_whose_titles_are_links(database: Path) -> None:
    head, rule, *rows = done("hits", "--md", "--topic", "dprk-troops", db=database).splitlines()
    assert head.startswith("| ID | Published | Age | Topic | Lang | Publisher | Title |")
    assert rule.startswith("|---:|---|---:|---|---|---|---|")
    assert f"| ko | Yonhap | [{KOREAN.title}](<{KOREAN.link}>) |" in rows[-1]


def test_markdown_shows_a_title_as_it_is(tmp_path: Path) -> None:
    async def make() -> None:
        async with store_at(tmp_path / "m.db") as store:
            await store.write(lambda tx: tx.feeds.sync([ONE], NOW))
            await bring(store, ONE, [article("ICBM | *50%* [live] <b>")], NOW, topics=TOPICS)

    asyncio.run(make())
    shown = done("hits", "--md", db=tmp_path / "m.db")
    assert r"[ICBM \| \*50%\* \[live\] \<b\>]" in shown


def test_a_template_makes_a_line_of_each_row(database: Path) -> None:
    wanted = "{{ topic }}: {{ title | upper }}{% if lang %} ({{ lang }}){% endif %}"
    lines = done("hits", "--topic", "dprk-troops", "--template", wanted, db=database).splitlines()
    assert lines[-1] == f"dprk-troops: {KOREAN.title} (ko)"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{{ titel }}", "'titel' is undefined; did you mean `title`?"),
        ("{{ nothing }}", "'nothing' is undefined; there are: id, topic"),
        ("{{ title", "unexpected end of template"),
        ("{{ title.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_template_that_cannot_be_made_is_refused(database: Path, written: str, said: str) -> None:
    result = invoke("hits", "--template", written, db=database)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("two", ["--json --csv", "--md --nl", "--template x --md"])
def test_two_forms_are_a_mistake(database: Path, two: str) -> None:
    result = invoke("hits", *two.split(), db=database)
    assert result.exit_code == 2
    assert ", not both" in result.stderr


@pytest.mark.parametrize("form", [[], ["--csv"], ["--md"]])
def test_the_names_of_columns_can_be_left_out(database: Path, form: list[str]) -> None:
    with_names = done("alerts", *form, db=database).splitlines()
    without = done("alerts", "--no-headers", *form, db=database).splitlines()
    assert without == with_names[2 if form == ["--md"] else 1 :]


def test_options_of_a_list_stand_no_more_before_a_subcommand(database: Path) -> None:
    result = invoke("alerts", "--md", "show", "1", db=database)
    assert (result.exit_code, "--md goes with the list" in result.stderr) == (2, True)


# ── what is chosen ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (["--feed", "서울 연합"], [EMOJI.title]),
        (["--feed", SEOUL.url], [EMOJI.title]),
        (["--feed", "one"], [KOREAN.title]),
        (["--country", "kr"], [EMOJI.title]),
        (["--story", "1"], [KOREAN.title]),
    ],
)
def test_hits_are_chosen_by_feed_country_and_story(
    database: Path, arguments: list[str], titles: list[str]
) -> None:
    lines = done("hits", *arguments, "--template", "{{ title }}", db=database).splitlines()
    assert list(dict.fromkeys(lines)) == titles


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--feed", "Oen"], "there is no feed `Oen`; did you mean `One`?"),
        (["--country", "KP"], "there is no country `KP`; did you mean `KR`?"),
    ],
)
def test_a_feed_or_country_that_is_mistyped_is_refused(
    database: Path, arguments: list[str], said: str
) -> None:
    result = invoke("hits", *arguments, db=database)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


# ── terminals ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("command", ["hits", "alerts", "stories", "feeds", "coverage"])
def test_wide_letters_and_emoji_fit_the_terminal_and_keep_its_columns(
    database: Path, monkeypatch: pytest.MonkeyPatch, command: str, width: int
) -> None:
    shown = on_terminal(database, monkeypatch, command, width=width)
    lines = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
    assert max(map(cell_len, lines)) <= width
    if command == "hits":
        begin = cell_len(lines[0][: lines[0].index("Title")])
        rows = {cell_len(line[: line.index(start)]) for line in lines[2:]
                for start in ("🚀", "북한군", "North Korea fires") if start in line}  # fmt: skip
        assert rows == {begin}


def test_titles_are_links_on_terminals_that_show_them(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "WezTerm")
    shown = dict(LINK.findall(on_terminal(database, monkeypatch, "hits")))
    assert shown[KOREAN.link] == KOREAN.title
    assert "\x1b]8;;" not in done("hits", db=database)


@pytest.mark.parametrize(
    ("environment", "linked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"VTE_VERSION": "7006"}, True),
        ({"VTE_VERSION": "4602"}, False),
        ({"TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a", "VTE_VERSION": "7006"}, False),
        ({"TERM": "xterm"}, False),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
    ],
    ids=str,
)
def test_a_terminal_that_is_not_known_gets_no_links(
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    linked: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setenv("TERM", "")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert bool(LINK.search(on_terminal(database, monkeypatch, "hits"))) is linked


def test_a_pipe_is_coloured_if_it_is_asked_for_and_a_terminal_not_if_not(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = done("feeds", db=database)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[32mok\x1b[0m" in done("feeds", db=database)
    assert LONG in done("hits", db=database)

    monkeypatch.setenv("NO_COLOR", "1")
    assert done("feeds", db=database) == plain
    assert "\x1b[" not in on_terminal(database, monkeypatch, "feeds")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-200, "3m ago"), (0, "0m ago"), (-7_300, "2h ago"), (-90_000, "25h ago"),
     (700, "in 11m"), (-3_000_000, "2024-09-27 00:40")],
)  # fmt: skip
def test_times_are_relative_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, seconds: int, shown: str
) -> None:
    at = NOW + timedelta(seconds=seconds)
    assert when(at.isoformat(), NOW.tzinfo or at.tzinfo, NOW).startswith(f"{at:%Y-%m-%dT%H:%M}")  # type: ignore[arg-type]
    monkeypatch.setattr("sys.stdout", Screen())
    assert when(at.isoformat(), NOW.tzinfo, NOW) == shown  # type: ignore[arg-type]
