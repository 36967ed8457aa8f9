"""SQL of notifications, by what it is for. One function, one statement, no decisions."""
