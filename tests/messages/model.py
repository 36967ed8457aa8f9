"""What conversations are, without a database: who is in them, and what each sees."""

from dataclasses import dataclass, field
from itertools import count
from typing import Literal

State = Literal["member", "requested", "declined", "left"]
IN = ("member", "requested")


@dataclass
class Letter:
    sender: int
    text: str
    id: str = ""
    is_deleted: bool = False
    hidden_by: set[int] = field(default_factory=set)


@dataclass
class Seat:
    state: State
    came: int
    role: str = "member"
    start: int = 0
    """Letters up to this number are not for them."""
    read: int = 0
    activity: int = 0
    """0 while it is in neither inbox nor requests."""


@dataclass
class Talk:
    is_group: bool
    shows_all: bool = False
    id: str = ""
    letters: list[Letter] = field(default_factory=list)
    seats: dict[int, Seat] = field(default_factory=dict)

    def seat(self, who: int) -> Seat | None:
        found = self.seats.get(who)
        return found if found is not None and found.state in IN else None

    def other(self, who: int) -> tuple[int, Seat]:
        return next((person, seat) for person, seat in self.seats.items() if person != who)


class Model:
    """Each verb answers with the status that the API must answer with."""

    def __init__(self) -> None:
        self.talks: list[Talk] = []
        self.blocks: set[tuple[int, int]] = set()
        self.closed: set[int] = set()
        """Who is asked by everybody that wants to write."""
        self.clock = count(1)

    def is_blocked(self, one: int, other: int) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    # Beginning

    def open_pair(self, who: int, other: int) -> tuple[int, Talk | None]:
        if self.is_blocked(who, other):
            return 404, None
        for talk in self.talks:
            if not talk.is_group and set(talk.seats) == {who, other}:
                if talk.seats[who].state == "declined":
                    talk.seats[who].state = "requested"
                return 200, talk
        now = next(self.clock)
        seats = {who: Seat("member", now, activity=now), other: Seat("requested", next(self.clock))}
        self.talks.append(Talk(is_group=False, seats=seats))
        return 201, self.talks[-1]

    def create_group(self, who: int, others: set[int], *, shows_all: bool) -> tuple[int, Talk | None]:
        others = others - {who}
        if any(self.is_blocked(who, other) for other in others):
            return 404, None
        now = next(self.clock)
        talk = Talk(is_group=True, shows_all=shows_all)
        talk.seats[who] = Seat("member", now, "owner", activity=now)
        for other in sorted(others):
            state: State = "requested" if other in self.closed else "member"
            talk.seats[other] = Seat(state, next(self.clock), activity=now)
        self.talks.append(talk)
        return 201, talk

    # Letters

    def send(self, who: int, talk: Talk, letter: Letter) -> int:
        me = talk.seat(who)
        if me is None:
            return 404
        if talk.is_group and me.state != "member":
            return 403
        if not talk.is_group:
            status = self._send_to_other(who, talk)
            if status != 201:
                return status
        before, now = len(talk.letters), next(self.clock)
        me.state = "member"
        talk.letters.append(letter)
        for seat in talk.seats.values():
            if seat.state in IN:
                seat.activity = now
        if me.read >= before:
            me.read = before + 1
        return 201

    def _send_to_other(self, who: int, talk: Talk) -> int:
        person, other = talk.other(who)
        if self.is_blocked(who, person):
            return 403
        if other.state == "requested" and person not in self.closed:
            other.state = "member"
        elif other.state != "member" and sum(letter.sender == who for letter in talk.letters) >= 3:
            return 403
        return 201

    def may_see(self, who: int, talk: Talk, letter: Letter) -> bool:
        me = talk.seat(who)
        if me is None or talk.letters.index(letter) < me.start or who in letter.hidden_by:
            return False
        return not (talk.is_group and self.is_blocked(who, letter.sender))

    def edit(self, who: int, talk: Talk, letter: Letter, text: str) -> int:
        if not self.may_see(who, talk, letter) or letter.is_deleted:
            return 404
        is_closed = not talk.is_group and self.is_blocked(who, talk.other(who)[0])
        if letter.sender != who or is_closed:
            return 403
        letter.text = text
        return 200

    def delete_for_all(self, who: int, talk: Talk, letter: Letter) -> int:
        me = talk.seat(who)
        if me is None or not self.may_see(who, talk, letter):
            return 404
        is_admin = talk.is_group and me.state == "member" and me.role != "member"
        if letter.sender != who and not is_admin:
            return 403
        letter.is_deleted = True
        return 204

    def delete_for_me(self, who: int, talk: Talk, letter: Letter) -> int:
        if not self.may_see(who, talk, letter):
            return 404
        letter.hidden_by.add(who)
        return 204

    def read(self, who: int, talk: Talk, letter: Letter) -> int:
        me = talk.seat(who)
        if me is None:
            return 404
        me.read = max(me.read, talk.letters.index(letter) + 1)
        return 200

    # Members

    def _refuses(self, who: int, talk: Talk) -> int | None:
        """Why somebody who is no admin of a group may not do what admins do."""
        me = talk.seat(who)
        if me is None:
            return 404
        if not talk.is_group:
            return 409
        return 403 if me.state != "member" or me.role == "member" else None

    def add(self, who: int, talk: Talk, whom: int) -> int:
        refusal = self._refuses(who, talk)
        found = talk.seats.get(whom)
        if refusal is not None:
            return refusal
        if found is not None and found.state != "left":
            return 200
        if self.is_blocked(who, whom):
            return 404
        state: State = "requested" if found is not None or whom in self.closed else "member"
        now, length = next(self.clock), len(talk.letters)
        start = 0 if talk.shows_all else length
        talk.seats[whom] = Seat(state, now, start=start, read=length, activity=now)
        return 200

    def remove(self, who: int, talk: Talk, whom: int) -> int:
        if who == whom:
            return self.leave(who, talk)
        refusal = self._refuses(who, talk)
        found = talk.seats.get(whom)
        if refusal is not None:
            return refusal
        if found is None or found.state == "left":
            return 204
        if talk.seats[who].role != "owner" and found.role != "member":
            return 403
        del talk.seats[whom]
        self._see_to_owner(talk)
        return 204

    def leave(self, who: int, talk: Talk) -> int:
        me = talk.seat(who)
        if me is None:
            return 404
        if me.state == "requested":
            me.state = "declined"
        elif talk.is_group:
            me.state, me.role = "left", "member"
            self._see_to_owner(talk)
        else:
            me.start, me.read, me.activity = len(talk.letters), len(talk.letters), 0
        return 204

    def accept(self, who: int, talk: Talk) -> int:
        me = talk.seat(who)
        if me is None:
            return 404
        me.state = "member"
        return 200

    def decline(self, who: int, talk: Talk) -> int:
        me = talk.seat(who)
        if me is None or me.state != "requested":
            return 404
        me.state = "declined"
        return 204

    def change_role(self, who: int, talk: Talk, whom: int, role: str) -> int:
        refusal = self._refuses(who, talk)
        if refusal is not None:
            return refusal
        if talk.seats[who].role != "owner":
            return 403
        found = talk.seats.get(whom)
        if found is None or found.state != "member":
            return 404
        if who == whom and role != "owner":
            return 403
        if role == "owner":
            talk.seats[who].role = "admin"
        found.role = role
        return 200

    def change_history(self, who: int, talk: Talk) -> int:
        refusal = self._refuses(who, talk)
        if refusal is None:
            talk.shows_all = not talk.shows_all
        return refusal or 200

    def _see_to_owner(self, talk: Talk) -> None:
        members = [seat for seat in talk.seats.values() if seat.state == "member"]
        if not members:
            self.talks.remove(talk)
            talk.seats.clear()
        elif all(seat.role != "owner" for seat in members):
            heir = min(members, key=lambda seat: (seat.role != "admin", seat.came))
            heir.role = "owner"

    # What each sees

    def letters(self, who: int, talk: Talk) -> list[Letter]:
        return [letter for letter in talk.letters if self.may_see(who, talk, letter)]

    def unread(self, who: int, talk: Talk) -> int:
        me = talk.seat(who)
        if me is None or me.state != "member":
            return 0
        return sum(
            letter.sender != who and not letter.is_deleted and self.may_see(who, talk, letter)
            for letter in talk.letters[me.read :]
        )

    def listed(self, who: int, state: State) -> list[Talk]:
        """Latest first."""
        found = [
            (seat.activity, talk)
            for talk in self.talks
            if (seat := talk.seats.get(who)) is not None and seat.state == state and seat.activity
            if state == "member" or talk.is_group or not self.is_blocked(who, talk.other(who)[0])
        ]
        return [talk for _, talk in sorted(found, key=lambda each: -each[0])]
