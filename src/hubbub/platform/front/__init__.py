"""The outermost layer of the HTTP process: what every request meets before any route does."""
