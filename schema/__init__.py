"""What is exchanged: record kinds, their fields and codes, events, refusals. Pure: no I/O, imports nothing of ours.

Add a record kind in kinds/, a value type in fields/, an event in events.py, a refusal in errors.py.
"""
