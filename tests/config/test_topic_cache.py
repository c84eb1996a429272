"""Packed topics are kept until topics, term sets or the program change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from amounts import some
from conftest import ROOT
from fakes import article, topic

from monitor import cache
from monitor.config.load import load
from monitor.config.topic_cache import packed_topics
from monitor.errors import ConfigError
from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher
from monitor.matching.packed import digest_of
from monitor.matching.terms.termsets import TermSet


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


_IS_KEPT = """
from monitor.config.topic_cache import kept_topics, packed_topics
from monitor.model import Topic
topics = [Topic("icbm", "ICBM", match="ICBM")]
print(kept_topics(topics, {}) is not None)
packed_topics(topics, {})
"""
_CONFIG = """
terms: {{own: {{en: [Kursk]}}}}
topics: [{{id: one, title: One, match: "{}"}}]
feeds: [{{url: "https://example.org/rss"}}]
"""
TOPICS = [topic("kursk", "@own"), topic("icbm", "ICBM")]
SETS = {"own": TermSet("own", (("en", "Kursk"),))}


def test_kept_topics_are_the_compiled_ones() -> None:
    steps: list[tuple[int, int]] = []
    first = packed_topics(TOPICS, SETS, lambda *step: steps.append(step))
    again = packed_topics(TOPICS, SETS, lambda *step: steps.append(step))
    assert bytes(first.packed) == bytes(again.packed) == pack(TOPICS, SETS)
    assert first.source == again.source
    assert steps == [(1, 3), (2, 3), (1, 1)]


def test_other_topics_and_other_term_sets_are_others() -> None:
    sets = {"own": TermSet("own", (("en", "Sudzha"),))}
    asked = [(TOPICS, SETS), (TOPICS, sets), (TOPICS[:1], SETS)]
    assert len({packed_topics(*each).source for each in asked}) == 3


def test_what_does_not_concern_matching_compiles_nothing() -> None:
    renamed = [replace(each, title="Another title") for each in TOPICS]
    assert packed_topics(TOPICS, SETS).source == packed_topics(renamed, SETS).source


def test_a_matcher_reads_a_mapped_file() -> None:
    source = packed_topics(TOPICS, SETS).source
    assert isinstance(source, Path)
    [matches] = Matcher(cache.mapped(source)).match([article("Kursk and an ICBM")])
    assert [match.topic for match in matches] == ["kursk", "icbm"]


def test_without_a_folder_the_topics_themselves_are_the_source(tmp_path: Path) -> None:
    (tmp_path / "monitor").touch()
    found = packed_topics(TOPICS, SETS)
    assert found.source == pack(TOPICS, SETS)
    assert found.digest == digest_of(pack(TOPICS, SETS))


def test_a_changed_program_compiles_anew(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor")
    asked = [sys.executable, "-c", _IS_KEPT]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "CACHE_DIRECTORY": str(tmp_path)}

    def is_kept() -> str:
        return subprocess.run(
            asked, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert [is_kept(), is_kept()] == ["False", "True"]
    for file in some(("language/topics.lark", "terms/suffix_rules.toml", "compile.py")):
        changed = tmp_path / "monitor" / "matching" / file
        comment = "// changed" if file.endswith(".lark") else "# changed"
        with changed.open("a", encoding="utf-8") as end:
            end.write(f"\n{comment}\n")
        assert is_kept() == "False", file


_GRAMMAR = """
import sys
from pathlib import Path
from monitor.config.load import load
load(Path(sys.argv[1]))
print("lark" in sys.modules)
"""


def test_the_grammar_is_loaded_only_for_topics_that_were_not_compiled_before(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(_CONFIG.format("ICBM AND @own"), encoding="utf-8")

    def loads_the_grammar() -> str:
        asked = [sys.executable, "-c", _GRAMMAR, str(config)]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    assert loads_the_grammar() == "True"
    loaded = load(config)
    packed_topics(loaded.topics, loaded.sets)
    assert loads_the_grammar() == "False"


def test_a_mistake_in_an_expression_is_found_though_other_topics_are_kept(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(_CONFIG.format("ICBM"), encoding="utf-8")
    loaded = load(config)
    packed_topics(loaded.topics, loaded.sets)
    config.write_text(_CONFIG.format("ICBM AND"), encoding="utf-8")
    with pytest.raises(ConfigError, match="the end is unexpected here"):
        load(config)
