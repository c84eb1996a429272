"""The bytes of a document, whatever it declares or is declared to be → UTF-8. Pure."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32", "utf16", "utf32", "ucs")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9A-Fa-f]+)|0*([0-9]+));?")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How a document without a byte-order mark begins, in an encoding of several bytes a character.
_WIDE_BEGINNINGS = (
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip
# What these names mean on the web (WHATWG Encoding, section 4.2), not in the standards.
_WEB_NAMES = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}


def in_utf8(body: bytes, content_type: str) -> bytes:
    """Return the document in UTF-8, whatever it declares or is declared to be."""
    text = _to_text(body, content_type)
    text = _REFERENCE.sub(_existing_reference, text)
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")


def _to_text(body: bytes, content_type: str) -> str:
    """Decode by byte-order mark, then UTF-8 if it fits, then the declarations.

    Text in another encoding is practically never valid UTF-8 by chance, while declarations are
    often wrong; only a 7-bit encoding or one without a byte-order mark must be believed.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff")
    declared = [*_declared(body), *(m[1] for m in [_CHARSET.search(content_type)] if m)]
    if b"\0" not in body[:64]:  # one byte a character, so these are a slip of the publisher's tools
        declared = [name for name in declared if not name.lower().startswith(_WIDE)]
    if not any(
        name.lower().startswith((*_WIDE, "iso-2022", "iso2022", "csiso2022", "hz"))
        for name in declared
    ):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for name in [*declared, "utf-8"]:
        try:
            encoding = codecs.lookup(name).name
            return body.decode(_WEB_NAMES.get(encoding, encoding))
        except (LookupError, UnicodeError):
            continue
    damaged = not declared or declared[0].lower() in {"utf-8", "utf8"}
    try:
        return body.decode("utf-8" if damaged else _web_codec(declared[0]), "replace")
    except (LookupError, UnicodeError):  # no encoding of text, such as `hex`
        return body.decode("utf-8", "replace")


def _declared(body: bytes) -> Iterator[str]:
    for begin, encoding in _WIDE_BEGINNINGS:
        if body.startswith(begin):
            yield encoding
            return
    if found := _DECLARED.match(body[:1024]):
        yield found[1].decode("ascii")


def _web_codec(name: str) -> str:
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        return "utf-8"
    return _WEB_NAMES.get(encoding, encoding)


def _existing_reference(found: re.Match[str]) -> str:
    """Keep a reference to a character that XML allows, replace any other by U+FFFD."""
    digits = (found[1] or found[2])[:9]  # more of them are beyond Unicode anyway
    point = int(digits, 16 if found[1] else 10)
    allowed = point in {9, 10, 13} or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0x10FFFF  # noqa: PLR2004 - the XML 1.0 Char production
    return found[0] if allowed else "\ufffd"
