"""The demonstration: a cast of tenants, invented records, and the story told over the public API of a running hub.

Start with story.py; who takes part is in cast.py, what they send in files.py.
"""

from exchange.demo.run import run_demo

__all__ = ["run_demo"]
