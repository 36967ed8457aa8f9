"""One way to send a push for each service that takes them."""

from hubbub.push.pushers.apns import ApnsKey, ApnsPusher
from hubbub.push.pushers.fcm import FcmPusher, ServiceAccount
from hubbub.push.pushers.outcome import Outcome, Pusher
from hubbub.push.pushers.web import WebPusher

__all__ = ["ApnsKey", "ApnsPusher", "FcmPusher", "Outcome", "Pusher", "ServiceAccount", "WebPusher"]
