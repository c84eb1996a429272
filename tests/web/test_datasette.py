"""The canned queries for Datasette run on a database of this program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
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
    with closing(sqlite3.connect(tmp_path / "monitor.db")) as db, db:
        rows = db.execute(QUERIES[name]["sql"], {"day": "2024-10-31"}).fetchall()
    db.close()
    assert rows or name == "wrong_hits"


async def test_the_real_datasette_serves_the_canned_queries(tmp_path: Path) -> None:
    datasette = pytest.importorskip("datasette.app", reason="without the extra `browser`")
    await fill(tmp_path / "monitor.db")
    opened = datasette.Datasette([str(tmp_path / "monitor.db")], metadata=METADATA)
    await opened.invoke_startup()
    for name in QUERIES:
        answer = await opened.client.get(f"/monitor/{name}.json?day=2024-10-31&_shape=array")
        assert answer.status_code == 200, answer.text
        assert answer.json() or name == "wrong_hits"
