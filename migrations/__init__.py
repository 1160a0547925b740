"""Forward-only migrations, `NNNN_name.sql`; each opens with what it guarantees. Add the next number; never change an
applied one."""
