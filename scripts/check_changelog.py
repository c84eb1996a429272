"""Check that a change of the program has a line for its users: a fragment in `changelog.d/`.

Run by `make lint`. The check fails if `monitor/` differs from the last tag (before the first tag:
from the first commit) without a fragment, or if a fragment's name has no type of `pyproject.toml`.
"""

# ruff: noqa: INP001 - a script

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ADVICE = 'write one: .venv/bin/towncrier create +short-name.added --content "What is new."'


def mistake(root: Path) -> str:
    """Message on the fragments of the repository at `root`; "" if they are right."""
    if not (root / ".git").exists():
        return ""  # an unpacked archive: nothing to compare with
    fragments = [path for path in (root / "changelog.d").glob("*") if path.name[0] != "."]
    names = _valid_names(root)
    if wrong := sorted(path.name for path in fragments if not names.fullmatch(path.name)):
        return f"changelog.d: expected NAME.TYPE.md with {names.pattern}: {', '.join(wrong)}"
    base = _last_release(root)
    if not fragments and _git(root, "diff", "--name-only", base, "--", "monitor"):
        return f"monitor/ changed since {base}, and changelog.d holds no fragment; {ADVICE}"
    return ""


def _valid_names(root: Path) -> re.Pattern[str]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    types = [each["directory"] for each in settings["tool"]["towncrier"]["type"]]
    return re.compile(rf"[^.]+\.({'|'.join(types)})(\.\d+)?\.md")


def _last_release(root: Path) -> str:
    """The last tag before HEAD, or the first commit."""
    if _git(root, "tag", "--merged", "HEAD"):
        return _git(root, "describe", "--tags", "--abbrev=0")
    return _git(root, "rev-list", "--max-parents=0", "HEAD").split()[0]


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


if __name__ == "__main__":
    sys.exit(mistake(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent.parent) or None)
