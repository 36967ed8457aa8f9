"""From rows to what everybody may see."""

from hubbub.accounts.queries import Account
from hubbub.accounts.schemas import (
    BioEntities,
    CardView,
    FieldView,
    LinkView,
    MentionView,
    PublicProfile,
    TagView,
)
from hubbub.platform.http import show_time
from hubbub.platform.ids import id_time


def card_view(account: Account, public_url: str) -> CardView:
    return CardView(
        id=str(account.id),
        handle=account.handle,
        display_name=account.display_name,
        avatar=_avatar(account, public_url),
        is_private=account.is_private,
    )


def public_profile(account: Account, public_url: str) -> PublicProfile:
    entities = account.bio_entities
    return PublicProfile(
        id=str(account.id),
        handle=account.handle,
        display_name=account.display_name,
        avatar=_avatar(account, public_url),
        is_private=account.is_private,
        bio=account.bio,
        bio_entities=BioEntities(
            mentions=tuple(MentionView(handle=m.handle, start=m.start, end=m.end) for m in entities.mentions),
            tags=tuple(TagView(tag=t.tag, start=t.start, end=t.end) for t in entities.tags),
            links=tuple(LinkView(url=link.url, start=link.start, end=link.end) for link in entities.links),
        ),
        fields=tuple(FieldView(name=field.name, value=field.value) for field in account.fields),
        links=account.links,
        is_discoverable=account.is_discoverable,
        created_at=show_time(id_time(account.id)),
    )


def _avatar(account: Account, public_url: str) -> str:
    return f"{public_url}/v1/accounts/{account.id}/avatar"
