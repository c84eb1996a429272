"""`monitor completion`: what a shell reads to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_EXAMPLES = """\b
Examples:
  monitor completion bash >> ~/.bashrc
  monitor completion zsh > "${fpath[1]}/_monitor"
  monitor completion fish > ~/.config/fish/completions/monitor.fish
"""


@click.command(epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """Print the script by which a shell completes commands, options and their values."""
    made_by = get_completion_class(shell)
    if made_by is None:
        raise click.UsageError(f"no completion for {shell}")
    root = ctx.find_root()
    click.echo(made_by(root.command, {}, "monitor", "_MONITOR_COMPLETE").source())
