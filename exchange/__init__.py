"""HOW: the hub that moves records, opens reviews and tells partners. Start with app.py (where parts are put
together)."""

__version__ = "0.1.0"
