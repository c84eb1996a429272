"""A bundle: one ZIP with all that is kept of a story, which opens and is checked without us.

    index.html        a page for any browser: no script, nothing from elsewhere
    story.json        reports, texts with times and digests, hits with reasons, alerts, notes
    records/*.warc.gz the pages as they were answered, a record a file
    manifest.json     each of these files with its SHA-256 and size

The SHA-256 of the manifest is the seal of the bundle: told apart from it, it proves all of it.
"""

from __future__ import annotations

import hashlib
import json
from html import escape
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from monitor import __version__
from monitor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    Row = Mapping[str, Any]

MANIFEST = "manifest.json"
FORMAT = "monitor evidence bundle 1"
_LARGEST = 1 << 30  # bytes of one file of a bundle that is checked
_CHUNK = 1 << 20
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}small{color:#555}"
    "article{border-top:1px solid #ccc;padding:1rem 0}"
)


def write_bundle(
    path: Path, evidence: Row, read_record: Callable[[str], bytes], now: datetime
) -> str:
    """Write a bundle, and return its seal: the SHA-256 of its manifest.

    `read_record` returns a WARC record by its place, b"" where it is gone.
    """
    files = dict(_files(evidence, read_record))
    listed = {name: _listed(content) for name, content in files.items()}
    manifest = {
        "format": FORMAT, "program": f"monitor {__version__}", "story": evidence["story"]["id"],
        "made_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "files": listed,
    }  # fmt: skip
    written = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    with ZipFile(path, "w", ZIP_DEFLATED) as bundle:
        for name, content in {MANIFEST: written, **files}.items():
            info = ZipInfo(name, now.timetuple()[:6])
            info.compress_type = ZIP_STORED if name.endswith(".gz") else ZIP_DEFLATED
            bundle.writestr(info, content)
    return hashlib.sha256(written).hexdigest()


def verify_bundle(path: Path) -> tuple[str, list[str]]:
    """Return the seal of a bundle, and what is wrong with it: nothing for one that is unchanged.

    Raises InputError for what is no bundle.
    """
    try:
        with ZipFile(path) as bundle:
            written = bundle.read(MANIFEST)
            files = json.loads(written)["files"]
            wrong = list(_wrong(bundle, files))
    except (OSError, BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no bundle that `evidence export` wrote: {error}") from error
    return hashlib.sha256(written).hexdigest(), wrong


def _wrong(bundle: ZipFile, files: Row) -> Iterator[str]:
    names = bundle.namelist()
    yield from (f"{name} is missing" for name in files if name not in names)
    yield from (f"{name} was added" for name in names if name not in {*files, MANIFEST})
    yield from (f"{name} is there twice" for name in set(names) if names.count(name) > 1)
    for name, listed in files.items():
        if name in names and _digest_in(bundle, name) != listed["sha256"]:
            yield f"{name} was changed"


def _digest_in(bundle: ZipFile, name: str) -> str:
    if bundle.getinfo(name).file_size > _LARGEST:
        return ""
    digest = hashlib.sha256()
    try:
        with bundle.open(name) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except (BadZipFile, EOFError, OSError, ValueError):
        return ""  # its bytes do not even fit the archive
    return digest.hexdigest()


def _listed(content: bytes) -> dict[str, object]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _files(evidence: Row, read_record: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
    yield "story.json", json.dumps(evidence, ensure_ascii=False, indent=1, default=str).encode()
    yield "index.html", _page(evidence).encode()
    for article in evidence["articles"]:
        for number, look in enumerate(article["page"], 1):
            record = read_record(look["record"]) if look["record"] else b""
            if record:
                yield f"records/article-{article['id']}-{number}.warc.gz", record


# ── the page ──────────────────────────────────────────────────────────────────────────────────


def _page(evidence: Row) -> str:
    story = evidence["story"]
    parts = [f"<h1 dir=auto>{escape(story['title'])}</h1>", _line(story["credibility"]["reason"])]
    parts += [_article(article) for article in evidence["articles"]]
    parts.append("<h2>Alerts</h2>")
    parts += [_line(f"{e['sent_at'] or e['created_at']} {e['channel']}: {e['state']}: {e['title']}")
              for e in evidence["alerts"]]  # fmt: skip
    parts.append("<h2>Work</h2>")
    parts += [_line(f"{e['at']} {e['kind']} by {e['by']}: {e['text']}")
              for e in evidence["activity"]]  # fmt: skip
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html><html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"'
        f' content="{policy}"><title>{escape(story["title"])}</title><style>{_STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>"
    )


def _article(article: Row) -> str:
    head = (f"{article['publisher']} · {article['lang'] or '?'} · published"
            f" {article['published_at'] or 'not dated'} · seen {article['seen_at']}")  # fmt: skip
    parts = [f"<h2 dir=auto>{escape(article['title'])}</h2>", _line(head), _line(article["url"])]
    for match in article["matches"]:
        found = ", ".join(each["found"] for each in match["evidence"])
        parts.append(_line(f"{match['outcome']} {match['topic']} {match['score']:.2f}: {found}"))
    parts += [
        _line(f"its page {look['words']}; SHA-256 {look['sha256']}") for look in article["page"]
    ]
    for version in article["versions"]:
        head = f"text of {version['seen_at']}, digest {version['digest']}"
        text = escape(f"{version['title']}\n\n{version['text']}")
        parts.append(
            f"<details><summary>{escape(head)}</summary><pre dir=auto>{text}</pre></details>"
        )
    return f"<article>{''.join(parts)}</article>"


def _line(text: str) -> str:
    return f"<p dir=auto><small>{escape(text)}</small></p>"
