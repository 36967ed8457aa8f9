"""Valkey: an auto-pipelined client with deadlines and a circuit, our functions, pub/sub.

Nothing in Valkey is the truth: every user of this package goes on, or refuses clearly, without it.
"""

from hubbub.platform.valkey.asking import Ask
from hubbub.platform.valkey.client import Valkey, open_valkey
from hubbub.platform.valkey.errors import BadValkeyUrl, ValkeyRefused, ValkeyUnavailable
from hubbub.platform.valkey.sent import Sent
from hubbub.platform.valkey.subscriptions import Subscription

__all__ = [
    "Ask",
    "BadValkeyUrl",
    "Sent",
    "Subscription",
    "Valkey",
    "ValkeyRefused",
    "ValkeyUnavailable",
    "open_valkey",
]
