"""What every slice stands on and no slice is known to: engines, database, events, HTTP, limits."""
