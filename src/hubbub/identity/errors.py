from hubbub.errors import BadRequest, Conflict, Invalid, NotAllowed, NotFound, Unauthorized, Unavailable


class InvalidCredentials(Unauthorized):
    code = "invalid_credentials"
    message = "The name, the password or the code is wrong."


class TotpRequired(Unauthorized):
    code = "totp_required"
    message = "This account has a second factor; send its code as `totp`."


class InvalidToken(Unauthorized):
    code = "invalid_token"
    message = "The access token is not valid, or its session has ended."


class InvalidRefreshToken(Unauthorized):
    code = "invalid_refresh_token"
    message = "The refresh token is not valid, or its session has ended."


class RefreshReused(Unauthorized):
    code = "refresh_reused"
    message = "This refresh token was used before, so its session has been ended; log in again."


class AccountSuspended(NotAllowed):
    code = "account_suspended"
    message = "This account is suspended."


class ReauthRequired(NotAllowed):
    code = "reauth_required"
    message = "Prove who you are again at /v1/auth/reauthenticate, then retry."


class WrongPassword(NotAllowed):
    code = "wrong_password"
    message = "The password or the code is wrong."


class TotpNeeded(NotAllowed):
    code = "totp_required"
    message = "This account has a second factor; send its code as `totp`."


class EmailTaken(Conflict):
    code = "email_taken"
    message = "This e-mail address belongs to an account already."


class TotpAlreadyOn(Conflict):
    code = "totp_already_on"
    message = "The second factor is on already; turn it off before starting anew."


class TotpNotStarted(Conflict):
    code = "totp_not_started"
    message = "Begin with POST /v1/auth/totp."


class TotpIsOff(Conflict):
    code = "totp_is_off"
    message = "This account has no second factor."


class TotpCodeWrong(Invalid):
    code = "totp_code_wrong"
    message = "The code is wrong, too old, or was used before."


class MailTokenInvalid(BadRequest):
    code = "token_invalid"
    message = "The link was used before, is too old, or is not one of ours."


class EmailVerified(Conflict):
    code = "email_verified"
    message = "The e-mail address is verified already."


class SessionNotFound(NotFound):
    code = "session_not_found"
    message = "There is no such session of this account."


class Busy(Unavailable):
    code = "busy"
    message = "Too much is asked of the server right now; try again in a moment."
