"""The systemd unit and its companions: what operators rely on, and what systemd says of them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from stat import S_IMODE

import pytest
from conftest import ROOT

from monitor.config.load import load
from monitor.errors import ConfigError
from monitor.service.service import WATCHDOG_TICK
from monitor.service.systemd import Notifier
from monitor.store.database import Store

FOLDER = ROOT / "systemd"
UNIT = FOLDER / "monitor.service"
SYSUSERS = FOLDER / "monitor.sysusers.conf"
TMPFILES = FOLDER / "monitor.tmpfiles.conf"
BACKUP = FOLDER / "monitor-backup.service"
TIMER = FOLDER / "monitor-backup.timer"
OLDEST = 252  # the systemd of Debian 12


def settings() -> dict[str, list[str]]:
    """The unit's settings, each with its values in order; no key stands in two sections."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found[key].append(value)
    return found


def setting(key: str) -> str:
    [value] = settings()[key]
    return value


def seconds(key: str) -> float:
    return float(setting(key).removesuffix("s"))


def environment() -> dict[str, str]:
    pairs = " ".join(settings()["Environment"]).split()
    return dict(pair.split("=", maxsplit=1) for pair in pairs)


def modes() -> dict[str, tuple[str, str, str]]:
    """What tmpfiles says of each path: mode, user, group."""
    lines = TMPFILES.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {path: (mode, user, group) for _, path, mode, user, group in rows}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of a systemd that knows what the unit uses, else skip the test."""
    tool = shutil.which(command[0])
    if not tool:
        pytest.skip(f"{command[0]} is not installed")
    version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.split()[1].partition(".")[0]) < OLDEST:
        pytest.skip(f"{command[0]} is older than {OLDEST}")
    return subprocess.run([tool, *command[1:]], capture_output=True, text=True, check=False)


# ── the life of the service ───────────────────────────────────────────────────────────────────


def test_the_service_itself_says_when_it_is_ready_in_a_way_that_debian_12_knows() -> None:
    assert setting("Type") == "notify"
    assert setting("NotifyAccess") == "main"


def test_it_runs_the_program_of_a_virtual_environment_under_opt() -> None:
    assert setting("ExecStart") == "/opt/monitor/bin/monitor run"


def test_a_reload_is_a_hangup_once_the_configuration_was_checked() -> None:
    check, hangup = settings()["ExecReload"]
    assert (check, hangup) == ("/opt/monitor/bin/monitor check", "/bin/kill -HUP $MAINPID")


def test_a_hanging_service_is_killed_after_many_missed_signs_of_life() -> None:
    assert 10 * WATCHDOG_TICK <= seconds("WatchdogSec") <= 300


def test_a_service_that_is_killed_for_hanging_says_where_it_hung() -> None:
    assert environment()["PYTHONFAULTHANDLER"] == "1"


def test_it_is_restarted_for_ever_and_not_in_a_tight_loop() -> None:
    assert setting("Restart") == "always"
    assert setting("StartLimitIntervalSec") == "0"
    assert seconds("RestartSec") >= 5


def test_only_the_main_process_is_asked_to_stop_and_has_time_to_drain() -> None:
    assert setting("KillMode") == "mixed"
    assert seconds("TimeoutStopSec") >= 20


def test_it_starts_with_the_machine() -> None:
    assert setting("WantedBy") == "multi-user.target"


def test_a_worker_that_runs_out_of_memory_does_not_end_the_service() -> None:
    assert setting("OOMPolicy") == "continue"


@pytest.mark.parametrize("limit", ["MemoryMax", "TasksMax"])
def test_what_it_may_use_is_limited(limit: str) -> None:
    assert re.fullmatch(r"[1-9]\d*G?", setting(limit))


def test_a_crash_writes_no_secrets_into_a_core_dump() -> None:
    assert setting("LimitCORE") == "0"


# ── what the service reports ──────────────────────────────────────────────────────────────────


def test_a_report_is_dropped_while_the_queue_of_systemd_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notifier = Notifier()
        queued = fill(address)
        notifier.alive("this one finds no place")  # it would wait for ever
        received = [systemd.recv(100) for _ in range(queued)]
        notifier.alive("well")
        assert set(received) == {b"FILLED=1"}
        assert systemd.recv(100) == b"WATCHDOG=1\nSTATUS=well"


def fill(address: str) -> int:
    """Send datagrams until the socket's queue takes no more; return how many it took."""
    count = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        while True:
            try:
                sender.sendto(b"FILLED=1", socket.MSG_DONTWAIT, address)
            except BlockingIOError:
                return count
            count += 1


