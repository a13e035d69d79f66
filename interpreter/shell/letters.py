"""Opens letters one after another, so that what came first also counts first."""

from typing import Any

from interpreter.messages import (
    CancelRequested,
    DeadlinePassed,
    Delivered,
    Event,
    NoteVote,
    Overridden,
    OverriddenAhead,
    TimerFired,
    Voted,
)
from interpreter.messages.events import RunStarted
from interpreter.messages.results import Result
from interpreter.paths import locate
from interpreter.shell import commands
from interpreter.shell.ask import ask
from interpreter.shell.children import Children
from interpreter.shell.flush import Flusher
from interpreter.shell.keys import Key, Places, result_of
from interpreter.shell.mailbox import Letter, Mailbox
from interpreter.shell.wire import (
    LOAD_EVENTS,
    LOAD_OVERRIDE,
    LOAD_VOTE,
    LoadedEvents,
    LoadedOverride,
    LoadedVote,
    LoadEvents,
    LoadOverride,
    LoadVote,
    RunInput,
)


class Postman:
    """Turns letters into events. A signal is a hint: the row behind it says what was done, and by whom."""

    def __init__(self, places: Places, run: RunInput, mailbox: Mailbox, flusher: Flusher, children: Children) -> None:
        self._places, self._run, self._mailbox = places, run, mailbox
        self._flusher, self._children = flusher, children

    async def deliver(self) -> None:
        """Open letters for as long as the run lasts."""
        while True:
            letters = await self._mailbox.next_letters()
            events = await self._open(letters)
            self._mailbox.opened(len(letters))
            for event in events:
                self._mailbox.put(event)
            self._mailbox.wake()

    async def _open(self, letters: list[Letter]) -> list[Event]:
        letter = letters[0]
        if letter["kind"] == "event":
            return await self._events(letters)
        if letter["kind"] == "command":
            return await commands.load(self._places, self._run)
        event = await self._open_one(letter)
        return [] if event is None else [event]

    async def _open_one(self, letter: Letter) -> Event | None:
        run_id, project = self._run.run_id, self._run.project
        match letter["kind"]:
            case "timer":
                return TimerFired(letter["node"], letter["generation"], scope=letter.get("scope", 0))
            case "start":
                return run_started(self._run)
            case "deadline":
                return DeadlinePassed()
            case "cancel":
                return CancelRequested(letter["reason"])
            case "child":
                return await self._child(letter)
            case "vote":
                return await self._vote(LoadVote(run_id, project, id=letter["id"]))
            case "override":
                return await self._override(letter["id"])
            case "decide" if self._run.open_mode:
                path, decision, form = letter["path"], letter["decision"], letter["form"]
                return await self._vote(LoadVote(run_id, project, path=path, decision=decision, form=form))
            case _:
                return None

    async def _events(self, letters: list[Letter]) -> list[Event]:
        ids = list(dict.fromkeys(letter["id"] for letter in letters))
        loaded = await ask(LOAD_EVENTS, LoadEvents(self._run.run_id, self._run.project, ids), LoadedEvents)
        return [Delivered(event.id, event.name, event.key) for event in loaded.events]

    async def _child(self, letter: Letter) -> Event | None:
        found = locate(self._places.plan, self._places.run, letter["path"])
        if found is None:
            return None
        key = Key(*found, letter["generation"])
        return await self._children.look(key) if self._places.planned(key).behaviour == "subworkflow" else None

    async def _vote(self, wanted: LoadVote) -> Event | None:
        vote = await ask(LOAD_VOTE, wanted, LoadedVote)
        if not vote.found:
            return None
        found = locate(self._places.plan, self._places.run, vote.path)
        if found is None:
            self._flusher.note(NoteVote(vote.id, vote.path, vote.generation, "refused", "gate_closed"))
            return None
        scope, node = found
        return Voted(node, vote.generation, vote.id, vote.decision, vote.by, tuple(vote.groups), scope=scope)

    async def _override(self, row: str) -> Event | None:
        wanted = LoadOverride(self._run.run_id, self._run.project, self._run.hash, row)
        override = await ask(LOAD_OVERRIDE, wanted, LoadedOverride)
        if not override.found or override.action not in {"retry", "succeed", "skip", "retry_items"}:
            return None
        result = result_of(override.result) if override.result else None
        found = locate(self._places.plan, self._places.run, override.path)
        reads = None if override.reads is None else tuple(override.reads)
        if found is None:
            return OverriddenAhead(override.path, override.id, override.action, result, reads)  # pyright: ignore[reportArgumentType] - checked above
        scope, node = found
        return Overridden(
            node,
            override.generation,
            override.id,
            override.action,  # pyright: ignore[reportArgumentType] - checked above
            result,
            reads,
            scope=scope,
        )


def run_started(run: RunInput) -> RunStarted:
    """The first event of a run."""
    return RunStarted(Result(run.input_size, None, {int(fact): value for fact, value in run.input_facts.items()}))


def read_letters(kind: str, said: Any) -> list[Letter]:
    """A signal's argument as letters, none if it makes no sense: signals come from anywhere."""
    match kind, said:
        case "event", list():
            return [{"kind": kind, "id": event} for event in said if isinstance(event, str)]
        case (("vote" | "override" | "command"), str()):
            return [{"kind": kind, "id": said}]
        case "child", {"path": str(path), "generation": int(generation)}:
            return [{"kind": kind, "path": path, "generation": generation}]
        case "decide", {"path": str(path), "decision": str(decision)}:
            return [{"kind": kind, "path": path, "decision": decision, "form": said.get("form")}]
        case _:
            return []
