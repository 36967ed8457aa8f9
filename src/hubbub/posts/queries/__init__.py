"""SQL of posts. One function, one statement, no decisions."""
