"""A made-up population of any size up to a million, the same for the same seed, loaded by COPY.

    summary = await load(database_url, Population(accounts=100_000), progress=...)

The database must be migrated and empty. It ends as it would had every one of these people used the
service, and had the worker then finished: only the sessions of their devices have ended by now, and nobody has
notifications but those whom `notify_of_likes` gives some.
"""

from benchmarks.population.load import NotEmpty, load
from benchmarks.population.notifying import notify_of_likes
from benchmarks.population.plan import PASSWORD, Person, Population, Summary

__all__ = ["PASSWORD", "NotEmpty", "Person", "Population", "Summary", "load", "notify_of_likes"]
