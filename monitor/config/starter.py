"""The configuration that `monitor init` writes: the shipped one, less what was not chosen.

The shipped file is the `config.yaml` of the repository; a wheel carries it beside this module.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_IN_WHEEL = Path(__file__).with_name("shipped.yaml")
_IN_REPOSITORY = Path(__file__).parents[2] / "config.yaml"
_NO_CHANNEL = "# channels:\n"  # begins the example of a channel
_TOPIC = re.compile(r"^( *)- id: .+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen: topics with their titles, and the folders of feeds with their number."""

    topics: Mapping[str, str]
    folders: Mapping[str, int]


def shipped() -> str:
    """Return the text of the configuration that comes with the program."""
    path = _IN_WHEEL if _IN_WHEEL.exists() else _IN_REPOSITORY
    return path.read_text(encoding="utf-8")


def offer(text: str) -> Offer:
    """Return what the shipped configuration offers."""
    tree = YAML(typ="safe", pure=True).load(text)
    folders = [feed["folder"] for feed in tree["feeds"]]
    counts = {folder: folders.count(folder) for folder in dict.fromkeys(folders)}
    return Offer({topic["id"]: topic["title"] for topic in tree["topics"]}, counts)


def starter(
    text: str,
    topics: Collection[str],
    folders: Collection[str],
    channel: Mapping[str, Any],
    keep: str = "off",
) -> str:
    """Return the shipped text with these topics, the feeds of these folders, and one channel.

    `channel` are the settings of the channel `desk`; without any, alerts go to the terminal. `keep`
    is that of all topics. Comments stay; one above a topic or feed that goes, goes with it.
    """
    lines = text.splitlines(keepends=True)
    root: Any = YAML(typ="safe", pure=True).compose(text)
    sections = {key.value: value for key, value in root.value}
    gone = {
        *_lines_without(lines, sections["topics"], "id", topics),
        *_lines_without(lines, sections["feeds"], "folder", folders),
    }
    kept = "".join(line for number, line in enumerate(lines) if number not in gone)
    if keep != "off":
        kept = _TOPIC.sub(rf"\g<0>\n\g<1>  keep: {keep}", kept)
    return _with_channel(kept, channel) if channel else kept


def _lines_without(
    lines: list[str], items: Any, key: str, wanted: Collection[str]
) -> Iterator[int]:
    """Yield the numbers of the lines of items whose `key` is not wanted, with comments above."""
    starts = [_with_comments(lines, item.start_mark.line) for item in items.value]
    ends = [*starts[1:], _last_line(lines, items.end_mark.line)]
    for item, start, end in zip(items.value, starts, ends, strict=True):
        values = {name.value: value.value for name, value in item.value}
        if values[key] not in wanted:
            yield from range(start, end)


def _with_comments(lines: list[str], start: int) -> int:
    """Return the line where the comments above an item begin."""
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start


def _last_line(lines: list[str], end: int) -> int:
    """Return the line after the last item: without what stands above the next section."""
    while end and not lines[end - 1].startswith(" "):
        end -= 1
    return end


def _with_channel(text: str, channel: Mapping[str, Any]) -> str:
    """Return the text with a channel in the place of the example of one."""
    before, _, example = text.partition(_NO_CHANNEL)
    after = example[example.index("\n\n") :]
    settings = [f"    {name}: {_written(value)}" for name, value in channel.items()]
    return before + "\n".join(["channels:", "  desk:", *settings]) + after


def _written(value: Any) -> str:
    """Return a value as YAML: JSON is a part of it."""
    return json.dumps(value, ensure_ascii=False)
