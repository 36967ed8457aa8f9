"""Requests to other servers. Those to URLs that people give reach public addresses only."""

from hubbub.platform.outgoing.addresses import is_public
from hubbub.platform.outgoing.client import Answer, HostResting, Outgoing, OutgoingFailed
from hubbub.platform.outgoing.network import AddressNotAllowed
from hubbub.platform.outgoing.urls import Destination, UrlNotAllowed, UrlRules

__all__ = [
    "AddressNotAllowed",
    "Answer",
    "Destination",
    "HostResting",
    "Outgoing",
    "OutgoingFailed",
    "UrlNotAllowed",
    "UrlRules",
    "is_public",
]