# ── who it is, what it keeps ──────────────────────────────────────────────────────────────────


def test_it_runs_as_the_user_that_sysusers_makes() -> None:
    [made] = re.findall(r"^u (\S+) ", SYSUSERS.read_text(encoding="utf-8"), re.MULTILINE)
    assert (setting("User"), setting("Group")) == (made, made)


def test_the_database_is_in_its_state_directory() -> None:
    folder = Path("/var/lib") / setting("StateDirectory")
    assert Path(environment()["MONITOR_DB"]).parent == folder


def test_nobody_else_can_write_the_topics_that_it_keeps() -> None:
    assert (setting("CacheDirectory"), setting("CacheDirectoryMode")) == ("monitor", "0700")


def test_its_group_may_read_what_it_writes_and_others_may_not() -> None:
    assert setting("StateDirectoryMode") == "0750"
    assert setting("UMask") == "0027"


def test_it_may_read_its_configuration_but_not_write_it() -> None:
    path = environment()["MONITOR_CONFIG"]
    assert modes()[str(Path(path).parent)] == ("0750", "root", setting("Group"))
    assert modes()[path] == ("0640", "root", setting("Group"))


def test_only_root_may_read_the_file_of_the_token() -> None:
    name, path = setting("LoadCredential").split(":")
    assert name == "slack-token"
    assert modes()[path] == ("0600", "root", "root")


def test_it_starts_without_a_token() -> None:
    # Without this default a missing file fails the unit (243/CREDENTIALS).
    assert setting("SetCredential") == r"slack-token:\n"


def test_a_configuration_that_wants_the_token_does_not_run_on_the_empty_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slack-token").write_text("\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    config = tmp_path / "config.yaml"
    channel = "channels: {desk: {type: slack, token_file: slack-token, channel: '#a'}}\n"
    rest = "feeds: [{url: https://news.example/rss}]\ntopics: [{id: a, title: A, any: [b]}]\n"
    config.write_text(channel + rest, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"channels\.desk\.token"):
        load(config)


# ── how it is confined ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "confinement",
    [
        "AmbientCapabilities=",
        "CapabilityBoundingSet=",
        "LockPersonality=yes",
        "MemoryDenyWriteExecute=yes",
        "NoNewPrivileges=yes",
        "PrivateDevices=yes",
        "PrivateIPC=yes",
        "PrivateMounts=yes",
        "PrivateTmp=yes",
        "PrivateUsers=yes",
        "ProcSubset=pid",
        "ProtectClock=yes",
        "ProtectControlGroups=yes",
        "ProtectHome=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectProc=invisible",
        "ProtectSystem=strict",
        "RemoveIPC=yes",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "SystemCallArchitectures=native",
    ],
)
def test_it_is_confined(confinement: str) -> None:
    key, _, value = confinement.partition("=")
    assert setting(key) == value


def test_it_speaks_to_the_internet_and_to_its_own_processes_only() -> None:
    assert set(setting("RestrictAddressFamilies").split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}


