from email.utils import parseaddr
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hubbub.platform.outgoing import Outgoing, UrlRules
from hubbub.platform.services import Services
from hubbub.push.pushers import ApnsKey, ApnsPusher, FcmPusher, Pusher, ServiceAccount, WebPusher
from hubbub.push.sending import Sender
from hubbub.push.targets import ApnsTarget, FcmTarget, Target, WebTarget
from hubbub.push.vapid import Vapid
from hubbub.settings import PushSettings, Settings, SettingsError


class PushServices:
    """What a process keeps for pushes; `services.part(PushServices)`."""

    def __init__(self, services: Services) -> None:
        settings = services.settings
        push = settings.push
        self.rules = UrlRules(push.outgoing_allow, allows_http=not settings.is_production)
        self.vapid = Vapid(services.db, services.keyring, contact=contact_of(settings))
        self._given = Outgoing(self.rules)
        self._own = Outgoing(UrlRules(is_trusted=True))
        self._apple = Outgoing(UrlRules(is_trusted=True), speaks_http2=True)
        pushers: dict[type[Target], Pusher] = {WebTarget: WebPusher(self._given, self.vapid)}
        if push.fcm_credentials:
            account = read_service_account(push.fcm_credentials)
            pushers[FcmTarget] = FcmPusher(self._own, account, url=push.fcm_url)
        if push.apns_key:
            pushers[ApnsTarget] = ApnsPusher(
                self._apple,
                read_apns_key(push),
                topic=push.apns_topic,
                url=push.apns_url,
                sandbox_url=push.apns_sandbox_url,
            )
        self.pushers = pushers
        self.sender = Sender(services.db, services.keyring, pushers)

    async def close(self) -> None:
        await self.sender.close()
        for outgoing in (self._given, self._own, self._apple):
            await outgoing.close()


async def start_push(services: Services) -> None:
    found = PushServices(services)
    services.add(found)
    services.closers.append(found.close)


def contact_of(settings: Settings) -> str:
    return settings.push.contact or f"mailto:{parseaddr(settings.mail.sender)[1]}"


def read_service_account(given: str) -> ServiceAccount:
    """Raises SettingsError, which tells nothing of the secret."""
    try:
        account = msgspec.json.decode(_text_of(given, begins="{"), type=ServiceAccount)
        load_pem_private_key(account.private_key.encode(), password=None)
    except (OSError, ValueError, TypeError) as error:
        said = f"HUBBUB_FCM_CREDENTIALS: is no service account that can be read ({type(error).__name__})"
        raise SettingsError([said]) from None
    return account


def read_apns_key(push: PushSettings) -> ApnsKey:
    """Raises SettingsError, which tells nothing of the secret."""
    try:
        key = load_pem_private_key(_text_of(push.apns_key, begins="-----BEGIN").encode(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError([f"HUBBUB_APNS_KEY: cannot be read ({type(error).__name__})"]) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SettingsError(["HUBBUB_APNS_KEY: is no key of the P-256 curve"])
    return ApnsKey(key, push.apns_key_id, push.apns_team_id)


def _text_of(given: str, *, begins: str) -> str:
    """The value itself, or what is in the file that it names."""
    text = given.strip()
    return text if text.startswith(begins) else Path(text).read_text()
