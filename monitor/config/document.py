"""The YAML tree of a configuration: positions, `${VAR}` and secrets' files filled in, mistakes.

A path in it is a tuple of keys and list indexes.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner

from monitor.config.yaml_limits import refusal
from monitor.config.yaml_positions import cut_by_comment, place_in_text, with_caret, yaml_advice
from monitor.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from monitor.config.checks import InText

Path_ = tuple[str | int, ...]
SECTIONS_WITH_SECRETS = ("channels", "feeds", "web", "gloss", "assist")
_WHOLLY_SECRET = frozenset({("channels",), ("web",), ("gloss",), ("assist",)})
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NO_VARIABLE = re.compile(r"\$\{(?![A-Za-z_][A-Za-z0-9_]*\})")
# Keys whose value names a file that holds the secret.
_SECRET_FILES = frozenset(
    {"token_file", "app_token_file", "url_file", "password_file", "secret_file"}
)
_OF_FEEDS = frozenset({"url", "proxy", "headers", "auth"})  # keys of a feed that may hold secrets
_AN_ADDRESS, _A_MAILBOX = "https://{}.invalid/", "{}@unresolved.invalid"
# What stands for a secret that is the whole value of a key, {} for any text.
_PLACEHOLDERS = {
    **dict.fromkeys(("url", "proxy", "api_url"), _AN_ADDRESS),
    **dict.fromkeys(("sender", "to"), _A_MAILBOX),
}


class ConfigDocument:
    """The YAML tree of a file with the position of each node, and the mistakes found in it.

    `unresolved` are the missing secrets of sections whose secrets nobody asked for. `_as_written`
    has the text of the file, by path, for each value that was filled in.
    """

    def __init__(self, path: Path, secrets: Collection[str] = SECTIONS_WITH_SECRETS) -> None:
        self.path = path
        self.mistakes: list[Mistake] = []
        self.unresolved: list[Mistake] = []
        self._secrets = secrets
        self._as_written: dict[Path_, str] = {}
        self._lines: list[str] = []
        self._root = self._parse()

    def _parse(self) -> Any:
        """Read the file as YAML 1.2, in which `NO` is Norway. Raises ConfigError."""
        yaml = YAML(typ="rt", pure=True)
        yaml.Scanner, yaml.Parser = Scanner, Parser  # those of `rt` keep comments: a fifth longer
        try:
            text = self._text()
            self._lines = text.splitlines()
            if found := refusal(text):
                raise ConfigError([self._at(found.line, found.column, "", found.message)])
            return yaml.load(text) or CommentedMap()
        except MarkedYAMLError as error:
            raise ConfigError([self._no_yaml(error)]) from error
        except (ReaderError, UnicodeDecodeError) as error:
            raise ConfigError([self._unreadable(error)]) from error
        except YAMLError as error:
            raise ConfigError([self._at(1, 1, "", f"not valid YAML: {error}")]) from error
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            # ruamel.yaml raises these on a date such as 2024-02-30, or on `!!int abc`
            message = "a value is not what its form promises, such as the date 2024-02-30; quote it"
            raise ConfigError([self._at(1, 1, "", message)]) from error
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise ConfigError([self._at(1, 1, "", message)]) from error

    def _text(self) -> str:
        """The file in NFC, as articles are: some editors write й and é as two characters."""
        return unicodedata.normalize("NFC", self.path.read_text(encoding="utf-8"))

    def _no_yaml(self, error: MarkedYAMLError) -> Mistake:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"{error.problem or error.context}".split("\n", maxsplit=1)[0]
        message = re.sub(" with value .*", "", problem)  # the value may be a secret
        message += yaml_advice(self._lines, line, message)
        return self._at(line, column, "", f"not valid YAML: {message}")

    def _unreadable(self, error: ReaderError | UnicodeDecodeError) -> Mistake:
        """A mistake at the first character that no configuration can have."""
        if isinstance(error, UnicodeDecodeError):
            before = error.object[: error.start].decode("utf-8")
            advice = "not UTF-8 here: save the file in that encoding"
        else:
            before = self._text()[: error.position]
            advice = f"not valid YAML: a control character (U+{error.character:04X}): delete it"
        rows = before.split("\n")
        return self._at(len(rows), len(rows[-1]) + 1, "", advice)

    def filled(self) -> Any:
        """The tree as plain values, `${VAR}` and `*_file` filled in. Raises ConfigError."""
        try:
            return self._fill(self._root, ())
        except RecursionError as error:
            message = "a value contains itself, or too many others"
            raise ConfigError([self._at(1, 1, "", message)]) from error

    def written(self, *path: str | int) -> str:
        """Text of a value as it stands in the file; the path must exist."""
        node = self._root
        for step in path:
            node = node[step]
        return str(node)

    def raw_urls(self) -> list[str]:
        """Addresses of the feeds as written, with `${VAR}` unfilled."""
        return [str(feed["url"]) for feed in self._root["feeds"]]

    def masked(self, dumped: dict[str, Any]) -> dict[str, Any]:
        """Put the text of the file back where a variable or a secret's file was filled in."""
        for path, written in self._as_written.items():
            node: Any = dumped
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = written
        return dumped

    def mistake(self, where: Path_, message: str, *, of_key: bool = False) -> None:
        """Record a mistake at the value (or the key) that `where` leads to."""
        self.mistakes.append(self.at(where, message, of_key=of_key))

    def at(self, where: Path_, message: str, *, of_key: bool = False) -> Mistake:
        """A mistake at the value (or the key) that `where` leads to."""
        line, column = self._position(where, of_key=of_key)
        return self._at(line, column, _field(where), message)

    def check_comment(self, where: Path_) -> None:
        """Record a mistake if YAML took the rest of an expression for a comment."""
        line, column = self._position(where, of_key=False)
        if cut_by_comment(self._lines[line - 1][column - 1 :]):
            advice = f"what follows # is a comment to YAML: write `{where[-1]}: |`"
            self.mistake(where, f"{advice} and the expression indented on the next line")

    def mistake_in_text(self, found: InText) -> None:
        """Record a mistake inside an expression at its position in the file, with a caret."""
        begin = self._position(found.where, of_key=False)
        line, column = place_in_text(self._lines, begin, found.text, found.error)
        mistake = self._at(line, column, _field(found.where), found.error.message)
        shown = with_caret(self._lines[line - 1], column)
        self.mistakes.append(replace(mistake, shown=shown))

    def _at(self, line: int, column: int, field: str, message: str) -> Mistake:
        return Mistake(str(self.path), line, column, field, message)

    def _fill(self, node: Any, path: Path_) -> Any:
        if isinstance(node, CommentedMap):
            return dict(self._fill_entry(node, key, path) for key in node)
        if isinstance(node, CommentedSeq):
            return [self._fill(value, (*path, index)) for index, value in enumerate(node)]
        if isinstance(node, str):
            return self._fill_text(str(node), path)
        return node

    def _fill_entry(self, node: CommentedMap, written: Any, path: Path_) -> tuple[str, Any]:
        key = str(written)
        where = (*path, key)
        value = self._fill(node[written], where)
        holds_secrets = path[:1] in _WHOLLY_SECRET or path[-1:] == ("auth",)
        if not holds_secrets or key not in _SECRET_FILES or not isinstance(value, str):
            return key, value
        name = key.removesuffix("_file")
        if name in node:
            self.mistake(where, f"give either {name} or {key}, not both")
        self._as_written[(*path, name)] = f"(from {key}: {node[key]})"
        self._as_written.pop(where, None)
        return name, self._read_secret(value, where)

    def _read_secret(self, name: str, where: Path_) -> str:
        """Read a secret's file, from systemd's $CREDENTIALS_DIRECTORY or the file's own folder."""
        folders = [os.getenv("CREDENTIALS_DIRECTORY", ""), str(self.path.parent)]
        candidates = [Path(folder) / name for folder in folders if folder]
        for candidate in candidates:
            try:
                return candidate.read_text(encoding="utf-8").strip()
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:  # ValueError: no UTF-8, or no name of a file
                reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
                return self._missing(where, f"{candidate} cannot be read: {reason}")
        return self._missing(where, f"there is no file {' or '.join(map(str, candidates))}")

    def _fill_text(self, text: str, path: Path_) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in os.environ:
                message = f"the environment variable {found[1]} is not set"
                return self._missing(path, message, is_whole=found[0] == text)
            return os.environ[found[1]]

        if _NO_VARIABLE.search(text):
            self.mistake(path, "${ begins a name of letters, digits and _, and } ends it: ${NAME}")
        filled = _VARIABLE.sub(value, text)
        if filled != text or _VARIABLE.search(text):
            self._as_written[path] = text
        return filled

    def _missing(self, where: Path_, message: str, *, is_whole: bool = True) -> str:
        """Record a secret that is not to be had: a mistake, or nothing to this command.

        Returns what stands for it, in the form that its key asks for.
        """
        if where[:1] in [(name,) for name in self._secrets] or not _is_secret(where):
            self.mistake(where, message)
        else:
            self.unresolved.append(self.at(where, message))
        key = str(where[-1]).removesuffix("_file") if where else ""
        form = _PLACEHOLDERS.get(key, "{}") if is_whole else "{}"
        return form.format(f"unresolved-{len(self.unresolved)}")

    def _position(self, where: Path_, *, of_key: bool) -> tuple[int, int]:
        """Line and column, from 1, of a node, or of the nearest node above it that exists."""
        node, position = self._root, (0, 0)
        for number, step in enumerate(where):
            last = number == len(where) - 1
            if isinstance(node, CommentedMap):
                key = f"{step}_file" if step not in node else step  # the key of a filled secret
                if key not in (node.lc.data or {}):  # absent, or merged in (`<<`)
                    break
                position = node.lc.key(key) if last and of_key else node.lc.value(key)
                node = node[key]
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                position, node = node.lc.item(step), node[step]
            else:
                break
        return position[0] + 1, position[1] + 1


def _is_secret(where: Path_) -> bool:
    """Whether the value at a path may be a secret: all of some sections, some keys of a feed."""
    section = where[:1]
    return section in _WHOLLY_SECRET or (section == ("feeds",) and bool(_OF_FEEDS & set(where)))


def _field(where: Path_) -> str:
    """A path as messages write it: `feeds[3].url`."""
    return "".join(_steps(where)).removeprefix(".")


def _steps(where: Path_) -> Iterator[str]:
    for step in where:
        yield f"[{step}]" if isinstance(step, int) else f".{step}"
