"""A share in the embedded server: `async with await start(folder) as server`, then `server.dsn`.

The last process to let go stops it. What a killed process leaves running, the next one takes over and stops.
"""

import asyncio
import contextlib
import os
import secrets
import shlex
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from exchange.embedded import cluster
from exchange.embedded.account import ACCOUNTS, account_for, open_the_way
from exchange.embedded.binaries import find, reachable
from exchange.embedded.cluster import DATABASE, SUPERUSER, Cluster
from exchange.embedded.lease import Lease, gate
from exchange.folder import keep_text, make_folder
from exchange.unusable import DatabaseUnusable


class EmbeddedServer:
    """A running server that stays up at least until `stop`. `dsn` logs in as superuser: keep it out of logs."""

    def __init__(self, place: Cluster, lease: Lease, dsn: str) -> None:
        self.dsn = dsn
        self._cluster = place
        self._lease: Lease | None = lease

    @property
    def psql(self) -> str:
        """The command line by which an operator logs in; the password stays in its file."""
        place, program = urlsplit(self.dsn), self._cluster.program("psql")
        password = shlex.quote(str(self._cluster.data / "password"))
        reached = f"-h {place.hostname} -p {place.port} -U {place.username} {place.path[1:]}"
        return f"PGPASSWORD=$(cat {password}) {shlex.quote(str(program))} {reached}"

    async def stop(self) -> None:
        """Let go; stops the server when nobody else uses it. A second call does nothing."""
        await asyncio.to_thread(self._leave)

    async def ensure_running(self) -> None:
        """Start the server again at the same address if it was killed. Raises DatabaseUnusable when that fails."""
        await asyncio.to_thread(self._revive)

    async def __aenter__(self) -> "EmbeddedServer":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _leave(self) -> None:
        with gate(self._cluster.data):
            lease, self._lease = self._lease, None
            if lease is not None:
                try:
                    if lease.is_last():
                        cluster.stop(self._cluster)
                finally:
                    lease.drop()

    def _revive(self) -> None:
        with gate(self._cluster.data):
            if self._lease is not None and _address(self._cluster, cluster.ensure_running(self._cluster)) != self.dsn:
                raise DatabaseUnusable(
                    "内置数据库改用了新端口",
                    "the embedded database came back on another port",
                    "重新启动 / start again",
                )


def has_cluster(data: Path) -> bool:
    """Whether there is a database in `data`; one that is closed to us counts, `start` says what is wrong with it."""
    try:
        return cluster.major_of(data.expanduser().resolve()) is not None
    except OSError:
        return True


async def start(
    data: Path,
    *,
    accounts: tuple[str, ...] = ACCOUNTS,
    make_secret: Callable[[int], str] = secrets.token_urlsafe,
) -> EmbeddedServer:
    """A share in the server of folder `data`, made and started if need be. As root it runs as one of `accounts`."""
    entering = asyncio.ensure_future(asyncio.to_thread(_enter, data, accounts, make_secret))
    try:
        return await asyncio.shield(entering)
    except asyncio.CancelledError:
        # The thread goes on: wait for its server, or nobody would ever stop it.
        with contextlib.suppress(DatabaseUnusable):
            await (await entering).stop()
        raise


def _enter(data: Path, accounts: tuple[str, ...], make_secret: Callable[[int], str]) -> EmbeddedServer:
    data = data.expanduser().resolve()
    try:
        make_folder(data)
        with gate(data):
            lease = Lease(data)
            try:
                place = _prepare(data, accounts, make_secret)
                return EmbeddedServer(place, lease, _address(place, cluster.ensure_running(place)))
            except BaseException:
                lease.drop()
                raise
    except OSError as error:
        raise DatabaseUnusable(
            f"无法使用数据文件夹 {data}：{error}", f"cannot use the data folder {data}: {error}",
            "EXCHANGE_DATA=…（可写的文件夹 / a folder you can write to）",
        ) from error  # fmt: skip


def _prepare(data: Path, accounts: tuple[str, ...], make_secret: Callable[[int], str]) -> Cluster:
    account = account_for(data / "postgres", accounts)
    open_the_way(account, data)
    major = cluster.major_of(data)
    place = Cluster(data=data, account=account, binaries=reachable(find(account, major), account, data))
    if major is None:
        place.home.mkdir(mode=0o700, exist_ok=True)
        if account.user is not None and account.group is not None:
            os.chown(place.home, account.user, account.group)
        cluster.create(place, keep_text(data / "password", lambda: make_secret(32)))
    return place


def _address(place: Cluster, port: int) -> str:
    path = place.data / "password"
    if not path.exists():
        raise DatabaseUnusable(
            f"缺少 {path}", f"{path} is missing", "从备份恢复该文件 / restore the file from a backup"
        )
    password = path.read_text("utf-8").strip()
    # asyncpg would look for client keys in a home folder that may not be ours.
    return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/{DATABASE}?sslmode=disable"
