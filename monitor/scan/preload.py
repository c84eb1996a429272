"""Imported once by the server that forks the workers: they start prepared, and share its memory.

Otherwise each worker would load the language model and read the term sets itself, which takes more
than a second, and as much memory as everything else in it.
"""

from __future__ import annotations

import gc

from monitor.scan.scan import prepare

prepare(b"")
gc.collect()
gc.freeze()  # a garbage collection would write to shared memory pages, and so copy them
