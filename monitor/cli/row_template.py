"""`--template`: a line of each row, by a Jinja2 template that can read the row and nothing else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Template


def renderer(written: str) -> Callable[[Mapping[str, Any]], str]:
    """Return what makes the line of a row. Raises BadParameter for no template."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    try:
        template = environment.from_string(written)
    except TemplateSyntaxError as error:
        raise click.BadParameter(f"line {error.lineno}: {error.message}") from error
    return partial(_rendered, template)


def _rendered(template: Template, row: Mapping[str, Any]) -> str:
    try:
        return template.render(row)
    except SecurityError as error:
        raise click.UsageError(f"--template: {error}") from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        names = f"there are: {', '.join(row)}"
        unknown = str(error).partition("'")[2].partition("'")[0]
        hint = did_you_mean(unknown, row, otherwise=names) if unknown else f"; {names}"
        raise click.UsageError(f"--template: {error}{hint}") from error