def test_system_calls_are_those_of_a_service_without_privileges_and_others_fail() -> None:
    assert settings()["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert setting("SystemCallErrorNumber") == "EPERM"


def test_nothing_that_it_can_write_can_be_executed() -> None:
    writable = {"/var/lib/monitor", "/var/cache/monitor", "/tmp", "/var/tmp", "/dev/shm"}  # noqa: S108 - as in the unit
    assert set(setting("NoExecPaths").split()) == writable


def test_the_service_cannot_write_below_run() -> None:
    # systemd 252 exempts /run from ProtectSystem=strict when ProtectProc= or the like is set.
    assert setting("ReadOnlyPaths") == "/run"


# ── the backup ────────────────────────────────────────────────────────────────────────────────


async def test_the_backup_unit_makes_a_checked_copy_for_the_day_of_the_week(tmp_path: Path) -> None:
    async with Store(tmp_path / "monitor.db"):
        pass
    text = BACKUP.read_text(encoding="utf-8")
    [command] = re.findall(r"^ExecStart=/bin/sh -c '(.*)'$", text, re.MULTILINE)
    command = command.replace("/opt/monitor/bin/monitor", f"{sys.executable} -m monitor")
    command = command.replace("$$", "$").replace("%%", "%")  # as systemd reads it
    env = {"BACKUPS": str(tmp_path), "MONITOR_DB": str(tmp_path / "monitor.db")}
    subprocess.run(["/bin/sh", "-c", command], env=os.environ | env, check=True)  # noqa: ASYNC221
    [copy] = tmp_path.glob("monitor-[1-7].db")  # noqa: ASYNC240
    assert S_IMODE(os.stat(copy).st_mode) == 0o640  # noqa: PTH116


def test_the_backup_unit_writes_into_its_own_folder_as_the_services_user() -> None:
    text = BACKUP.read_text(encoding="utf-8")
    assert modes()["/var/backups/monitor"] == ("0750", setting("User"), setting("Group"))
    for line in ("User=monitor", "Group=monitor", "Environment=BACKUPS=/var/backups/monitor",
                 f"Environment=MONITOR_DB={environment()['MONITOR_DB']}"):  # fmt: skip
        assert line in text.splitlines()
    assert "OnCalendar=daily" in TIMER.read_text(encoding="utf-8").splitlines()


# ── what systemd says ─────────────────────────────────────────────────────────────────────────


def test_systemd_finds_no_mistake_in_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    copy = tmp_path / "monitor.service"
    copy.write_text(re.sub(r"(?m)^(Exec(?:Start|Reload)=)\S+", rf"\1{sys.executable}", text))
    result = run("systemd-analyze", "verify", "--recursive-errors=no", "--man=no", copy)
    assert (result.returncode, result.stderr) == (0, "")


def test_systemd_rates_its_exposure_at_one_and_a_half_of_ten_or_less() -> None:
    result = run("systemd-analyze", "security", "--offline=true", "--threshold=15", UNIT)
    assert result.returncode == 0, result.stdout


WEB_UNIT = FOLDER / "monitor-web.service"


def test_systemd_finds_no_mistake_in_the_unit_of_the_desk(tmp_path: Path) -> None:
    copy = tmp_path / "monitor-web.service"
    text = WEB_UNIT.read_text(encoding="utf-8")
    copy.write_text(re.sub(r"(?m)^(ExecStart=)\S+", rf"\1{sys.executable}", text))
    result = run("systemd-analyze", "verify", "--recursive-errors=no", "--man=no", copy)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_desk_is_no_more_exposed_than_the_service() -> None:
    result = run("systemd-analyze", "security", "--offline=true", "--threshold=15", WEB_UNIT)
    assert result.returncode == 0, result.stdout


def test_sysusers_makes_a_user_who_cannot_log_in(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    result = run("systemd-sysusers", f"--root={tmp_path}", SYSUSERS)
    assert result.returncode == 0, result.stderr
    name, _, _, _, _, home, shell = (tmp_path / "etc/passwd").read_text().strip().split(":")
    assert (name, home) == (setting("User"), "/var/lib/monitor")
    assert shell.endswith("nologin")


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files to a group needs root")
def test_tmpfiles_mends_the_modes_of_the_configuration_and_the_token(tmp_path: Path) -> None:
    folder = tmp_path / "etc/monitor"
    folder.mkdir(parents=True)
    for name in ("config.yaml", "slack-token", "web-password"):
        (folder / name).touch(mode=0o666)
    run("systemd-sysusers", f"--root={tmp_path}", SYSUSERS)
    result = run("systemd-tmpfiles", "--create", f"--root={tmp_path}", TMPFILES)
    assert result.returncode == 0, result.stderr
    found = {path: S_IMODE((tmp_path / path[1:]).stat().st_mode) for path in modes()}
    assert found == {path: int(mode, 8) for path, (mode, _, _) in modes().items()}


# ── installing ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_install_installs_every_file_of_the_folder() -> None:
    command = ["make", "--dry-run", "--directory", str(ROOT), "install", "DESTDIR=tree"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [path.name for path in FOLDER.iterdir() if path.name not in shown] == []
    assert "tree/etc/monitor/config.yaml" in shown
    for completion in ("bash-completion/completions/monitor", "zsh/site-functions/_monitor"):
        assert f"> tree/usr/local/share/{completion}" in shown
