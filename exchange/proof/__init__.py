"""Proofs to show: confirmations of recognition with their signed receipts, and what has become of them."""
