"""From what was announced to what is pushed and mailed, as each account wants it."""
