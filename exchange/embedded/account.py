"""Which operating system user the database runs as, and running its programs as that user.

PostgreSQL refuses to run as root: root lends it an account that already exists. Add the next candidate to ACCOUNTS.
"""

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from exchange.unusable import DatabaseUnusable

ACCOUNTS = ("postgres", "nobody")

# The caller's own LANG, PG* and LD_* variables must not change what the server does.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """The user to run as; `user` and `group` are None when that is ourselves."""

    name: str
    user: int | None = None
    group: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a program ended: its exit code and everything it printed."""

    code: int
    output: str


def account_for(home: Path, names: tuple[str, ...] = ACCOUNTS) -> Account:
    """Ourselves, or when we are root: the owner of the database in `home`, else the first of `names` that exists."""
    if os.geteuid() != 0:
        _refuse_foreign(home)
        return Account(name="self")
    entries = {entry.pw_name: entry for entry in pwd.getpwall()}
    if home.exists() and home.stat().st_uid != 0:
        owner = home.stat()
        return Account(name=f"uid {owner.st_uid}", user=owner.st_uid, group=owner.st_gid)
    for name in names:
        if name in entries:
            return Account(name=name, user=entries[name].pw_uid, group=entries[name].pw_gid)
    raise DatabaseUnusable(
        f"以 root 运行时需要系统用户 {' 或 '.join(names)}", f"as root one of the users {', '.join(names)} must exist",
        "以普通用户运行，或设置 EXCHANGE_DATABASE_URL / run as an ordinary user, or set EXCHANGE_DATABASE_URL",
    )  # fmt: skip


def run(account: Account, *command: str | Path, stdin: str = "", timeout_seconds: float = 300) -> Outcome:
    """Run a program as `account`, away from our terminal: Ctrl-C there must not cut an initdb in two.

    A program over its time is killed and counts as failed, code -1.
    """
    # Files, not pipes: a server started by the program would keep a pipe open, and we would wait for ever.
    with _text_file() as output, _text_file() as source:
        source.write(stdin)
        source.seek(0)
        try:
            code = _call(account, [str(part) for part in command], source, output, timeout_seconds)
        except subprocess.TimeoutExpired:
            code = -1
        output.seek(0)
        return Outcome(code=code, output=output.read())


def _text_file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")


def _call(account: Account, command: list[str], source: IO[str], output: IO[str], timeout_seconds: float) -> int:
    return subprocess.run(
        command,
        stdin=source,
        stdout=output,
        stderr=subprocess.STDOUT,
        user=account.user,
        group=account.group,
        extra_groups=None if account.user is None else [],
        umask=0o077,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
        timeout=timeout_seconds,
        check=False,
    ).returncode


def can_use(account: Account, path: Path) -> bool:
    """Whether `account` can reach and use `path`, asked of the system itself: modes, ACLs and mounts all count."""
    return run(account, "/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", path).code == 0


def can_enter(account: Account, folder: Path) -> bool:
    """Whether `account` may pass through `folder`."""
    return run(account, "/bin/sh", "-c", 'test -x "$1"', "sh", folder).code == 0


def open_the_way(account: Account, data: Path) -> None:
    """See that `account` can pass through `data`. Folders above it are the operator's: named, never changed."""
    if account.user is None or can_enter(account, data):
        return
    mode = data.stat()
    if can_enter(account, data.parent) and mode.st_uid == os.geteuid() and not mode.st_mode & 0o077:
        # A folder for root alone, as `mktemp -d` makes it: that one group may pass, nobody may list.
        os.chown(data, -1, account.group or 0)
        data.chmod(0o710)
        return
    closed = next(folder for folder in reversed([data, *data.parents]) if not can_enter(account, folder))
    raise DatabaseUnusable(
        f"数据库以用户 {account.name} 运行，无法进入 {closed}",
        f"the database runs as {account.name}, who may not enter {closed}",
        "EXCHANGE_DATA=/var/lib/safety-exchange",
    )


def _refuse_foreign(home: Path) -> None:
    if home.exists() and home.stat().st_uid != os.geteuid():
        raise DatabaseUnusable(
            f"{home} 属于另一用户（uid {home.stat().st_uid}）",
            f"{home} belongs to another user (uid {home.stat().st_uid})",
            "以该用户或 root 运行，或换一个 EXCHANGE_DATA / run as that user or root, or choose another EXCHANGE_DATA",
        )
