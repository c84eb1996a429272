"""Entities of a text: term sets that the words name, checked form by form."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

from monitor.extraction.entities import entities_in
from monitor.extraction.entity_rows import rows
from monitor.extraction.entity_table import kept_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "lang", "name"),
    [
        ("Protest in Hong Kong", "en", "actor:congo"),
        ("Malik wins the race", "en", "actor:mali"),
        ("US Congress votes", "en", "actor:congo"),
        ("Nigeria holds talks", "en", "actor:niger"),
        ("Indiana elects a mayor", "en", "actor:india"),
        ("Norwich wins a cup", "en", "actor:norway"),
        ("Fire in Malibu", "en", "actor:mali"),
        ("Малик победил", "ru", "actor:mali"),
        ("Взрыв в Нигерии", "ru", "actor:niger"),
    ],
)
def test_a_longer_name_is_not_the_country_that_it_begins_with(
    text: str, lang: str, name: str
) -> None:
    assert name not in entities_in(text, lang)


@pytest.mark.parametrize(
    ("text", "lang", "name"),
    [
        ("Mali's army", "en", "actor:mali"),
        ("The Russians left", "en", "actor:russia"),
        ("Nordkoreas Soldaten", "de", "actor:north_korea"),
        ("Взрыв в Курской области", "ru", "place:kursk"),
        ("между Россией и Украиной", "ru", "actor:ukraine"),
        ("Російські війська", "uk", "actor:russia"),
        ("북한군이 러시아에", "ko", "actor:russia"),
        ("NORTH KOREA’S ARMY", "en", "actor:north_korea"),
        ("جيش كوريا الشمالية", "ar", "actor:north_korea"),
    ],
)
def test_the_forms_of_a_name_are_the_name(text: str, lang: str, name: str) -> None:
    assert name in entities_in(text, lang)


@pytest.mark.parametrize(
    ("text", "lang", "name"),
    [
        ("Drones struck a depot", "en", "action:attack"),
        ("The army withdrew", "en", "action:withdrawal"),
        ("Soldaten geschickt", "de", "action:deployment"),
        ("Rozmieszczono wojsko", "pl", "action:deployment"),
        ("La Corée envoie des soldats", "fr", "action:deployment"),
        ("asker gönderiyor", "tr", "action:deployment"),
        ("ПВО сбила цель", "ru", "action:shootdown"),
        ("والصواريخ في السماء", "ar", "weapon:missile"),
        ("o próbie z nowym pociskiem", "pl", "action:missile_launch"),
    ],
)
def test_a_form_that_begins_otherwise_or_goes_on_longer_is_found(
    text: str, lang: str, name: str
) -> None:
    assert name in entities_in(text, lang)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The missile will boost its nuclear counterattack capability", "en"),
        ("wzmocni możliwości kontrataku nuklearnego", "pl"),
        ("핵반격 능력을 강화", "ko"),
        ("核反撃能力を強化", "ja"),
    ],
)
def test_a_capability_of_nuclear_counterattack_is_no_fighting(text: str, lang: str) -> None:
    assert not entities_in(text, lang) & {"action:combat", "action:attack"}


def test_a_form_that_begins_otherwise_counts_in_its_own_language_only() -> None:
    assert "action:deployment" not in entities_in("Rozmieszczono", "en")


def test_the_table_of_terms_is_the_same_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr("monitor.cache.PACKED", tmp_path / "packed")  # none is there
    made = [*kept_table(rows("action:attack", "en", "strike"))("struck")]
    assert made
    assert [*kept_table(())("struck")] == made
    tmp_path.chmod(0o777)  # a folder in which others may write is not read
    assert [*kept_table(())("struck")] == []


_IS_KEPT = """
from monitor.extraction.entity_rows import rows
from monitor.extraction.entity_table import kept_table
print(bool([*kept_table(())("struck")]))
"""


def test_a_table_that_another_version_of_the_program_made_is_not_read(tmp_path: Path) -> None:
    leave_out = shutil.ignore_patterns("*.pyc", "_kept")
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor", ignore=leave_out)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "CACHE_DIRECTORY": str(tmp_path)}

    def is_kept(program: str = _IS_KEPT) -> str:
        asked = [sys.executable, "-c", program]
        return subprocess.run(
            asked, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()

    made = _IS_KEPT.replace("()", 'rows("action:attack", "en", "strike")')
    assert [is_kept(made), is_kept()] == ["True", "True"]
    changed = tmp_path / "monitor" / "extraction" / "entities.py"  # which sets are left out
    changed.write_text(f"{changed.read_text(encoding='utf-8')}# changed\n", encoding="utf-8")
    assert is_kept() == "False"


_PREPARED = """
from monitor.extraction import entities
entities.prepare()
"""


@pytest.mark.slow
def test_the_first_table_is_the_one_that_a_package_brings(tmp_path: Path) -> None:
    leave_out = shutil.ignore_patterns("*.pyc", "_kept")
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor", ignore=leave_out)
    cache_folder = tmp_path / "cache"
    places = {"PYTHONPATH": str(tmp_path), "CACHE_DIRECTORY": str(cache_folder)}
    environment = {**os.environ, **places}
    script = [sys.executable, str(ROOT / "scripts" / "kept_files.py")]
    subprocess.run(script, env=environment, check=True)

    subprocess.run([sys.executable, "-P", "-c", _PREPARED], env=environment, check=True)
    assert not list(cache_folder.glob("entities-*"))  # nothing was made anew
