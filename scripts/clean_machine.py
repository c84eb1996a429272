"""Types the README's commands on a machine that has none of our files, until Slack has a message.

    python scripts/clean_machine.py                       a stand-in for Slack takes the messages
    SLACK=http://127.0.0.1:4010 CHANNEL=alerts python scripts/clean_machine.py    another one
    INSTALL="uv tool install ." python scripts/clean_machine.py           in place of pipx

The machine: an empty home, a clone, Python, pipx, and the package index of this one. Where root
may, this repository and the old home are hidden behind an empty folder. What leads to the Internet
goes through a proxy that answers for it: publishers with a feed each, slack.com with Slack. Every
line of the README is typed as it stands, into a shell on a terminal, and questions are answered.
"""

# ruff: noqa: INP001, T201 - a script that prints
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from outside import Outside
from typing_session import Shell

ROOT = Path(__file__).parent.parent
TOKEN = "xoxb-good"  # noqa: S105 - of a Slack on this machine
ANSWERS = {  # to what `monitor init` asks; Enter to all else
    "Alerts go to": "slack",
    "Channel, such as": os.environ.get("CHANNEL", "#alerts"),
    "Bot token": TOKEN,
}
NEWS = {"news.example": "North Korean soldiers captured in Kursk region, Kyiv says"}
INSTALL = os.environ.get("INSTALL", "pipx install .")
LONG = {"make test"}  # the tests have a run of their own
_PATH = "/usr/local/bin:/usr/bin:/bin"
_BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def readme_lines() -> list[str]:
    """The commands under *Start*, without their comments, but for those that take too long."""
    start = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Start")[2]
    blocks = _BLOCK.findall(start.partition("\n## ")[0])
    lines = [line.partition(" #")[0].strip() for line in "".join(blocks).splitlines()]
    lines = [INSTALL if line.startswith("pipx install") else line for line in lines]
    return [line for line in lines if line not in LONG]


def main() -> None:
    """Build the machine, type, and say what Slack has got; exit code 1 if that is nothing."""
    with tempfile.TemporaryDirectory(prefix="clean-") as folder:
        machine = Path(folder)
        environment = furnish(machine)
        outside = Outside(machine, NEWS, os.environ.get("SLACK"), TOKEN)
        started = time.monotonic()
        with outside, Shell(hidden(), environment, machine / "home" / "monitor") as shell:
            for line in readme_lines():
                type_line(shell, line, outside)
        took = time.monotonic() - started
        told = "".join(f"\n  {text.replace(chr(10), f'{chr(10)}  ')}" for text in outside.messages)
        print(f"\n{len(outside.messages)} messages in Slack after {took:.0f} s:{told}")
    sys.exit(0 if len(outside.messages) > 1 else 1)


def type_line(shell: Shell, line: str, outside: Outside) -> None:
    """Type a line; the service is ended by Ctrl-C. Raises RuntimeError where a command fails."""
    if line == "monitor init":  # the first that needs what the machine has instead of the Internet
        for name, value in outside.environment().items():
            shell.type(f"export {name}={value}")
    began = time.monotonic()
    ends = threading.Timer(10, shell.interrupt) if line == "monitor run" else None
    if ends:
        ends.start()
    code = shell.type(line, ANSWERS)
    print(f"[{time.monotonic() - began:.0f} s, exit code {code}]")
    if code:
        raise RuntimeError(f"`{line}` ended with {code}")


def furnish(machine: Path) -> dict[str, str]:
    """Give the machine a home with a clone, and pipx; returns the environment of its user."""
    clone = machine / "home" / "monitor"
    clone.mkdir(parents=True)
    command = ["git", "-C", str(ROOT), "-c", "safe.directory=*", "ls-files", "-z"]
    tracked = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    for name in filter(None, tracked.split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone / name)
    tools = machine / "tools"
    python = shutil.which("python3", path=_PATH) or "python3"  # not that of our own environment
    subprocess.run([python, "-m", "venv", tools], check=True)  # noqa: S603
    installer = INSTALL.split()[0]  # pipx or uv
    subprocess.run([tools / "bin" / "pip", "-qq", "install", installer], check=True)  # noqa: S603
    home = machine / "home"
    return {
        "HOME": str(home),
        "PATH": f"{home}/.local/bin:{tools}/bin:{_PATH}",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        **{name: text for name, text in os.environ.items() if name.startswith(("PIP_", "UV_"))},
    }


def hidden() -> list[str]:
    """Words before a command that runs where our files are not; none where that is not allowed."""
    covered = [str(ROOT), str(Path.home())]
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:  # noqa: S607
        print("our files are not hidden: only root may do that")
        return []
    script = "".join(f"mount -t tmpfs none {folder} && " for folder in covered)
    return ["unshare", "--mount", "sh", "-c", f'{script} cd "$0" && exec "$@"']


if __name__ == "__main__":
    main()
