"""Every command says what it is for, with nothing running and nothing set."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from hubbub.cli import COMMANDS, main


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = list(commands(main))
IDS = [" ".join(path) for path, _ in ALL]


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments, env={"HUBBUB_PORT": "no port"})
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result.exit_code, result.output


def test_the_front_lists_every_command_in_the_order_of_their_use() -> None:
    status, said = invoke("--help")

    assert status == 0
    listed = [
        line.split()[0] for line in said.partition("Commands:")[2].splitlines() if line.startswith("  ")
    ]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)
    assert "docs/settings.md" in said


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=IDS)
def test_help_needs_no_settings_and_no_engines(path: tuple[str, ...]) -> None:
    status, said = invoke(*path, "--help")

    assert status == 0
    assert said.startswith(f"Usage: main {' '.join(path)}")


@pytest.mark.parametrize("command", [command for _, command in ALL], ids=IDS)
def test_every_command_and_option_says_what_it_is_for(command: click.Command) -> None:
    sentence = (command.help or "").partition("\n\n")[0]

    assert sentence.endswith((".", ":")), sentence
    assert len(command.get_short_help_str(200)) > 10
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help is not None:
            assert parameter.help.endswith((".", "?", "now", "now.")), parameter.help


@pytest.mark.parametrize(
    "arguments", [("nothing",), ("admin", "nothing"), ("serve", "--nothing"), ("migrate", "x")]
)
def test_what_is_no_command_is_refused_with_a_way_to_find_one(arguments: tuple[str, ...]) -> None:
    status, said = invoke(*arguments)

    assert status == 2
    assert "--help" in said


# The benchmark of a running system knows its URL and nothing else.
@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"bench", "listen"}))
def test_wrong_settings_stop_each_command_before_it_does_anything(name: str) -> None:
    arguments = {"admin": ("admin", "lag"), "demo": ("demo", "--people", "5")}.get(name, (name,))

    result = CliRunner().invoke(main, arguments, env={"HUBBUB_PORT": "no port", "HUBBUB_PROT": "1"})

    assert isinstance(result.exception, SystemExit)
    said = str(result.exception) + result.output
    assert "HUBBUB_PORT: must be a number, not 'no port'" in said
    assert "HUBBUB_PROT: there is no such setting" in said
