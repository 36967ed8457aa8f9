from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("hubbub")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


VERSION = _version()
