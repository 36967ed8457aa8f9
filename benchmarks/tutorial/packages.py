"""Node.js and the packages that the app needs, installed from npm into a cache outside of the source."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE / "package.json"
CACHE = HERE.parents[1] / ".data" / "tutorial"
OLDEST_NODE = 20
INSTALL_SECONDS = 300
INSTALL = ("install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev")


class TutorialUnavailable(Exception):
    """The baseline cannot run here, so there is nothing to compare with: the run is void."""


@dataclass(frozen=True, slots=True)
class Packages:
    node: str
    modules: Path

    def environment(self) -> dict[str, str]:
        """`require` looks for packages there, since they do not lie beside the app."""
        return {"PATH": os.environ.get("PATH", os.defpath), "NODE_PATH": str(self.modules)}

    def versions(self) -> dict[str, str]:
        """What is really there, for the conditions of a report."""
        found = {"node": _run([self.node, "--version"]).lstrip("v")}
        for name in sorted(json.loads(PACKAGE.read_text())["dependencies"]):
            found[name] = json.loads((self.modules / name / "package.json").read_text())["version"]
        return found


def install(cache: Path = CACHE) -> Packages:
    """Install what package.json names, once for each content of it. Raises TutorialUnavailable."""
    node = _node()
    directory = _directory(cache)
    if not directory.exists():
        _install_into(directory)
    return Packages(node, directory / "node_modules")


def is_installed(cache: Path = CACHE) -> bool:
    return shutil.which("node") is not None and _directory(cache).exists()


def _directory(cache: Path) -> Path:
    return cache / hashlib.sha256(PACKAGE.read_bytes()).hexdigest()[:16]


def hash_password(packages: Packages, password: str) -> str:
    """As the app hashes it when somebody registers."""
    script = "require('bcryptjs').hash(process.argv[1], 10).then((hash) => console.log(hash))"
    return _run([packages.node, "-e", script, password], environment=packages.environment())


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise TutorialUnavailable(
            f"the baseline needs Node.js {OLDEST_NODE} or newer with npm, and there is no `node` here. "
            "Install it (on Debian and Ubuntu: apt install nodejs npm), or leave the baseline out."
        )
    version = _run([node, "--version"])
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        raise TutorialUnavailable(
            f"the baseline needs Node.js {OLDEST_NODE} or newer, and this is {version}."
        )
    return node


def _install_into(directory: Path) -> None:
    """In a draft that is renamed at the end: stopped half-way, it begins anew."""
    npm = shutil.which("npm")
    if npm is None:
        raise TutorialUnavailable(
            "the baseline needs npm, and there is none here. "
            "Install it (on Debian and Ubuntu: apt install npm), or leave the baseline out."
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=directory.parent))
    try:
        shutil.copy(PACKAGE, draft)
        _run([npm, *INSTALL], directory=draft, environment=dict(os.environ))
        if not directory.exists():
            draft.rename(directory)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _run(
    command: list[str], *, directory: Path | None = None, environment: dict[str, str] | None = None
) -> str:
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TutorialUnavailable(f"{name} did not finish within {INSTALL_SECONDS} seconds.") from None
    if done.returncode != 0:
        raise TutorialUnavailable(f"{name} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout.strip()
