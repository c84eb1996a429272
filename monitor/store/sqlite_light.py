"""sqlite-utils without numpy and pandas, which it loads where they are installed.

Nothing stored is of their types; they would cost each process 20 MB, and its start a tenth of a
second.
"""

from __future__ import annotations

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
_absent = [name for name in ("numpy", "pandas") if name not in _modules]
_modules.update(dict.fromkeys(_absent))  # None: an import fails
try:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations
finally:
    for name in _absent:
        del _modules[name]

__all__ = ["Database", "Migrations"]
