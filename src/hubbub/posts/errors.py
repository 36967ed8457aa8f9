from hubbub.errors import Conflict, Invalid, NotAllowed, NotFound


class PostNotFound(NotFound):
    code = "post_not_found"
    message = "There is no such post, or you may not see it."


class QuoteNotFound(NotFound):
    code = "quote_not_found"
    message = "There is no such post to quote, or you may not see it."


class QuoteNotAllowed(NotAllowed):
    code = "quote_not_allowed"
    message = "This post is not for everyone, so it cannot be quoted."


class RepostNotAllowed(NotAllowed):
    code = "repost_not_allowed"
    message = "This post is not for everyone, so it cannot be reposted."


class RepliesRestricted(NotAllowed):
    code = "replies_restricted"
    message = "The author lets only some people answer here."


class NotYourPost(NotAllowed):
    code = "not_your_post"
    message = "Only its author can do this to a post."


class MediaNotFound(Invalid):
    code = "media_not_found"
    message = "There is no such file, or it is not yours."


class TooDeep(Invalid):
    code = "too_deep"
    message = "Comments can be nested 32 levels deep; answer one further up."


class VisibilityWidened(Invalid):
    code = "visibility_widened"
    message = "A post that has been shown to few cannot be opened to more; write it anew."


class RepostNotEditable(Invalid):
    code = "repost_not_editable"
    message = "A repost has no text of its own; edit the post that it points at, or delete the repost."


class PollNotFound(NotFound):
    code = "poll_not_found"
    message = "This post has no poll."


class OwnPoll(NotAllowed):
    code = "own_poll"
    message = "Nobody votes in a poll of their own."


class PollClosed(Conflict):
    code = "poll_closed"
    message = "The poll is closed."


class AlreadyVoted(Conflict):
    code = "already_voted"
    message = "You have voted for something else; votes are final."
