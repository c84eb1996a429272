"""Puts the pages of the site together in build/docs, for `make docs`.

Most are the documents as they stand. The list of commands comes from the program, the changelog
from its fragments; README.md is the first page. Links to other files lead to copies.
"""

# ruff: noqa: INP001 - a script
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from os.path import relpath
from pathlib import Path

from manual import Entry, Rows, entries

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "build" / "docs"
_PROSE = {  # documents outside of docs/
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
_FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#)([^)\s#]+)")
_START = "<!-- towncrier release notes start -->"


def main() -> None:
    """Write all pages anew."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(ROOT / "docs", PAGES)
    for path in sorted((ROOT / "docs").glob("*.md")):
        _write(path, path.name, path.read_text(encoding="utf-8"))
    for name, page in _PROSE.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        _write(ROOT / name, page, text.replace(_START, _unreleased()))
    (PAGES / "commands.md").write_text(commands(), encoding="utf-8")


def _write(source: Path, page: str, text: str) -> None:
    """Write a page; fenced blocks stay as they are."""
    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(lambda link: _led(source, link[1]), part) for part in parts[::2]]
    (PAGES / page).write_text("".join(parts), encoding="utf-8")


def _led(source: Path, link: str) -> str:
    """Start of a link from a page of the site to what `source` links to."""
    target = (source.parent / link).resolve()
    name = relpath(target, ROOT)
    if name in _PROSE:
        return f"]({_PROSE[name]}"
    if target.is_relative_to(ROOT / "docs"):
        return f"]({relpath(target, ROOT / 'docs')}"
    copy = PAGES / "files" / f"{target.name}{'' if target.suffix else '.txt'}"
    copy.parent.mkdir(exist_ok=True)
    shutil.copy(target, copy)
    return f"](files/{copy.name}"


def _unreleased() -> str:
    """The fragments of the changelog as the next release will have them."""
    command = [Path(sys.executable).parent / "towncrier", "build", "--draft", "--version", "Next"]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    return result.stdout


# ── the list of commands ──────────────────────────────────────────────────────────────────────


def commands() -> str:
    """The page of all commands and options."""
    head = "# Commands\n\nWhat `--help` and the man pages say, made from the program.\n"
    return head + "".join(_section(entry) for entry in entries())


def _section(entry: Entry) -> str:
    level = "#" * len(entry.path.split())
    parts = [
        f"\n{level} {entry.path}\n" if level != "#" else "",
        f"```text\n{entry.path} {entry.usage}\n```\n",
        f"{entry.text}\n",
        _table("option", [(f"`{_cell(option)}`", text) for option, text in entry.options]),
        _table("command", [(_link(entry, name), text) for name, text in entry.commands]),
        f"```console\n{entry.examples}\n```\n" if entry.examples else "",
    ]
    return "\n".join(part for part in parts if part)


def _link(entry: Entry, name: str) -> str:
    return f"[`{name}`](#{entry.path.replace(' ', '-')}-{name})"


def _table(first: str, rows: Rows) -> str:
    cells = [(name, _cell(text)) for name, text in rows]
    lines = [f"| {name} | {text} |" for name, text in cells]
    return "\n".join([f"| {first} | meaning |", "|---|---|", *lines, ""]) if rows else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    main()
