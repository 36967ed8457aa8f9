"""Every sender that the settings accept can send every letter."""

from email import message_from_bytes, policy
from email.utils import parseaddr

from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.mail.letters import Letter, compose
from hubbub.settings import SettingsError, read_settings

LETTER = Letter("ada@example.org", "Hello", "Hello @ada")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def accepted(sender: str) -> str | None:
    try:
        return read_settings({"HUBBUB_MAIL_FROM": sender}).mail.sender
    except SettingsError:
        return None


@given(
    NAMES, st.sampled_from(["{} <hubbub@example.org>", '"{}" <hubbub@example.org>', "{}@example.org", "{}"])
)
def test_a_sender_that_is_accepted_writes_a_mail_of_one_sender(name: str, form: str) -> None:
    sender = accepted(form.format(name))

    if sender is not None and sender.isascii():
        message = compose(LETTER, mail_id=7 << 22, sender=sender)
        read = message_from_bytes(message.as_bytes(), policy=policy.default)
        assert read.get_all("From") is not None
        assert [read["To"], read["Subject"], read["Bcc"]] == ["ada@example.org", "Hello", None]


@given(st.sampled_from(["Zoë", "Хабаб", "ハブ", "Hub 🌊"]))
def test_a_name_in_any_script_arrives(name: str) -> None:
    sender = accepted(f"{name} <hubbub@example.org>")
    assert sender is not None

    raw = compose(LETTER, mail_id=7 << 22, sender=sender).as_bytes()

    assert raw.isascii()
    assert parseaddr(str(message_from_bytes(raw, policy=policy.default)["From"])) == (
        name,
        "hubbub@example.org",
    )
