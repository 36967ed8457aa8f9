"""Where things are, for the tests of the project's own rules."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "hubbub"
TESTS = ROOT / "tests"

# A slice may use those before it, never those after it.
ORDER = (
    "visibility",
    "accounts",
    "identity",
    "graph",
    "reactions",
    "posts",
    "profiles",
    "interactions",
    "lists",
    "feeds",
    "notifications",
    "messages",
    "push",
    "stream",
    "system",
    "demo",
    "bench",
)


def modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def slice_of(path: Path) -> str:
    """The first part of the path below the package: a slice, `platform`, or a module such as `app`."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")
