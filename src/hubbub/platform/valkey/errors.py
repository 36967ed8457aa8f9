"""What a call to Valkey can raise."""


class ValkeyUnavailable(Exception):
    """No answer in time, or one that says "not now". Whether the command took effect is unknown.

    The caller decides whether to go on without Valkey (fail open) or to refuse (fail shut).
    """


class BadValkeyUrl(ValueError):
    """The URL cannot be understood, or names a file that cannot be read. The text holds no password."""


class ValkeyRefused(Exception):
    """Valkey understood the command and refused it: a bug in the caller or in the set-up."""
