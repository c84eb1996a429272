"""Lists of feeds in OPML 2.0, as other feed readers export and import them. Pure.

Documents are read with expat itself: nothing is looked up, and a document type, thus any entity, is
refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from itertools import islice
from typing import TYPE_CHECKING
from xml.parsers import expat

from monitor.errors import InputError
from monitor.text.normalize import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEEPEST = 9  # folders within folders
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed of an OPML list; `folder` is such as `World/Asia`, `line` that of the document."""

    url: str
    title: str = ""
    folder: str = ""
    lang: str = ""
    line: int = field(default=0, compare=False)


def read_opml(document: bytes) -> list[Outline]:
    """Return the feeds of a document. Raises InputError, with line and column where known."""
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise InputError(f"line {error.lineno}, column {error.offset + 1}: {reason}") from error
    except (ValueError, LookupError) as error:  # an encoding unknown to Python
        raise InputError("its encoding is not known: save it as UTF-8") from error
    return reader.found


class _Reader:
    """Collects feeds; `_folders` has the name of each open outline, "" where it is no folder."""

    def __init__(self) -> None:
        self.found: list[Outline] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._folders: list[str] = []
        self._is_opml = False

    def _refuse(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise InputError(f"line {line}: a document type (<!DOCTYPE) is refused: remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._is_opml:
            if name.lower() != "opml":
                raise InputError(f"this is no OPML: it begins with <{clean(name)[:40]}>")
            self._is_opml = True
        if name.lower() != "outline":
            return
        values = {key.lower(): clean(value) for key, value in attributes.items()}
        title = values.get("text") or values.get("title", "")
        url = values.get("xmlurl", "")
        if url:
            folder = _levels("/".join(self._folders))
            lang = _primary(values.get("language", ""))
            line = self.parser.CurrentLineNumber
            self.found.append(Outline(url, title, folder, lang, line))
        self._folders.append("" if url else title)

    def _end(self, name: str) -> None:
        if name.lower() == "outline":
            self._folders.pop()


def _primary(lang: str) -> str:
    """Return `en` of `en-us`, and "" of what is no language, such as `unknown`."""
    primary = re.split(r"[-_]", lang.lower(), maxsplit=1)[0]
    return primary if re.fullmatch(r"[a-z]{2,3}", primary) else ""


def _levels(folder: str) -> str:
    """Return a folder without empty levels and without too many: a slash divides levels too."""
    levels = filter(None, map(clean, folder.split("/")))
    return "/".join(islice(levels, _DEEPEST))


def write_opml(feeds: Iterable[Outline], title: str) -> str:
    """Return an OPML document with the feeds by folder; feeds and folders keep their order."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += [f"  <head><title>{_escaped(title)}</title></head>", "  <body>"]
    lines += _body(_Folder.of(feeds), 2)
    return "\n".join([*lines, "  </body>", "</opml>", ""])


class _Folder:
    def __init__(self) -> None:
        self.feeds: list[Outline] = []
        self.folders: dict[str, _Folder] = {}

    @classmethod
    def of(cls, feeds: Iterable[Outline]) -> _Folder:
        root = cls()
        for feed in feeds:
            folder = root
            for level in filter(None, _levels(feed.folder).split("/")):
                folder = folder.folders.setdefault(level, cls())
            folder.feeds.append(feed)
        return root


def _body(folder: _Folder, depth: int) -> list[str]:
    indent = "  " * depth
    lines = [f"{indent}{_outline(feed)}" for feed in folder.feeds]
    for name, inner in folder.folders.items():
        lines += [f'{indent}<outline text="{_escaped(name)}">', *_body(inner, depth + 1)]
        lines.append(f"{indent}</outline>")
    return lines


def _outline(feed: Outline) -> str:
    title = feed.title or feed.url
    values = {"type": "rss", "text": title, "title": title, "xmlUrl": feed.url}
    if feed.lang:
        values["language"] = feed.lang
    attributes = (f'{name}="{_escaped(value)}"' for name, value in values.items())
    return f"<outline {' '.join(attributes)}/>"


def _escaped(text: str) -> str:
    return escape(_NO_XML.sub("", clean(text)))
