from hubbub.errors import Conflict, NotFound


class AccountNotFound(NotFound):
    code = "account_not_found"
    message = "There is no such account, or you may not see it."


class HandleTaken(Conflict):
    code = "handle_taken"
    message = "This handle, or one that looks like it, is taken."
