"""The baseline: a social backend as a tutorial builds it in Node.js, beside Hubbub on the same engines."""

from benchmarks.tutorial.data import copy_people, create_database, drop_database, recount
from benchmarks.tutorial.packages import Packages, TutorialUnavailable, hash_password, install, is_installed
from benchmarks.tutorial.stack import Engines, Style, notifier_command, running_tutorial
from benchmarks.tutorial.target import TutorialTarget
from benchmarks.tutorial.warm_up import warm_up

__all__ = [
    "Engines",
    "Packages",
    "Style",
    "TutorialTarget",
    "TutorialUnavailable",
    "copy_people",
    "create_database",
    "drop_database",
    "hash_password",
    "install",
    "is_installed",
    "notifier_command",
    "recount",
    "running_tutorial",
    "warm_up",
]
