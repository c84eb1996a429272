"""A change of the program comes with a changelog fragment; `scripts/check_changelog.py` says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHECK = [sys.executable, str(ROOT / "scripts" / "check_changelog.py")]
TYPES = """
[[tool.towncrier.type]]
directory = "added"
name = "Added"
"""


class Repository:
    """A repository with one commit, in which `monitor/` holds a file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("pyproject.toml", TYPES)
        self.write("monitor/__init__.py", "")
        self.git("init", "--quiet")
        self.commit()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", self.root, *who, *arguments], check=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")

    def change_the_program(self) -> None:
        self.write("monitor/new.py", "")
        self.commit()

    def check(self) -> tuple[int, str]:
        command = [*CHECK, str(self.root)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.returncode, result.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_changed_program_without_a_fragment_fails(repository: Repository) -> None:
    repository.change_the_program()
    code, message = repository.check()
    assert code == 1
    assert "changelog.d holds no fragment" in message


def test_a_changed_program_with_a_fragment_passes(repository: Repository) -> None:
    repository.change_the_program()
    repository.write("changelog.d/+new.added.md", "Something new.")
    assert repository.check() == (0, "")


def test_a_change_outside_the_program_needs_no_fragment(repository: Repository) -> None:
    repository.write("README.md", "# monitor")
    repository.commit()
    assert repository.check() == (0, "")


def test_only_what_changed_since_the_last_tag_counts(repository: Repository) -> None:
    repository.change_the_program()
    repository.git("tag", "v1")
    assert repository.check() == (0, "")
    repository.write("monitor/newer.py", "")
    repository.commit()
    assert "since v1" in repository.check()[1]


def test_a_fragment_whose_type_is_unknown_is_named(repository: Repository) -> None:
    repository.write("changelog.d/+new.feature.md", "Something new.")
    code, message = repository.check()
    assert code == 1
    assert "+new.feature.md" in message


def test_an_unpacked_archive_passes(tmp_path: Path) -> None:
    assert subprocess.run([*CHECK, str(tmp_path)], check=False).returncode == 0


def test_the_fragments_of_this_repository_make_a_changelog() -> None:
    towncrier = str(Path(sys.executable).parent / "towncrier")
    command = [towncrier, "build", "--draft", "--version", "9.9.9"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "## 9.9.9 - " in result.stdout
