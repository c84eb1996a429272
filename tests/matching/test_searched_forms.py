"""Forms of shipped term sets are kept in a file; with it and without it, topics are the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

from monitor import cache
from monitor.matching.compile import pack
from monitor.matching.terms.termsets import TermSet
from monitor.model import Topic

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = [
    Topic("talks", "Talks", match="@qatar AND (Kursk OR @own)"),
    Topic("sea", "Sea", match="@yemen"),
]
OWN = {"own": TermSet("own", (("ru", "Судже"), ("", "=ICBM"), ("en", "begin*"), ("he", "טיל")))}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, beside which nothing came with the program."""
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("monitor.cache.PACKED", tmp_path / "packed")
    return tmp_path / "monitor"


def forms_file(folder: Path) -> Path:
    [file] = folder.glob("forms-*")
    return file


def test_topics_are_equal_with_the_file_and_without_it(folder: Path, tmp_path: Path) -> None:
    first = pack(TOPICS, OWN)
    before = forms_file(folder).stat()
    assert pack(TOPICS, OWN) == first
    assert forms_file(folder).stat().st_ino == before.st_ino  # nothing was missing

    folder.rename(tmp_path / "packed")  # as a package brings it
    assert pack(TOPICS, OWN) == first
    assert not folder.exists()

    cache.PACKED.rename(tmp_path / "elsewhere")
    folder.touch()  # no folder
    assert pack(TOPICS, OWN) == first


def test_a_file_that_came_with_the_program_counts_before_one_with_fewer_sets(
    folder: Path, tmp_path: Path
) -> None:
    both = pack(TOPICS, OWN)
    folder.rename(tmp_path / "packed")
    packed = forms_file(cache.PACKED)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("monitor.cache.PACKED", tmp_path / "elsewhere")
        pack(TOPICS[:1], OWN)
    fewer = forms_file(folder).read_bytes()
    assert len(fewer) < packed.stat().st_size
    assert pack(TOPICS, OWN) == both
    assert forms_file(folder).read_bytes() == fewer  # nothing was missing


def test_topics_without_a_shipped_set_do_not_read_the_file(folder: Path) -> None:
    pack(TOPICS, OWN)
    os.utime(forms_file(folder), (1, 1))
    pack([Topic("plain", "Plain", match="Kursk OR @own")], OWN)
    assert forms_file(folder).stat().st_mtime == 1
    pack(TOPICS, OWN)
    assert forms_file(folder).stat().st_mtime > 1


def test_a_damaged_file_is_made_anew(folder: Path) -> None:
    first = pack(TOPICS, OWN)
    whole = forms_file(folder).read_bytes()
    half = len(whole) // 2
    forms_file(folder).write_bytes(whole[:half] + b"?" + whole[half + 1 :])
    assert pack(TOPICS, OWN) == first
    assert forms_file(folder).read_bytes() == whole


def test_a_set_that_the_file_does_not_have_is_added(folder: Path) -> None:
    first = pack(TOPICS[:1], OWN)
    fewer = forms_file(folder).stat().st_size
    both = pack(TOPICS, OWN)
    assert forms_file(folder).stat().st_size > fewer
    assert (pack(TOPICS[:1], OWN), pack(TOPICS, OWN)) == (first, both)


def test_a_set_of_the_user_is_no_shipped_one_of_its_name() -> None:
    shipped = pack(TOPICS[1:])
    own = {"yemen": TermSet("yemen", (("en", "Kursk"),), field="countries")}
    assert pack(TOPICS[1:], own) != shipped == pack(TOPICS[1:])


_DICTIONARIES = """
import sys
from monitor.matching.compile import pack
from monitor.model import Topic
pack([Topic("edited", "Edited", match=sys.argv[1])])
print("pymorphy3" in sys.modules)
"""


def loads_dictionaries(match: str, **environment: str) -> str:
    asked = [sys.executable, "-P", "-c", _DICTIONARIES, match]  # not the program in this folder
    environment = {**os.environ, **environment}
    result = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def test_edited_topics_need_no_dictionary_for_shipped_sets() -> None:
    pack(TOPICS, OWN)
    assert loads_dictionaries("@qatar AND Kursk") == "False"
    assert loads_dictionaries("@qatar AND Курск") == "True"


@pytest.mark.slow
def test_the_first_topics_need_none_where_a_package_brings_the_forms(tmp_path: Path) -> None:
    leave_out = shutil.ignore_patterns("_kept", "__pycache__")
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor", ignore=leave_out)
    places = {"PYTHONPATH": str(tmp_path), "CACHE_DIRECTORY": str(tmp_path / "cache")}
    script = [sys.executable, str(ROOT / "scripts" / "kept_files.py")]
    subprocess.run(script, env={**os.environ, **places}, check=True)

    assert loads_dictionaries("@russia AND @missile", **places) == "False"
    edited = tmp_path / "monitor" / "terms" / "press.toml"
    edited.write_text(f"{edited.read_text(encoding='utf-8')}# edited\n", encoding="utf-8")
    assert loads_dictionaries("@russia AND @missile", **places) == "True"
