"""The canned queries for Datasette run on a database of this program."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from commands import fill
from conftest import ROOT
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from pathlib import Path

METADATA: Any = YAML(typ="safe", pure=True).load(ROOT / "docs" / "metadata.yaml")
QUERIES = METADATA["databases"]["monitor"]["queries"]


@pytest.mark.parametrize("name", QUERIES)
async def test_a_canned_query_runs_over_the_views(name: str, tmp_path: Path) -> None:
    await fill(tmp_path / "monitor.db")
    with sqlite3.connect(tmp_path / "monitor.db") as db:
        rows = db.execute(QUERIES[name]["sql"], {"day": "2024-10-31"}).fetchall()
    db.close()
    assert rows or name == "wrong_hits"
