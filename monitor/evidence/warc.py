"""Answers of pages as WARC records (ISO 28500), one compressed file a month; read again by place.

A record has the answer's headers, its time and the SHA-256 of its content (`WARC-Payload-Digest`).
The content is stored as decoded: headers on its encoding are left out.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from monitor.files import make_shared

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from monitor.model.page import PageAnswer

_NOT_OF_THE_CONTENT = frozenset({"content-encoding", "transfer-encoding", "content-length"})


class RecordFolder:
    """A folder of WARC files; at most `most` bytes."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most

    def add(self, answer: PageAnswer, at: datetime) -> tuple[str, str]:
        """Append an answer to the file of its month; return its place and the record's SHA-256.

        The place is `file offset length`; "" where the disk limit leaves no room even without the
        files of earlier months.
        """
        record = _record(answer, at)
        path = self._folder / f"pages-{at:%Y-%m}.warc.gz"
        own = path.stat().st_size if path.exists() else 0
        if own + len(record) > self._most:
            return "", ""
        self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        make_shared(path)
        with path.open("ab") as file:
            offset = file.tell()
            file.write(record)
        return f"{path.name} {offset} {len(record)}", hashlib.sha256(record).hexdigest()

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each file by name, the oldest month first."""
        return {
            path.name: path.stat().st_size for path in sorted(self._folder.glob("pages-*.warc.gz"))
        }

    def delete_old(self, before: datetime) -> list[str]:
        """Delete the files of months before a time, and the oldest while there are too many bytes.

        Return the names of those that are gone. The newest stays.
        """
        sizes, gone = self.sizes(), []
        for name in list(sizes)[:-1]:
            is_old = name < f"pages-{before:%Y-%m}.warc.gz"
            if is_old or sum(sizes.values()) > self._most:
                (self._folder / name).unlink(missing_ok=True)
                gone.append(name)
                del sizes[name]
        return gone


def _record(answer: PageAnswer, at: datetime) -> bytes:
    """Return one record, compressed by itself, so that it can be read without the others."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    kept = [(k, v) for k, v in answer.headers if k.lower() not in _NOT_OF_THE_CONTENT]
    head = StatusAndHeaders(f"{answer.status} {answer.reason}", kept, protocol="HTTP/1.1")
    digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    record = writer.create_warc_record(
        answer.url,
        "response",
        payload=BytesIO(answer.body),
        length=len(answer.body),
        http_headers=head,
        warc_headers_dict={
            "WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "WARC-Payload-Digest": digest,
        },
    )  # fmt: skip
    writer.write_record(record)
    record.raw_stream.close()  # of warcio's own buffer
    return out.getvalue()
