"""What reaches people who are not connected: web push, mobile push, mail."""

from hubbub.push.parts import PushServices, start_push
from hubbub.push.planning import Notice, plan_pushes
from hubbub.push.routes import ROUTES
from hubbub.push.unsubscribing import unsubscribe_url

__all__ = ["ROUTES", "Notice", "PushServices", "plan_pushes", "start_push", "unsubscribe_url"]
