"""What somebody may type while they listen."""

import json
from dataclasses import dataclass

HELP = """\
  any text               a message to the conversation that was written in last
  /to @handle text       a message to somebody
  /like POST             like a post, by its id
  /comment POST text     answer a post
  /json {"type": …}      send a frame as it is, such as {"type": "subscribe", "topics": ["post:1"]}
  /quit                  stop"""


class Unclear(Exception):
    """The line is none of these; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class SayTo:
    handle: str
    text: str


@dataclass(frozen=True, slots=True)
class Like:
    post_id: str


@dataclass(frozen=True, slots=True)
class Comment:
    post_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Send:
    frame: str


@dataclass(frozen=True, slots=True)
class Help:
    pass


@dataclass(frozen=True, slots=True)
class Quit:
    pass


Deed = Say | SayTo | Like | Comment | Send | Help | Quit


def read_line(line: str) -> Deed | None:
    """None for an empty line. Raises Unclear."""
    line = line.strip()
    if not line:
        return None
    if not line.startswith("/"):
        return Say(line)
    word, _, rest = line.partition(" ")
    return _command(word, rest.strip())


def _command(word: str, rest: str) -> Deed:
    first, _, text = rest.partition(" ")
    match word:
        case "/to" if first.lstrip("@") and text.strip():
            return SayTo(first.lstrip("@"), text.strip())
        case "/like" if rest.isascii() and rest.isdigit():
            return Like(rest)
        case "/comment" if first.isascii() and first.isdigit() and text.strip():
            return Comment(first, text.strip())
        case "/json":
            return Send(_checked(rest))
        case "/help":
            return Help()
        case "/quit" | "/exit":
            return Quit()
    raise Unclear(f"{word}: not like this. You can type\n{HELP}")


def _checked(text: str) -> str:
    try:
        json.loads(text)
    except ValueError:
        raise Unclear(f"/json: {text[:60]} is no JSON") from None
    return text
