"""Topics → compiled program → hits, near misses, and reasons. Pure.

The order to read in: `language.grammar` (text → `language.expression`), `terms.termsets` and
`terms.inflection` (the forms of a term in a text), `compile` (→ `program`); then, in each worker,
`prefilter`, `topic_index`, `phrases`, `matcher`, `tokenized`, `evaluate`, `near_miss`, `explain`.
`suggest` goes the other way round, from an article to topics. This package imports nothing by
itself: a worker loads no grammar and no dictionary.
"""
