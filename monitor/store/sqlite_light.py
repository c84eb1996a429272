"""sqlite-utils without numpy and pandas, which it loads where they are installed.

Nothing stored is of their types; they would cost each process 20 MB, and its start a tenth of a
second.
"""

from __future__ import annotations

from monitor.absent import absent

with absent("numpy", "pandas"):
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

__all__ = ["Database", "Migrations"]
