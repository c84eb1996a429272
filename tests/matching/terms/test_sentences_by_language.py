"""Topics written from the shipped term sets, on sentences of our own in 33 languages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fakes import article

from monitor.config.load import load
from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher
from monitor.text.language import language

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data"


def hits_of(config_file: Path, sentences: list[tuple[str, str, str]]) -> list[tuple[str, ...]]:
    """Return the topics of a configuration that each (language, labels, sentence) hits."""
    config = load(config_file)
    matcher = Matcher(pack(config.topics, config.sets))
    articles = [article(text, lang=language(text, "", lang)) for lang, _, text in sentences]
    return [
        tuple(match.topic for match in matches if match.is_hit)
        for matches in matcher.match(articles)
    ]


@pytest.mark.slow
@pytest.mark.unmeasured
def test_topics_hold_in_thirty_languages() -> None:
    """Precision and recall of each topic are at least 0.95, of both kinds of language alike."""
    lines = (DATA / "sentences.tsv").read_text(encoding="utf-8").splitlines()
    sentences = [
        (lang, labels, text) for lang, labels, text in (line.split("\t") for line in lines)
    ]
    counts: Counter[tuple[str, str]] = Counter()
    for config_file in (ROOT / "config.yaml", DATA / "sentences.yaml"):
        known = {topic.id for topic in load(config_file).topics}
        for (_, labels, _), hits in zip(sentences, hits_of(config_file, sentences), strict=True):
            wanted = set(labels.split()) & known
            counts.update((topic, "right") for topic in wanted & set(hits))
            counts.update((topic, "false") for topic in set(hits) - wanted)
            counts.update((topic, "missed") for topic in wanted - set(hits))

    topics = {topic for topic, _ in counts}
    assert len({lang for lang, _, _ in sentences}) == 33
    assert len(topics) == 7
    for topic in topics:
        right = counts[topic, "right"]
        assert right / (right + counts[topic, "false"]) >= 0.95, topic
        assert right / (right + counts[topic, "missed"]) >= 0.95, topic
