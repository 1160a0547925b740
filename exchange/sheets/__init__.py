"""Lists that come and go as Excel or CSV and are not records: firms at a gate, rosters."""
