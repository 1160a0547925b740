"""The data folder: made private, and small texts kept in it (secret, password, port).

Another text that must outlive a start: one more `keep_text` or `replace_text` by its owner.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make `path` for us alone. Made by root it lets others pass (never list): the database runs as another user."""
    if path.is_dir():
        return
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def keep_text(path: Path, make: Callable[[], str]) -> str:
    """The text in `path`; the first caller makes it. Processes that come at once agree on one text; mode is 0600."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text("utf-8").strip()
    make_folder(path.parent)
    draft = _draft(path, make())
    try:
        # A link, unlike a rename, refuses to replace what another process has just put there.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_text("utf-8").strip()


def replace_text(path: Path, text: str) -> None:
    """Put `text` into `path` in one step, mode 0600; a symbolic link there is replaced, not followed."""
    os.replace(_draft(path, text), path)


def _draft(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
