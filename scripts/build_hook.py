"""Packs the man pages that `make man` has written: into a wheel for man(1), into an sdist as is.

The program itself makes the pages, and a build from a bare clone cannot run the program: it would
have to install all libraries first. Such a wheel has no pages; that of `make dist` has.
"""

# ruff: noqa: INP001 - a script
from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface[Any]):
    """Adds `build/man`, where it is there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folder to what is packed."""
        folder = Path(self.root, "build", "man")
        if not folder.is_dir() or version == "editable":
            return
        if self.target_name == "wheel":
            build_data["shared_data"][str(folder)] = "share/man/man1"
        else:
            build_data["force_include"][str(folder)] = "build/man"
