"""Opens letters one after another, so that what came first also counts first."""

from typing import Any

from interpreter.messages import DeadlinePassed, Event, Overridden, TimerFired, Voted
from interpreter.plan.model import Plan
from interpreter.shell.activities import result_of
from interpreter.shell.ask import ask
from interpreter.shell.mailbox import Letter, Mailbox
from interpreter.shell.wire import (
    LOAD_OVERRIDE,
    LOAD_VOTE,
    LoadedOverride,
    LoadedVote,
    LoadOverride,
    LoadVote,
    RunInput,
)


class Postman:
    """Turns letters into events. A signal is a hint: the row behind it says what was done, and by whom."""

    def __init__(self, plan: Plan, run: RunInput, mailbox: Mailbox) -> None:
        self._plan, self._run, self._mailbox = plan, run, mailbox

    async def deliver(self) -> None:
        """Open letters for as long as the run lasts."""
        while True:
            letter = await self._mailbox.next_letter()
            event = await self._open(letter)
            self._mailbox.opened()
            if event is not None:
                self._mailbox.put(event)
            self._mailbox.wake()

    async def _open(self, letter: Letter) -> Event | None:
        match letter["kind"]:
            case "timer":
                return TimerFired(letter["node"], letter["generation"])
            case "deadline":
                return DeadlinePassed()
            case "vote":
                return await self._vote(LoadVote(self._run.run_id, self._run.project, id=letter["id"]))
            case "override":
                return await self._override(letter["id"])
            case "decide" if self._run.open_mode:
                return await self._vote(
                    LoadVote(
                        self._run.run_id,
                        self._run.project,
                        path=letter["path"],
                        decision=letter["decision"],
                        form=letter["form"],
                    )
                )
            case _:
                return None

    async def _vote(self, wanted: LoadVote) -> Event | None:
        vote = await ask(LOAD_VOTE, wanted, LoadedVote)
        node = self._plan.index_of.get(vote.path)
        if not vote.found or node is None:
            return None
        return Voted(vote.id, node, vote.generation, vote.decision, vote.by, tuple(vote.groups))

    async def _override(self, row: str) -> Event | None:
        wanted = LoadOverride(self._run.run_id, self._run.project, self._run.hash, row)
        override = await ask(LOAD_OVERRIDE, wanted, LoadedOverride)
        node = self._plan.index_of.get(override.path)
        if not override.found or node is None or override.action not in {"retry", "succeed", "skip"}:
            return None
        result = result_of(override.result) if override.result else None
        return Overridden(override.id, node, override.generation, override.action, result)  # pyright: ignore[reportArgumentType] - checked above


def read_letter(kind: str, said: Any) -> Letter | None:
    """A signal's argument as a letter, or None if it makes no sense: signals come from anywhere."""
    if kind in {"vote", "override"}:
        return {"kind": kind, "id": said} if isinstance(said, str) else None
    if not isinstance(said, dict) or not isinstance(said.get("path"), str):
        return None
    if not isinstance(said.get("decision"), str):
        return None
    return {"kind": kind, "path": said["path"], "decision": said["decision"], "form": said.get("form")}
