"""Makes what a first start would make: shipped term sets, all their forms, the table of terms.

    python scripts/kept_files.py

They lie beside the program, in `monitor/_kept`, and `make dist` packs them; where the program or a
dictionary is another one, nobody reads them.
"""

# ruff: noqa: INP001 - a script
from __future__ import annotations

import os
import shutil
from pathlib import Path

import monitor
from monitor.extraction import entities
from monitor.matching.compile import compiled
from monitor.matching.terms.termsets import library
from monitor.model import Topic


def main() -> None:
    """Write the files anew."""
    folder = Path(monitor.__file__).parent / "_kept"
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["CACHE_DIRECTORY"] = str(folder)
    compiled([Topic("all", "All", any=tuple(f"@{name}" for name in library()))])
    entities.prepare()
    folder.chmod(0o755)  # for all, as the program itself
    for file in folder.iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    main()
