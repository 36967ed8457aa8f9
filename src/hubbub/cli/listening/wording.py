"""A line for each frame. What others wrote cannot steer the terminal that shows it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

TEXT_CHARACTERS = 300
DEEDS = {
    "like": "liked your post",
    "comment": "answered you",
    "mention": "mentioned you",
    "repost": "reposted your post",
    "quote": "quoted you",
    "follow": "follows you",
    "follow_request": "asks to follow you",
    "follow_accepted": "lets you follow",
    "post": "posted",
    "message_request": "would like to write to you",
}

Data = Mapping[str, Any]


def in_words(type_: str, data: Any) -> str:
    """What has happened, on one line; JSON for a type or a shape that is not known here."""
    say = WORDS.get(type_)
    if say is not None and isinstance(data, dict):
        try:
            return printable(say(data))
        except (KeyError, TypeError, AttributeError, IndexError):
            pass
    return printable(json.dumps(data, ensure_ascii=False)) if data is not None else ""


def printable(text: str, limit: int = TEXT_CHARACTERS) -> str:
    """On one line, without control characters; what is too long ends in an ellipsis."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _message(data: Data) -> str:
    return f"{_who(data['sender'])}: {data['text']}"


def _who(card: Data | None) -> str:
    return f"@{card['handle']}" if card else "somebody"


def _counts(data: Data) -> str:
    return f"post {data['post_id']}: " + ", ".join(f"{n} {name}" for name, n in data["counts"].items() if n)


def _notification(data: Data) -> str:
    accounts, kind = data["accounts"], data["kind"]
    who = ", ".join(map(_who, accounts[:2]))
    others = data["count"] - len(accounts[:2])
    did = DEEDS.get(kind, kind)
    said = data.get("text") or (data.get("post") or {}).get("text") or ""
    named = f"{who or 'somebody'}{f' and {others} more' if others > 0 else ''} {did}"
    return f"{named}: {said}" if said else named


WORDS: Mapping[str, Callable[[Data], str]] = {
    "message": _message,
    "message.updated": _message,
    "notification": _notification,
    "feed": lambda data: f"post {data['post_id']} is new at {data['feed']}",
    "post.counts": _counts,
    "post.updated": lambda data: f"post {data['post_id']} was edited",
    "post.deleted": lambda data: f"post {data['post_id']} is gone",
    "presence": lambda data: f"account {data['account_id']} is {data['state']}",
    "typing": lambda data: f"account {data['account_id']} types",
    "message.deleted": lambda data: f"message {data['id']} is gone",
    "conversation": lambda data: f"conversation {data['id']}: {data['news']}",
    "marker": lambda data: f"{data['marker']}: {data['unread']} unread",
    "receipt": lambda data: f"account {data['account_id']} has read up to {data['read_up_to']}",
    "subscribed": lambda data: ", ".join(data["topics"]),
    "unsubscribed": lambda data: ", ".join(data["topics"]) + f" {data.get('reason', '')}".rstrip(),
    "error": lambda data: data["message"],
    "session": lambda data: data["state"],
}
