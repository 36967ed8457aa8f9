from hubbub.platform.telemetry import metrics

PUSHES = metrics.counter(
    "hubbub_pushes", "Pushes by service and by what became of them.", ["service", "outcome"]
)
SUBSCRIPTIONS_REMOVED = metrics.counter(
    "hubbub_push_subscriptions_removed",
    "Push subscriptions that sending removed: gone by what the service said, later by failing for days.",
    ["service", "outcome"],
)
MAILS = metrics.counter("hubbub_event_mails", "Mails about what happened, by kind.", ["kind"])
