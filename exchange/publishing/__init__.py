"""How a record gets in: admitted, sealed, kept and announced in one transaction; corrected, moved, identified."""
