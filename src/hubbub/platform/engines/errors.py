class EngineError(Exception):
    """A part cannot be started. The text is for whoever started it, and says what to do."""


class DataDirBusy(EngineError):
    """Another `hubbub run` holds the data directory."""


class PortInUse(EngineError):
    """The port cannot be listened on: mostly another program does."""


class Cancelled(Exception):
    """A signal asked to stop while something was starting."""
