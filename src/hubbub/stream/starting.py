"""What a process keeps for its streams."""

from functools import partial

from hubbub.identity import Identity
from hubbub.platform.live import Hub, LiveLog
from hubbub.platform.services import Services, TicketOffice
from hubbub.stream.gateway import Gateway
from hubbub.stream.judge import judge_entries
from hubbub.stream.post_topics import PostTopics
from hubbub.stream.presence import PresenceTopics
from hubbub.stream.streams import Stream
from hubbub.stream.tickets import Tickets


async def start_stream(services: Services) -> None:
    def topics_of(account_id: int) -> set[str]:
        streams = (each for each in hub.members_of(account_id) if isinstance(each, Stream))
        return {topic for stream in streams for topic in stream.topics or ()}

    live_log = services.part(LiveLog)
    posts = PostTopics(services)
    presence = PresenceTopics(services, live_log, topics_of)
    hub = Hub(
        services.valkey,
        live_log,
        judge=partial(judge_entries, services),
        on_presence=presence.device_moved,
    )
    posts.start()
    await presence.start()
    gateway = Gateway(services, hub, posts, presence)
    tickets = Tickets(services.valkey, services.part(Identity).states)
    services.add(presence)
    services.add(tickets)
    services.add(tickets, as_type=TicketOffice)
    services.add(gateway)
    services.closers.append(gateway.close)
