"""`python -m exchange`, and the installed command `exchange`: checks that our packages are the imported ones, then the
verbs."""

import sys
from pathlib import Path


def main() -> None:
    """Run a verb of cli/."""
    import exchange
    import schema

    # PyPI has packages of these names; another one imported in their place would fail in strange ways.
    if Path(schema.__file__ or "").parent.parent != Path(exchange.__file__ or "").parent.parent or not hasattr(
        exchange, "__version__"
    ):
        sys.exit(
            "另一个名为 schema 的包被导入；请使用单独的虚拟环境\n"
            "another package named schema is imported; use a virtual environment of its own"
        )
    from exchange.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
