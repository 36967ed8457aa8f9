from hubbub.errors import Conflict, NotFound


class NotificationNotFound(NotFound):
    code = "notification_not_found"
    message = "You have no such notification."


class BellNeedsFollow(Conflict):
    code = "bell_needs_follow"
    message = "Only people whom you follow can ring your bell."
