"""SQL of the identity slice. One function, one statement."""
