"""Fills a system with made-up people and what they write, through the same verbs as everybody else."""

from hubbub.demo.graphs import BadGraph, both_ways, make_follows, read_edges
from hubbub.demo.load import DemoExists, Plan, Progress, Summary, fill
from hubbub.demo.people import DemoPerson, make_people

__all__ = [
    "BadGraph",
    "DemoExists",
    "DemoPerson",
    "Plan",
    "Progress",
    "Summary",
    "both_ways",
    "fill",
    "make_follows",
    "make_people",
    "read_edges",
]
