"""Topics → compiled matcher → hits and near misses, each with its evidence. Pure.

`pack` turns topics into one bytes value that travels cheaply to worker processes; `matcher_for`
compiles it there, once for each digest. `mistake` says what is wrong with a term.
"""

from monitor.matching.matcher import Matcher, matcher_for, pack, topic_digest
from monitor.matching.tokens import mistake

__all__ = ["Matcher", "matcher_for", "mistake", "pack", "topic_digest"]
