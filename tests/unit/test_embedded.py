"""The embedded server on a real folder: shared, survives kill -9 of either side, keeps its data and address.

As root the server runs as another user, who cannot enter pytest's tmp_path: these tests make their own folder.
"""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from exchange.connection import check_server, is_supported
from exchange.embedded import postmaster, start
from exchange.embedded.account import Account
from exchange.embedded.binaries import Binaries, reachable
from exchange.unusable import DatabaseUnusable

only_as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: the server runs as another user only then")

# Another process that uses the server until it is killed or its input ends.
USER = """
import asyncio, sys
from pathlib import Path
from exchange.embedded import start
async def use():
    async with await start(Path(sys.argv[1])) as server:
        print(server.dsn.rpartition('@')[2], flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(use())
"""


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """One folder for this file: making a cluster is the slow part."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp"))
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture(scope="module", autouse=True)
def _reachable(data: Path) -> None:
    data.parent.chmod(0o711)


def use_elsewhere(data: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def cluster(data: Path) -> Path:
    return data / "postgres" / "cluster"


async def run(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_a_fresh_folder_gives_a_private_server_that_knows_chinese(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")
    async with await start(data) as server:
        connection = await asyncpg.connect(server.dsn)
        try:
            await check_server(connection, is_embedded=True)
            settings = [
                await connection.fetchval("select current_setting($1)", name)
                for name in ("wal_level", "listen_addresses", "unix_socket_directories", "password_encryption")
            ]
            assert settings == ["logical", "127.0.0.1", "", "scram-sha-256"]
            assert await connection.fetchval("select current_database()") == "exchange"
        finally:
            await connection.close()
    assert stat.S_IMODE((data / "password").stat().st_mode) == 0o600


async def test_a_new_cluster_has_room_for_a_back_file_and_leaves_the_sizes_to_the_operator(data: Path) -> None:
    async with await start(data) as server:
        shown = [await run(server.dsn, f"show {name}") for name in ("max_wal_size", "checkpoint_timeout")]
        assert shown == ["4GB", "15min"]
        source = await run(server.dsn, "select sourcefile from pg_settings where name = 'shared_buffers'")
        assert str(source).endswith("postgresql.conf")


async def test_a_wrong_password_is_refused(data: Path) -> None:
    async with await start(data) as server:
        wrong = server.dsn.replace((data / "password").read_text().strip(), "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)


async def test_a_restart_keeps_data_and_address(data: Path) -> None:
    async with await start(data) as server:
        first = server.dsn
        await run(first, "create table kept as select 7 as value")
    assert postmaster.read(cluster(data)) is None
    async with await start(data) as server:
        assert server.dsn == first
        assert await run(server.dsn, "select value from kept") == 7


async def test_the_server_moves_when_its_port_was_taken(data: Path) -> None:
    async with await start(data) as server:
        before = server.dsn
    taken = await asyncio.start_server(
        lambda reader, writer: writer.close(), "127.0.0.1", int((data / "port").read_text())
    )
    try:
        async with await start(data) as server:
            assert server.dsn != before
            assert await run(server.dsn, "select 1") == 1
    finally:
        taken.close()
        await taken.wait_closed()


async def test_the_server_stays_until_the_last_user_lets_go(data: Path) -> None:
    first = await start(data)
    second = await start(data)
    await first.stop()
    await first.stop()
    assert await run(second.dsn, "select 1") == 1
    await second.stop()
    assert postmaster.read(cluster(data)) is None


async def test_processes_that_start_at_once_share_one_server(data: Path) -> None:
    processes = [use_elsewhere(data) for _ in range(3)]
    places = {first_line(process) for process in processes}
    assert len(places) == 1
    async with await start(data) as server:
        assert server.dsn.endswith(places.pop())
        for process in processes:
            process.communicate()
        assert [process.returncode for process in processes] == [0, 0, 0]
        assert await run(server.dsn, "select 1") == 1
    assert postmaster.read(cluster(data)) is None


async def test_the_next_user_stops_what_a_killed_process_left_running(data: Path) -> None:
    killed = use_elsewhere(data)
    place = first_line(killed)
    killed.kill()
    killed.communicate()
    assert postmaster.read(cluster(data)) is not None
    async with await start(data) as server:
        assert server.dsn.endswith(place)
    assert postmaster.read(cluster(data)) is None


async def test_a_killed_server_starts_again_at_once_with_its_rows(data: Path) -> None:
    async with await start(data) as server:
        await run(server.dsn, "create table survived as select 8 as value")
        kill_server(data)
        async with await start(data) as again:
            assert again.dsn == server.dsn
            assert await run(again.dsn, "select value from survived") == 8


async def test_a_user_can_bring_a_killed_server_back_at_the_same_address(data: Path) -> None:
    async with await start(data) as server:
        kill_server(data)
        await server.ensure_running()
        assert await run(server.dsn, "select 1") == 1


async def test_a_backend_still_at_work_for_a_killed_server_is_waited_for(data: Path) -> None:
    busy = """
        do $$ begin
          while clock_timestamp() < now() + interval '2 s' loop end loop;
          create table outlived as select 9 as value;
        end $$
    """
    async with await start(data) as server:
        connection = await asyncpg.connect(server.dsn)
        # Busy, not waiting: it does not notice its postmaster's end. A server started beside it would lose its writes.
        working = asyncio.ensure_future(connection.execute(busy))
        await asyncio.sleep(0.3)
        kill_server(data)
        await server.ensure_running()
        assert await working == "DO"
        assert await run(server.dsn, "select value from outlived") == 9
        connection.terminate()


async def test_a_cancelled_start_leaves_no_server_behind(data: Path) -> None:
    starting = asyncio.create_task(start(data))
    await asyncio.sleep(0.05)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert postmaster.read(cluster(data)) is None


async def test_a_half_made_cluster_is_made_anew(data: Path) -> None:
    other = data.with_name("half")
    (other / "postgres" / "cluster.tmp").mkdir(parents=True)
    (other / "postgres" / "cluster.tmp" / "PG_VERSION").write_text("18")
    async with await start(other) as server:
        assert await run(server.dsn, "select 1") == 1
    assert sorted(path.name for path in (other / "postgres").iterdir()) == ["cluster", "server.log"]


async def test_a_cluster_of_a_release_that_is_not_here_is_refused(data: Path) -> None:
    other = data.with_name("old")
    (other / "postgres" / "cluster").mkdir(parents=True)
    (other / "postgres" / "cluster" / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseUnusable, match="no usable PostgreSQL 12"):
        await start(other)
    assert sorted(path.name for path in (other / "postgres" / "cluster").iterdir()) == ["PG_VERSION"]


@only_as_root
async def test_a_folder_only_root_can_enter_names_the_closed_one_and_changes_nothing(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(DatabaseUnusable, match="who may not enter") as refusal:
        await start(closed / "data")
    assert refusal.value.fix == "EXCHANGE_DATA=/var/lib/safety-exchange"
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@only_as_root
def test_binaries_under_a_closed_folder_are_copied_to_where_they_can_run(data: Path, tmp_path: Path) -> None:
    package = tmp_path / "some_wheel"
    (package / "install" / "bin").mkdir(parents=True)
    (package / "install" / "bin" / "postgres").write_text("#!/bin/sh\n")
    (package / "install" / "bin" / "postgres").chmod(0o700)
    (tmp_path / "some_wheel.libs").mkdir()
    (tmp_path / "some_wheel.libs" / "libpq.so").write_text("")
    target = data.with_name("copies")
    target.mkdir(mode=0o711)
    wheel = Binaries(folder=package / "install" / "bin", origin="some wheel 1", major=18, minor=6, package=package)
    copied = reachable(wheel, Account(name="nobody", user=65534, group=65534), target)
    root = target / "binaries" / "some-wheel-1"
    assert copied.folder == root / "some_wheel" / "install" / "bin"
    assert (root / "some_wheel.libs" / "libpq.so").exists()
    assert reachable(copied, Account(name="nobody", user=65534, group=65534), target) == copied


@only_as_root
def test_binaries_are_not_copied_into_a_folder_others_can_write(data: Path, tmp_path: Path) -> None:
    package = tmp_path / "wheel"
    (package / "install" / "bin").mkdir(parents=True)
    target = data.with_name("shared")
    target.mkdir()
    target.chmod(0o777)
    wheel = Binaries(folder=package / "install" / "bin", origin="wheel 1", major=18, minor=6, package=package)
    with pytest.raises(DatabaseUnusable, match="writable by nobody else"):
        reachable(wheel, Account(name="nobody", user=65534, group=65534), target)
    assert list(target.iterdir()) == []


def test_a_zombie_in_the_pid_file_is_no_server_and_loses_its_place(tmp_path: Path) -> None:
    lines = ["5432-memory", "7", "5432", "", "127.0.0.1", "  4711  12", "ready"]
    with subprocess.Popen(["/bin/true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        (tmp_path / "postmaster.pid").write_text("\n".join([str(child.pid), *lines]) + "\n")
        assert postmaster.read(tmp_path) is None
    postmaster.disown(tmp_path)
    # The line of the shared memory has to stay: by it PostgreSQL finds backends that outlived their postmaster.
    kept = (tmp_path / "postmaster.pid").read_text().splitlines()
    assert int(kept[0]) > 2**22
    assert [line.strip() for line in kept[1:]] == [line.strip() for line in lines]


def test_another_program_with_the_same_pid_is_no_server(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n7\n5432\n\n127.0.0.1\n 1 2\nready\n")
    assert postmaster.read(tmp_path) is None


@pytest.mark.parametrize(
    ("release", "is_safe"),
    [((14, 99), False), ((15, 8), False), ((15, 9), True), ((16, 4), False), ((16, 5), True), ((17, 0), False),
     ((17, 1), True), ((18, 0), True), ((19, 0), True)],
)  # fmt: skip
def test_releases_that_leak_rows_across_roles_are_not_supported(release: tuple[int, int], is_safe: bool) -> None:
    assert is_supported(*release) is is_safe


def kill_server(data: Path) -> None:
    server = postmaster.read(cluster(data))
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
