"""The desk in a browser: pages over the views, in a process of its own or inside the service.

    request ─▶ guard (Host, origin, login) ─▶ a page's function, in a thread, read-only
            ─▶ Page ─▶ html · json · csv · atom · jsonfeed

A page is a function of a reader and of what was asked; it returns a `Page`, which `forms` renders.
What a page writes goes through the same functions as the writes of commands.
"""
