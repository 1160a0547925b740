"""Files of records: prepared beside the event loop, kept, given back, reverted. Formats are in exchange/intake/."""
