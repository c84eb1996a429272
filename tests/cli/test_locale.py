"""Commands as processes: terminals and pipes of other encodings, readers that leave, no home."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from commands import KOREAN, fill

C_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
LATIN_1 = {"PYTHONIOENCODING": "latin-1"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "monitor.db"
    asyncio.run(fill(path))
    return path


def run(
    *arguments: str, env: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env},
        cwd=cwd,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("form", ["hits", "hits --csv", "hits --json", "stories", "--help"])
def test_letters_that_an_encoding_lacks_are_replaced(database: Path, form: str) -> None:
    done = run("--db", str(database), *form.split(), env=LATIN_1)
    assert (done.returncode, done.stderr) == (0, b"")
    if "--json" in form:
        assert KOREAN.title in {row["title"] for row in json.loads(done.stdout)}


def test_a_pipe_of_a_locale_that_is_not_set_gets_utf_8(database: Path) -> None:
    done = run("--db", str(database), "hits", "--csv", env=C_LOCALE)
    rows = csv.DictReader(done.stdout.decode().splitlines())
    assert KOREAN.title in {row["title"] for row in rows}


def test_words_in_a_locale_that_is_not_set_find_what_they_mean(database: Path) -> None:
    done = run("--db", str(database), "hits", "북한", "--json", env=C_LOCALE)
    assert [row["title"] for row in json.loads(done.stdout)] == [KOREAN.title]


def test_a_reader_that_leaves_early_is_no_error(database: Path) -> None:
    command = [sys.executable, "-m", "monitor", "--db", str(database), "hits", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
@pytest.mark.parametrize("form", ["hits", "hits --csv", "hits --json", "--help"])
def test_a_full_disk_is_told_in_a_sentence(database: Path, form: str) -> None:
    command = [sys.executable, "-m", "monitor", "--db", str(database), *form.split()]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    expected = b"Error: cannot write: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, expected)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_without_a_home_folder_a_sentence_names_the_ways_to_name_the_database() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        code = "import os; from monitor.cli import hits, main; os.setuid(54321); main(['hits'])"
        done = subprocess.run(
            [sys.executable, "-c", f"import monitor.config.paths; {code}"],
            env={"PATH": os.environ["PATH"]},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    expected = (
        "Error: this user has no home folder: name the database with --db FILE, MONITOR_DB or"
        " `database` in the configuration\n"
    )
    assert (done.returncode, done.stderr) == (1, expected)
