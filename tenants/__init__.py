"""WHO: tenants, tokens, what each may see, and the only door to the database. May import schema, nothing of
exchange."""
