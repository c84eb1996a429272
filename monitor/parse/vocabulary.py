"""The elements of feeds, by feedparser's names, and what each does to its reading. Pure.

A name is the usual prefix of the namespace, which is feedparser's, `_`, and the element's name, in
small letters: `dc_date`.
"""

from __future__ import annotations

ATOM = "http://www.w3.org/2005/atom"
RSS_1 = "http://purl.org/rss/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
NETSCAPE = "http://my.netscape.com/rdf/simple/0.9/"
USERLAND = "backend.userland.com/rss"  # stands in many addresses of the namespace of RSS

_MODULES = "http://purl.org/rss/1.0/modules/"
# feedparser's namespaces in small letters; "" is that of the formats themselves.
PREFIXES = {
    "": "",
    ATOM: "",
    RSS_1: "",
    RDF: "rdf",
    XML.lower(): "xml",
    **dict.fromkeys((
        "http://backend.userland.com/rss", "http://blogs.law.harvard.edu/tech/rss", NETSCAPE,
        "http://example.com/newformat#", "http://example.com/necho", "http://purl.org/echo/",
        "uri/of/echo/namespace#", "http://purl.org/pie/", "http://purl.org/atom/ns#",
        f"{_MODULES}rss091#",
    ), ""),
    **{f"{_MODULES}{name}/": name for name in (
        "annotate", "content", "email", "image", "search", "slash", "wiki",
    )},
    f"{_MODULES}aggregation/": "ag",
    f"{_MODULES}company": "co",
    f"{_MODULES}event/": "ev",
    f"{_MODULES}link/": "l",
    f"{_MODULES}reference/": "ref",
    f"{_MODULES}richequiv/": "reqv",
    f"{_MODULES}servicestatus/": "ss",
    f"{_MODULES}subscription/": "sub",
    f"{_MODULES}syndication/": "sy",
    f"{_MODULES}taxonomy/": "taxo",
    f"{_MODULES}textinput/": "ti",
    f"{_MODULES}threading/": "thr",
    "http://webns.net/mvcb/": "admin",
    "http://media.tangent.org/rss/1.0/": "audio",
    "http://backend.userland.com/blogchannelmodule": "blogchannel",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://my.theinfo.org/changed/1.0/rss/": "cp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://freshmeat.net/rss/fm/": "fm",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://postneo.com/icbm/": "icbm",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://madskills.com/public/xml/rss/module/pingback/": "pingback",
    "http://prismstandard.org/namespaces/1.2/basic/": "prism",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://schemas.xmlsoap.org/soap/envelope/": "soap",
    "http://hacks.benhammersley.com/rss/streaming/": "str",
    "http://schemas.pocketsoap.com/rss/mydescmodule/": "szf",
    "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://podlove.org/simple-chapters": "psc",
}  # fmt: skip

# Elements that may change how others are read, in places or ways that are not followed here.
DOUBTFUL = frozenset({
    "abstract", "body", "cc_license", "channel", "creativecommons_license", "entry", "feed",
    "fullitem", "georss_box", "georss_line", "georss_point", "georss_polygon", "georss_where",
    "georssgeom", "geom",
    "gml_exterior", "gml_linearring", "gml_linestring", "gml_point", "gml_polygon", "gml_pos",
    "gml_poslist", "item", "psc_chapter", "psc_chapters", "rss", "textinput", "where",
    "xhtml_body", "math", "svg", "xhtml_div", "div",
    # without a method, but stored under names that articles and feeds are read from
    "date", "entries", "links", "title_detail", "summary_detail", "guidislink",
})  # fmt: skip

_PERSON = frozenset({"name", "uri", "url", "email", "homepage", "gd_image"})
_PICTURE = frozenset({"title", "link", "description", "url", "width", "height"})
# Elements that may hold others: name → the names of all elements inside.
HOLDERS = {
    "author": _PERSON,
    "contributor": _PERSON,
    "itunes_owner": frozenset({"itunes_name", "itunes_email"}),
    "itunes_category": frozenset({"itunes_category"}),
    "media_community": frozenset({"media_starrating", "media_statistics", "media_tags"}),
    "skiphours": frozenset({"hour"}),
    "skipdays": frozenset({"day"}),
}
# Those that may stand in the feed, beside its entries.
HOLDERS_IN_FEED = HOLDERS | {
    "image": _PICTURE,
    "items": frozenset({"rdf_seq", "rdf_bag", "rdf_li"}),
}
DEEP_HOLDERS = frozenset({"items", "itunes_category"})  # those that may hold holders
