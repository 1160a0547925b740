"""The tamper-evident log (防篡改日志): what was accepted and decided, leaves of a Merkle tree with signed checkpoints.

Pure parts are merkle.py, tiles.py and checkpoints.py; appending.py adds what is committed, proving.py gives proofs,
verifying.py holds the log against the rows. A further kind of entry: see migrations/0034_ledger.sql.
"""
