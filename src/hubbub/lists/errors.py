from hubbub.errors import Conflict, NotFound


class ListNotFound(NotFound):
    code = "list_not_found"
    message = "You have no such list."


class TooManyLists(Conflict):
    code = "too_many_lists"
    message = "An account has at most 50 lists; delete one first."


class TooManyMembers(Conflict):
    code = "too_many_members"
    message = "A list has at most 500 members; remove one first."


class MemberNotFollowed(Conflict):
    code = "member_not_followed"
    message = "Only people whom you follow, and you, can be on a list of yours."
