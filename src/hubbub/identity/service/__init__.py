"""The verbs of the identity slice, by what they are about."""
