"""What can be proved to somebody outside: receipts of confirmations, status lists to check offline, safety codes to
scan, the pages that show them.

The next proof is a module here; where it is fetched is a method of doors/proof.py.
"""
