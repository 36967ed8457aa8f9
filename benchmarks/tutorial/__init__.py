"""The baseline: a social backend as a tutorial builds it in Node.js, beside Hubbub on the same engines."""

from benchmarks.tutorial.data import copy_people, create_database, drop_database, recount
from benchmarks.tutorial.packages import TutorialUnavailable, hash_password, install, is_installed
from benchmarks.tutorial.stack import Engines, Style, running_tutorial
from benchmarks.tutorial.target import TutorialTarget
from benchmarks.tutorial.warm_up import warm_up

__all__ = [
    "Engines",
    "Style",
    "TutorialTarget",
    "TutorialUnavailable",
    "copy_people",
    "create_database",
    "drop_database",
    "hash_password",
    "install",
    "is_installed",
    "recount",
    "running_tutorial",
    "warm_up",
]
