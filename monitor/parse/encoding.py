"""The bytes of a document in any encoding → UTF-8. Pure.

Byte-order marks are believed first, then UTF-8 where the bytes fit, then the declarations of the
document and of the server, which are often wrong. Where they are missing, the bytes themselves show
the encoding (see `guess`).
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from monitor.parse.guess import guessed_codec, is_damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32", "utf16", "utf32", "ucs")
_SEVEN_BIT = ("iso-2022", "iso2022", "csiso2022", "hz")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_BARE = re.compile(r"&(?!(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);)")
_UNUSUAL = re.compile(r"&(?![A-Za-z][A-Za-z0-9]*+;)")  # a number's reference, or a bare `&`
_VERBATIM, _VERBATIM_END = "<![CDATA[", "]]>"
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9A-Fa-f]+)|0*([0-9]+));?")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# First bytes of a document without a byte-order mark, in encodings of several bytes a character.
_WIDE_BEGINNINGS = (
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip
# Codecs that these names stand for on the web (WHATWG Encoding, section 4.2).
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


_WESTERN = "cp1252"
# Mistaken for it, and no worse in most texts: a declaration of the western one is believed.
_WESTERN_TOO = dict.fromkeys(("cp1250", "cp1254", "iso8859_2"), _WESTERN)


def in_utf8(body: bytes, content_type: str) -> bytes:
    """Return the document in UTF-8, without its XML declaration and impossible characters."""
    text = _to_text(body, content_type)
    if _UNUSUAL.search(text):
        text = _with_escapes(_REFERENCE.sub(_existing_reference, text))
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")


def decoded(body: bytes, content_type: str) -> bytes:
    """Return the document in UTF-8 with each character as it is: for pages and JSON."""
    return _to_text(body, content_type).encode("utf-8", "replace")


def _to_text(body: bytes, content_type: str) -> str:
    """Decode by byte-order mark, then as UTF-8 where the bytes fit, then by the declarations.

    Text in another encoding is practically never valid UTF-8 by chance, while declarations are
    often wrong. Only 7-bit encodings, and wide ones without a byte-order mark, must be believed:
    their bytes may be valid UTF-8.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff")

    declared = _declared(body, content_type)
    believed = any(name.lower().startswith((*_WIDE, *_SEVEN_BIT)) for name in declared)
    for name in [*declared, "utf-8"] if believed else ["utf-8", *declared]:
        try:
            codec = _codec(name)
            text = body.decode(codec)
        except (LookupError, UnicodeError):
            continue
        # The commonest default of servers, which fits any bytes, says little.
        return _guessed(body, but=_WESTERN) or text if codec == _WESTERN else text
    return _by_force(body, declared)


def _by_force(body: bytes, declared: list[str]) -> str:
    """Decode bytes that fit no declaration, U+FFFD in the place of what does not fit."""
    other = [name for name in declared if name.lower() not in {"utf-8", "utf8"}]
    codec = next(filter(None, map(_known, other)), "utf-8")
    if codec != _WESTERN and is_damaged(body, codec):
        return body.decode(codec, "replace")
    but = codec if codec == _WESTERN else ""
    return _guessed(body, but=but) or body.decode(codec, "replace")


def _guessed(body: bytes, but: str = "") -> str | None:
    """Decode by the encoding that the bytes show, None if they show none, or that of `but`."""
    codec = guessed_codec(body)
    if codec is None or (but and but in {codec, _WESTERN_TOO.get(codec)}):
        return None
    return body.decode(codec, "replace")


def _declared(body: bytes, content_type: str) -> list[str]:
    """Return the encodings that a document, then its server, declare."""
    declared = list(_declared_inside(body))
    if found := _CHARSET.search(content_type):
        declared.append(found[1])
    if b"\0" in body[:64]:
        return declared
    # One byte a character: the publisher's tools declare a wide encoding by mistake.
    return [name for name in declared if not name.lower().startswith(_WIDE)]


def _declared_inside(body: bytes) -> Iterator[str]:
    for begin, encoding in _WIDE_BEGINNINGS:
        if body.startswith(begin):
            yield encoding
            return
    if found := _DECLARED.match(body[:1024]):
        yield found[1].decode("ascii")


def _codec(name: str) -> str:
    """Return the codec that a name stands for on the web. Raises LookupError for an unknown one."""
    encoding = codecs.lookup(name).name
    return _WEB_NAMES.get(encoding, encoding)


def _with_escapes(text: str) -> str:
    """Escape each `&` that begins no reference: `?id=5&lang=en` holds no entity `&lang;`."""
    if not _BARE.search(text):
        return text
    pieces, at = [], 0
    while (start := text.find(_VERBATIM, at)) >= 0:
        end = text.find(_VERBATIM_END, start)
        if end < 0:
            break
        pieces += [_BARE.sub("&amp;", text[at:start]), text[start:end]]
        at = end
    return "".join((*pieces, _BARE.sub("&amp;", text[at:])))


def _known(name: str) -> str | None:
    """Return the codec of a name, None for an unknown name or a codec of bytes such as `hex`."""
    try:
        codec = _codec(name)
        b"\xff".decode(codec, "replace")
    except (LookupError, UnicodeError):
        return None
    return codec


def _existing_reference(found: re.Match[str]) -> str:
    """Keep a reference to a character that XML allows; replace any other by U+FFFD."""
    digits = (found[1] or found[2])[:9]  # a number with more digits is beyond Unicode anyway
    point = int(digits, 16 if found[1] else 10)
    allowed = point in {9, 10, 13} or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0x10FFFF  # noqa: PLR2004 - the XML 1.0 Char production
    return found[0] if allowed else "\ufffd"
