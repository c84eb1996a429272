"""Topics → compiled program → hits, near misses, and reasons. Pure.

The order to read in: `grammar` (text → `expression`), `termsets` and `forms` (what a term looks
like in a text), `compile` (→ `program`); then, in each worker, `presearch`, `candidates`,
`phrases`, `matcher`, `evaluate`, `nearly`, `explain`; `figures` (by `lexicon`, `numbers`,
`speakers`) of what hits; `suggest` the other way round, from an
article to topics. Imports nothing by itself: a worker needs no grammar.
"""
