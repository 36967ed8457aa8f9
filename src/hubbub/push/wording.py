"""What pushes and mails say of each kind: in words for any screen, and with names for their owner's eyes."""

_ACTS = {
    "like": "liked your post",
    "comment": "answered you",
    "mention": "mentioned you",
    "repost": "reposted your post",
    "quote": "quoted your post",
    "follow": "followed you",
    "follow_request": "asked to follow you",
    "follow_accepted": "accepted your request to follow them",
    "post": "posted something new",
    "message_request": "would like to write to you",
}
_FACTS = {
    "moderation": "The moderators have written to you",
    "poll_ended": "A poll has ended",
}
MESSAGE = "New message"
# What is told of in one group; for all other kinds each is a group of its own.
_CROWDS = ("like", "repost", "follow", "follow_request")


def closed_title(kind: str, count: int) -> str:
    """Names nobody. For a kind that is not known here it says that something has happened."""
    if kind not in _ACTS:
        return _FACTS.get(kind, "Something new for you")
    if kind in _CROWDS and count > 1:
        return f"{count:,} people {_ACTS[kind]}"
    return f"Somebody {_ACTS[kind]}"


def open_title(kind: str, count: int, name: str) -> str:
    if kind not in _ACTS or not name:
        return closed_title(kind, count)
    if kind in _CROWDS and count > 1:
        others = "1 other" if count == 2 else f"{count - 1:,} others"
        return f"{name} and {others} {_ACTS[kind]}"
    return f"{name} {_ACTS[kind]}"


def message_title(sender_name: str, group_name: str) -> str:
    return f"{sender_name} in {group_name}" if group_name else sender_name
