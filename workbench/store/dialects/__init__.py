"""What differs between the databases that a store can be in: SQLite and PostgreSQL, one file for each."""
