from hubbub.errors import Conflict, Invalid, NotAllowed, NotFound


class ConversationNotFound(NotFound):
    code = "conversation_not_found"
    message = "You are in no such conversation."


class MessageNotFound(NotFound):
    code = "message_not_found"
    message = "There is no such message, or it is not for you."


class MemberNotFound(NotFound):
    code = "member_not_found"
    message = "They are not a member of this group."


class ConversationClosed(NotAllowed):
    code = "conversation_closed"
    message = "Nothing more can be written here: one of you blocks the other, or the other is gone."


class AwaitingAcceptance(NotAllowed):
    code = "awaiting_acceptance"
    message = "They have not accepted yet; more can be written once they do."


class NotAccepted(NotAllowed):
    code = "request_not_accepted"
    message = "Accept the request first."


class NotYourMessage(NotAllowed):
    code = "not_your_message"
    message = "Only whoever wrote a message may do this."


class NotGroupAdmin(NotAllowed):
    code = "not_group_admin"
    message = "Your role in the group does not allow this."


class NotAGroup(Conflict):
    code = "not_a_group"
    message = "This is a conversation of two."


class EditTooLate(Conflict):
    code = "edit_too_late"
    message = "A message can be edited for 24 hours."


class GroupFull(Conflict):
    code = "group_full"
    message = "A group has at most 256 members."


class TooManyReactions(Conflict):
    code = "too_many_reactions"
    message = "A message takes at most 20 different reactions."


class ClientIdReused(Invalid):
    code = "client_id_reused"
    message = "Another message was sent under this client_id."
