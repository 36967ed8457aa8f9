from hubbub.errors import Conflict, NotFound


class SubscriptionNotFound(NotFound):
    code = "subscription_not_found"
    message = "You have no such push subscription."


class TooManySubscriptions(Conflict):
    code = "too_many_subscriptions"
    message = "An account has at most 20 push subscriptions; delete one first."


class ServiceNotConfigured(Conflict):
    code = "push_service_not_configured"
    message = "This server does not send through that push service; GET /v1/push/key says which it does."
