"""Small XML documents that are no feeds: elements by their names without namespaces. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator


def root_of(document: bytes) -> ET.Element | None:
    """Return the root element, None for what is no XML.

    A document type declares entities, which sitemaps and alerts need not: such a document is none.
    """
    if b"<!DOCTYPE" in document:
        return None
    try:
        return ET.fromstring(document)  # noqa: S314 - without a document type, in a worker
    except ET.ParseError:
        return None


def children(parent: ET.Element, name: str) -> Iterator[ET.Element]:
    """Yield the children with a name."""
    return (child for child in parent if name_of(child) == name)


def value_of(parent: ET.Element, name: str) -> str:
    """Return the text of the first child with a name, "" without one."""
    found = next(children(parent, name), None)
    return (found.text or "").strip() if found is not None else ""


def name_of(element: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]
