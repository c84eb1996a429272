"""What the server that forks workers imports: its workers are born prepared, and share the memory.

Each worker by itself would load the model of languages and read the term sets again, which takes
more than a second and as much memory as all else that it holds.
"""

from __future__ import annotations

import gc

from monitor.scan.scan import prepare

prepare(b"")
gc.collect()
gc.freeze()  # a collection that looked at what is shared would copy it
