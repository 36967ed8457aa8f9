"""The part of the model that is between two people."""

from tests.model.model import Model


class Relations(Model):
    """Verbs of `who` towards `whom`, who are never the same."""

    def follow(self, who: int, whom: int) -> int:
        if self.is_parted(who, whom):
            return 404
        if (who, whom) in self.follows:
            return 200
        if whom in self.private:
            self.requests.add((who, whom))
        else:
            self.requests.discard((who, whom))
            self.follows.add((who, whom))
        return 200

    def unfollow(self, who: int, whom: int) -> int:
        had = (who, whom) in self.follows or (who, whom) in self.requests
        self.follows.discard((who, whom))
        self.requests.discard((who, whom))
        return 200 if had or self.finds(who, whom) else 404

    def remove(self, who: int, whom: int) -> int:
        had = (whom, who) in self.follows
        self.follows.discard((whom, who))
        return 200 if had or self.finds(who, whom) else 404

    def accept(self, who: int, whom: int) -> int:
        if (whom, who) in self.requests:
            self.requests.discard((whom, who))
            self.follows.add((whom, who))
        return 200 if (whom, who) in self.follows else 404

    def reject(self, who: int, whom: int) -> int:
        if (whom, who) not in self.requests:
            return 404
        self.requests.discard((whom, who))
        return 200

    def block(self, who: int, whom: int) -> int:
        if not self.finds(who, whom):
            return 404
        self.blocks.add((who, whom))
        for pair in ((who, whom), (whom, who)):
            self.follows.discard(pair)
            self.requests.discard(pair)
        return 200

    def unblock(self, who: int, whom: int) -> int:
        had = (who, whom) in self.blocks
        self.blocks.discard((who, whom))
        return 200 if had or self.finds(who, whom) else 404

    def mute(self, who: int, whom: int, scope: str) -> int:
        if not self.finds(who, whom):
            return 404
        self.mutes[who, whom] = scope
        return 200

    def unmute(self, who: int, whom: int) -> int:
        had = self.mutes.pop((who, whom), None)
        return 200 if had or self.finds(who, whom) else 404

    def open_up(self, who: int) -> None:
        """An account that turns public lets in whoever asked."""
        self.private.discard(who)
        asked = {pair for pair in self.requests if pair[1] == who}
        self.requests -= asked
        self.follows |= asked
