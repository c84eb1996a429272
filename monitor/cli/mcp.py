"""`monitor mcp`: the desk for agents, over stdin and stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples, of which an agent starts one:
  monitor mcp
  monitor --config /etc/monitor/config.yaml mcp
"""


@click.command(epilog=_EXAMPLES)
@click.pass_obj
def mcp(options: CliOptions) -> None:
    """Serve the desk to an agent by the Model Context Protocol: read-only, on stdin and stdout.

    Needs an extra: pip install 'monitor-desk[mcp]'. Ends when its input ends.
    """
    from monitor.cli.access import existing_database
    from monitor.config.paths import config_path
    from monitor.errors import ConfigError, InputError
    from monitor.web.desk import Desk

    try:
        from monitor.mcp.server import make_server
    except ImportError as error:
        raise InputError("this needs an extra: pip install 'monitor-desk[mcp]'") from error
    try:
        config = config_path(options.config)
    except ConfigError:
        config = None
    with Desk(existing_database(options), config) as desk:
        make_server(desk).run("stdio")
