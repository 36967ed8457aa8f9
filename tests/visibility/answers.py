"""What the tables of policy.py say about one cell."""

from tests.visibility import policy

VIEWERS = (
    "nobody",
    "author",
    "follower",
    "stranger",
    "mentioned",
    "blocked",
    "blocker",
    "muter",
    "suspended",
)
SEEING = ("own", "open", "few")
FINDING = ("self", "found", "shut")
# How a problem is called when the table gives its status alone.
CODES = {"401": "unauthorized"}


def covered_operations() -> set[str]:
    tables = (
        policy.POST_OPERATIONS,
        policy.ACCOUNT_OPERATIONS,
        policy.OTHER_OPERATIONS,
        policy.CONVERSATION_OPERATIONS,
    )
    return {name.partition(".")[0] for table in tables for name in table}


def standing(objects: dict[str, dict[str, str]], kind: str, viewer: str) -> str:
    return "barred" if viewer == "suspended" else objects[kind][viewer]


def post_answer(operation: str, kind: str, viewer: str) -> str:
    """Such as `200` or `404:post_not_found`."""
    row = policy.POST_OPERATIONS[operation]
    answer = _answer(row, standing(policy.POSTS, kind, viewer), viewer)
    return _named(answer, "post_not_found")


def account_answer(operation: str, kind: str, viewer: str) -> str:
    row = policy.ACCOUNT_OPERATIONS[operation]
    answer = _exception(operation, kind, viewer)
    if answer is None:
        answer = _answer(row, standing(policy.ACCOUNTS, kind, viewer), viewer)
    is_request = operation.endswith("FollowRequest")
    return _named(answer, "follow_request_not_found" if is_request else "account_not_found")


def other_answer(operation: str, viewer: str) -> str:
    return _named(policy.OTHER_OPERATIONS[operation][viewer], "")


def conversation_answer(operation: str, stands: str) -> str:
    return _named(policy.CONVERSATION_OPERATIONS[operation][stands], "conversation_not_found")


def sees_post(kind: str, viewer: str) -> bool:
    return standing(policy.POSTS, kind, viewer) in SEEING


def finds_account(kind: str, viewer: str) -> bool:
    return standing(policy.ACCOUNTS, kind, viewer) in FINDING


def list_holds_post(list_: str, kind: str, viewer: str) -> bool:
    own_table = policy.POST_LISTS if list_ in policy.POST_LISTS else policy.ECHOES
    is_below, is_comment = kind.startswith("below_"), kind in policy.COMMENTS
    facts = {
        "seen": sees_post(kind, viewer),
        "top": not is_comment,
        "comment": is_comment and kind != "below_deleted",
        "listed": kind in policy.LISTED,
        "follows": viewer in ("author", "follower", "muter"),
        "unmuted": viewer != "muter" or is_below,
        "signed": viewer not in ("nobody", "suspended"),
        "pinned": True,
        "apart": list_ in policy.POST_LISTS or not list_holds_post("getHome", kind, viewer),
    }
    return all(facts[word] for word in own_table[list_]["when"].split(","))


def list_holds_account(list_: str, kind: str, viewer: str) -> bool:
    facts = {
        "found": finds_account(kind, viewer),
        "follows": viewer in ("author", "follower", "muter"),
        "unblocked": viewer != "blocker",
        "blocks": viewer == "blocker",
        "mutes": viewer == "muter",
        "asked": kind == "asking" and viewer not in ("nobody", "author", "blocked", "blocker", "suspended"),
    }
    return all(facts[word] for word in policy.ACCOUNT_LISTS[list_]["when"].split(","))


def _answer(row: dict[str, str], stands: str, viewer: str) -> str:
    if stands == "barred":
        return "403:account_suspended"
    if stands == "ended":
        return "401:invalid_token"
    if viewer == "nobody" and row["token"] == "needed":
        return "401"
    return row[stands]


def _exception(operation: str, kind: str, viewer: str) -> str | None:
    kinds = (kind, "gone") if kind in policy.GONE else (kind,)
    for name, row in policy.EXCEPTIONS.items():
        if (
            name.partition("#")[0] == operation
            and row["object"] in kinds
            and viewer in row["viewer"].split(",")
        ):
            return row["answer"]
    return None


def _named(answer: str, not_found: str) -> str:
    status, _, code = answer.partition(":")
    if int(status) < 400:
        return status
    return f"{status}:{code or CODES.get(status) or not_found}"
