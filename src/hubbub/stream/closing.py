"""Why streams are closed: the codes of RFC 6455 that we use, and our own."""

from enum import IntEnum


class CloseCode(IntEnum):
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    NOT_TEXT = 1003
    NOT_UTF8 = 1007
    TOO_LARGE = 1009
    RESTART = 1012
    TOKEN_EXPIRED = 4001
    SUSPENDED = 4003
    SLOW_CONSUMER = 4008
    SESSION_ENDED = 4010
    FLOOD = 4029
    MALFORMED = 4400


MEANINGS: dict[CloseCode, str] = {
    CloseCode.GOING_AWAY: "The server stops. Connect again with resume_from, two to eight seconds later.",
    CloseCode.PROTOCOL_ERROR: "What was sent is not WebSocket.",
    CloseCode.NOT_TEXT: "A binary message: only text is understood.",
    CloseCode.NOT_UTF8: "A text message that is not UTF-8.",
    CloseCode.TOO_LARGE: "A message of more than 16 KiB.",
    CloseCode.RESTART: "Nobody can say whether the session is still good. Connect anew, as after 1001.",
    CloseCode.TOKEN_EXPIRED: "The access token ran out. Refresh it and connect again with resume_from.",
    CloseCode.SUSPENDED: "The account was suspended. Do not connect again.",
    CloseCode.SLOW_CONSUMER: "More waits unread than a stream may hold. Connect again with resume_from.",
    CloseCode.SESSION_ENDED: "Logged out, revoked, or the account is gone. Log in before you connect again.",
    CloseCode.FLOOD: "Too many messages. Wait a minute.",
    CloseCode.MALFORMED: "Too many messages that are no frames.",
}
