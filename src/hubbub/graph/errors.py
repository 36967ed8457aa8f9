from hubbub.errors import Conflict, Invalid, NotFound


class FollowRequestNotFound(NotFound):
    code = "follow_request_not_found"
    message = "This account has not asked to follow you."


class TooManyFollows(Conflict):
    code = "too_many_follows"
    message = "An account follows, or asks to follow, at most 10,000 others."


class NotYourself(Invalid):
    code = "not_yourself"
    message = "You cannot follow, block or mute yourself."
