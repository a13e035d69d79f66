"""Talking to Plait: one message with `--json` or words on the line, else a conversation."""

import sys
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused, Remote, connected

PROMPT = "> "


def chat(
    message: Annotated[list[str] | None, typer.Argument(help="What you say; without it, a conversation.")] = None,
    conversation: Annotated[
        str | None, typer.Option("--conversation", "-c", help="The conversation to go on with.")
    ] = None,
    env: Annotated[str | None, typer.Option("--env", help="Where what you start runs; dev if left out.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what you need: Plait finds the workflow, asks for what is missing, and starts it on your yes."""
    if as_json and not message:
        raise Refused({"code": "input", "detail": "With --json say one message: plait chat --json 'an expense'."})
    with connected() as api:
        if not message:
            converse(api, conversation, env)
            return
        answer = say(api, " ".join(message), conversation, env)
    if as_json:
        show_json(answer)
    else:
        console.print(escape(answer["reply"]))
        console.print(f"[bright_black]To go on: plait chat -c {answer['conversation_id']} …[/]")


def converse(api: Remote, conversation: str | None, env: str | None) -> None:
    """Line by line, until the end of the input. A message that is refused ends nothing."""
    console.print("Say what you need; Ctrl-D ends this.")
    while (line := read_line()) is not None:
        if not line.strip():
            continue
        try:
            answer = say(api, line, conversation, env)
        except Refused as refused:
            console.print(f"[red]{escape(str(refused))}[/]")
            continue
        conversation = answer["conversation_id"]
        console.print(escape(answer["reply"]))


def read_line() -> str | None:
    """What is typed; None at the end."""
    try:
        return input(PROMPT if sys.stdin.isatty() else "")
    except EOFError:
        return None


def say(api: Remote, message: str, conversation: str | None, env: str | None) -> dict[str, Any]:
    """One message and its answer."""
    said = {"message": message, "conversation_id": conversation, "environment": env}
    return api.post("/chat", {name: value for name, value in said.items() if value is not None})
