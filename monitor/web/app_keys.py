"""Where a request finds the desk, the rules of access, and who asks."""

from __future__ import annotations

from aiohttp import web

from monitor.web.access import Access, Visitor
from monitor.web.desk import Desk

DESK = web.AppKey("desk", Desk)
ACCESS = web.AppKey("access", Access)
VISITOR = web.RequestKey("visitor", Visitor)
LOOKED = "desk_looked"  # the cookie with the time at which somebody last looked
