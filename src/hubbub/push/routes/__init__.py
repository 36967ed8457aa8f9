from hubbub.push.routes.mails import routes as mails
from hubbub.push.routes.subscriptions import routes as subscriptions

ROUTES = (subscriptions, mails)

__all__ = ["ROUTES"]
