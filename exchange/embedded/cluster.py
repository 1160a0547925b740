"""One database cluster on disk: make it, start its server, stop it. Call only inside the gate.

Add the next server setting to SERVER_SETTINGS; what an operator may tune stays in the cluster's postgresql.conf, where
sizes.py says what a new one begins with.
"""

import os
import shlex
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from exchange.embedded import postmaster
from exchange.embedded.account import Account, run
from exchange.embedded.binaries import Binaries
from exchange.embedded.sizes import memory, usual_sizes
from exchange.folder import replace_text
from exchange.unusable import DatabaseUnusable

SUPERUSER = "exchange_owner"
DATABASE = "exchange"
START_SECONDS = 60
PORT_SECONDS = 3
# The first message of PostgreSQL's protocol that is answered before any login.
_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
STOP_SECONDS = 60
_LOG_LIMIT = 1_000_000

SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "wal_level": "logical",
    "jit": "off",
    # An error's statement and detail can hold personal data; the hub logs its own errors without it.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}

# Bytewise order, Unicode letters: with a C character type Chinese has no letters. First the name Linux knows.
_CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "zh_CN.UTF-8")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """`data` is EXCHANGE_DATA, ours; `home` in it belongs to `account`, which runs the server."""

    data: Path
    account: Account
    binaries: Binaries

    @property
    def home(self) -> Path:
        return self.data / "postgres"

    @property
    def folder(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def program(self, name: str) -> Path:
        return self.binaries.folder / name


def major_of(data: Path) -> int | None:
    """The release that made the cluster in `data`, None when there is no cluster yet."""
    version = data / "postgres" / "cluster" / "PG_VERSION"
    return int(version.read_text("utf-8")) if version.exists() else None


def create(cluster: Cluster, password: str) -> None:
    """Make the cluster and its database in a draft folder and rename it, so that a half-made one is never started."""
    draft = cluster.home / "cluster.tmp"
    shutil.rmtree(draft, ignore_errors=True)
    secret = _lend_password(cluster, password)
    try:
        for character_type in _CHARACTER_TYPES:
            made = run(
                cluster.account, cluster.program("initdb"), *_initdb_options(cluster, draft, secret, character_type)
            )
            if made.code == 0 or "invalid locale" not in made.output:
                break
    finally:
        secret.unlink()
    if made.code != 0:
        raise _failure("无法创建数据库", "cannot create the database", made.output)
    born = run(cluster.account, cluster.program("postgres"), "--single", "-D", draft, "postgres",
               stdin=f"create database {DATABASE}\n")  # fmt: skip
    if born.code != 0 or "ERROR" in born.output or "FATAL" in born.output:
        raise _failure("无法创建数据库", "cannot create the database", born.output)
    draft.rename(cluster.folder)


def ensure_running(cluster: Cluster) -> int:
    """The port of the running server, started or waited for if need be. A crash may have to be recovered first."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        server = postmaster.read(cluster.folder)
        if server is None:
            server = _launch(cluster, deadline)
        if server is not None and server.is_ready and _answers(server.port):
            return server.port
        if time.monotonic() > deadline:
            raise _failure("数据库启动未完成", "the database is not up yet", _tail(cluster.log, 0))
        time.sleep(0.1)


def _answers(port: int) -> bool:
    """Whether a server answers there: one just killed may still look alive, and its port still take connections."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(_SSL_REQUEST)
            return line.recv(1) in (b"N", b"S")
    except OSError:
        return False


def stop(cluster: Cluster) -> None:
    """Stop the server if it runs; open connections are cut, data is safe."""
    for mode in ("fast", "immediate"):
        if postmaster.read(cluster.folder) is None:
            return
        run(cluster.account, cluster.program("pg_ctl"), "stop", "-D", cluster.folder, "-m", mode,
            "-w", "-t", str(STOP_SECONDS), timeout_seconds=STOP_SECONDS + 30)  # fmt: skip


def _launch(cluster: Cluster, deadline: float) -> postmaster.Postmaster | None:
    postmaster.disown(cluster.folder)
    if cluster.log.exists() and cluster.log.stat().st_size > _LOG_LIMIT:
        cluster.log.replace(cluster.log.with_suffix(".log.1"))
    before = cluster.log.stat().st_size if cluster.log.exists() else 0
    port = _choose_port(cluster.data / "port")
    options = " ".join(shlex.quote(f"--{name}={value}") for name, value in {**SERVER_SETTINGS, "port": port}.items())
    wait = max(1, round(deadline - time.monotonic()))
    run(cluster.account, cluster.program("pg_ctl"), "start", "-D", cluster.folder, "-l", cluster.log, "-o", options,
        "-w", "-t", str(wait), timeout_seconds=wait + 30)  # fmt: skip
    server = postmaster.read(cluster.folder)
    if server is None:
        _refuse_unless_passing(_tail(cluster.log, before))
    return server


def _refuse_unless_passing(log: str) -> None:
    # Another program may have taken the port a moment ago; backends of a killed server need a moment to go.
    if not any(text in log for text in ("Address already in use", "pre-existing shared memory block", "lock file")):
        raise _failure("数据库无法启动", "the database does not start", log)


def _choose_port(path: Path) -> int:
    """The port of the last start while it is free, so that addresses written down stay true; else any free one."""
    last = path.read_text("utf-8").strip() if path.exists() else ""
    patience = time.monotonic() + PORT_SECONDS
    while last.isdigit():
        if _free_port(int(last)):
            return int(last)
        if time.monotonic() > patience:
            break
        time.sleep(0.1)  # a server that was killed may hold it a moment longer
    port = _free_port(0)
    replace_text(path, str(port))
    return port


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except (OSError, OverflowError):
            return 0
        return int(probe.getsockname()[1])


def _lend_password(cluster: Cluster, password: str) -> Path:
    """A copy of the password that initdb, running as `account`, can read; the caller removes it."""
    path = cluster.home / "password.tmp"
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(password + "\n")
        if cluster.account.user is not None:
            os.fchown(file.fileno(), cluster.account.user, -1)
    return path


def _initdb_options(cluster: Cluster, draft: Path, secret: Path, character_type: str) -> list[str]:
    options = [f"--pgdata={draft}", f"--username={SUPERUSER}", f"--pwfile={secret}", "--auth=scram-sha-256",
               "--encoding=UTF8", "--lc-collate=C", f"--lc-ctype={character_type}", "--lc-messages=C"]  # fmt: skip
    if cluster.binaries.major >= 17:
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if cluster.binaries.major >= 16:  # initdb takes settings since then
        options += [f"--set={name}={value}" for name, value in usual_sizes(memory()).items()]
    return options


def _tail(log: Path, start: int) -> str:
    if not log.exists():
        return ""
    with log.open("r", encoding="utf-8", errors="replace") as file:
        file.seek(start)
        return file.read()[-2_000:]


def _failure(zh: str, en: str, output: str) -> DatabaseUnusable:
    lines = [line for line in output.strip().splitlines() if line.strip()][-4:]
    reason = " | ".join(lines) or "?"
    return DatabaseUnusable(
        f"{zh}：{reason}", f"{en}: {reason}",
        "见 EXCHANGE_DATA/postgres/server.log，或设置 / see that file, or set EXCHANGE_DATABASE_URL",
    )  # fmt: skip
