"""The one shape in which a typed value is refused."""

from hubbub.errors import FieldError, Invalid


def refusal(field: str, code: str, detail: str) -> Invalid:
    """The error to raise when the body's `field` breaks the rule `code`; `detail` is shown to people."""
    return Invalid(f"{field}: {code}", errors=[FieldError(pointer=f"/{field}", code=code, detail=detail)])
