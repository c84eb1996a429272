"""The man pages: each command has one, troff reads it as it is meant, and the wheel has them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import pytest

from scripts.manual import entries, man_page

ENTRIES = {entry.path: entry for entry in entries()}


def page(path: str) -> str:
    return man_page(ENTRIES[path], "0.2.0", "2024-10-31")


def typeset(source: str) -> str:
    """A page as a terminal shows it; troff's warnings are mistakes."""
    command = ["groff", "-man", "-ww", "-rLL=200n", "-Tutf8", "-K", "utf8", "-P-cbou"]
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return result.stdout


def test_each_command_and_subcommand_has_a_page_with_its_options() -> None:
    assert {"monitor", "monitor hits", "monitor db backup"} <= ENTRIES.keys()
    assert ".B \\-\\-json" in page("monitor hits")
    assert "monitor\\-db\\-backup (1)" in page("monitor db")
    assert "monitor hits \\-\\-near" in page("monitor hits").partition(".SH EXAMPLES")[2]


def test_a_line_of_text_is_no_request_to_troff() -> None:
    entry = replace(ENTRIES["monitor check"], text=".so /etc/passwd\n'quoted' back\\slash")
    assert "\n.so" not in man_page(entry, "0.2.0", "2024-10-31")
    assert "\\&'quoted' back\\eslash" in man_page(entry, "0.2.0", "2024-10-31")


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
@pytest.mark.parametrize("path", ["monitor", "monitor hits", "monitor explain", "monitor db"])
def test_troff_reads_a_page_without_a_warning(path: str) -> None:
    shown = typeset(page(path))
    assert ENTRIES[path].summary in shown
    assert all(line.strip() in shown for line in ENTRIES[path].examples.splitlines())
    assert all(name in shown for name, _ in ENTRIES[path].options)
