"""Profile pages: the public profile of an account with exact counts and how the viewer stands to it."""
