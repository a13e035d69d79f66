"""The API as the command line sees it: one client, and refusals as sentences."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any

import httpx2
import orjson
import typer

DEFAULT_URL = "http://127.0.0.1:8000"
Server = Annotated[
    bool | None,
    typer.Option(
        "--server/--offline",
        help="By what the server's workers offer, or by what is installed here; the server if it answers.",
        show_default=False,
    ),
]


class Refused(Exception):
    """The API said no, or did not answer; `problem` are its problem details."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem)
        self.problem = dict(problem)

    def __str__(self) -> str:
        said = str(self.problem.get("detail") or self.problem.get("title") or "refused")
        new = (each for each in self.problem.get("errors") or () if each.get("line") or each["message"] not in said)
        return "\n".join([said, *map(line_of, new)])


def line_of(error: Mapping[str, Any]) -> str:
    """One of several things to mend: where, what, and how."""
    where = [f"line {error['line']}"] if error.get("line") else []
    where += [str(error["path"])] if error.get("path") else []
    mend = f". {error['fix']}" if error.get("fix") else "."
    return "  " + ": ".join([*where, error["message"].rstrip(".")]) + mend


class Remote:
    """One API, called with JSON in and out. Every refusal is raised as `Refused`."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    @property
    def url(self) -> str:
        """Where the API is."""
        return str(self._client.base_url).rstrip("/")

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at a path under /api/v1."""
        return self.send("GET", path, parameters=parameters)

    def post(self, path: str, body: Any = None, **parameters: Any) -> Any:
        """The JSON answer to a POST."""
        return self.send("POST", path, parameters=parameters, content=orjson.dumps({} if body is None else body))

    def send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """One request; its JSON answer, None where there is no content."""
        answer = self._answer(method, path, parameters=parameters, content=content, headers=headers)
        return orjson.loads(answer.content) if answer.content else None

    def edit(self, path: str, said: Callable[[Any], Any]) -> Any:
        """Say anew what has this name. `said` gives it, of how it is now (None if it is not there yet); who says it
        anew meanwhile is not written over.
        """
        try:
            found = self._answer("GET", path)
        except Refused as refused:
            if refused.problem.get("status") != HTTPStatus.NOT_FOUND:
                raise
            return self.send("PUT", path, content=orjson.dumps(said(None)))
        content = orjson.dumps(said(orjson.loads(found.content)))
        return self.send("PUT", path, content=content, headers={"if-match": found.headers.get("etag", "*")})

    def text(self, method: str, path: str, *, accept: str) -> str:
        """One request; its answer as the text of this kind."""
        return self._answer(method, path, headers={"accept": accept}).text

    def content(self, path: str, *, accept: str) -> bytes:
        """The bytes at a path under /api/v1."""
        return self._answer("GET", path, headers={"accept": accept}).content

    def _answer(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        told = {"content-type": "application/json", **(headers or {})}
        said = {name: value for name, value in (parameters or {}).items() if value is not None}
        try:
            answer = self._client.request(method, f"/api/v1{path}", params=said, content=content, headers=told)
        except httpx2.TransportError as error:
            raise self._away(error) from None
        if answer.status_code >= 400:
            raise Refused(problem_of(answer))
        return answer

    def events(self, run_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """The events of a run as they happen, to its end; a cut connection goes on where it was."""
        parameters = {"after": after, "wait": 20, "limit": 500}
        while True:
            page = self.get(f"/workflow_runs/{run_id}/events", **parameters)
            yield from page["items"]
            if page["ended"]:
                return
            parameters["after"] = page["next_after"]

    def events_and_words(self, run_id: str) -> Iterator[dict[str, Any]]:
        """The same with what nodes say as they say it; where the connection was cut, their texts come once more."""
        told = {"accept": "text/event-stream", "last-event-id": "0"}
        while True:
            try:
                with self._client.stream("GET", f"/api/v1/workflow_runs/{run_id}/events", headers=told) as answer:
                    if answer.status_code >= 400:
                        answer.read()
                        raise Refused(problem_of(answer))
                    if answer.status_code == 204:
                        return
                    for piece in pieces_of(answer.iter_lines()):
                        told["last-event-id"] = piece.get("id", told["last-event-id"])
                        if piece["event"] == "end":
                            return
                        yield orjson.loads(piece["data"])
            except httpx2.ConnectError as error:
                raise self._away(error) from None
            except httpx2.TransportError:
                continue

    def _away(self, error: httpx2.TransportError) -> Refused:
        if isinstance(error, httpx2.UnsupportedProtocol):
            return Refused(
                {"code": "unreachable", "detail": f"PLAIT_URL is no address: {self.url}. Try {DEFAULT_URL}."}
            )
        late = " in time" if isinstance(error, httpx2.TimeoutException) else ""
        mend = "Start it with `plait dev`, or say where it is in PLAIT_URL."
        return Refused({"code": "unreachable", "detail": f"Plait does not answer{late} at {self.url}. {mend}"})


def pieces_of(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """The pieces of a stream that carry data, each by its fields."""
    piece: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            piece[name] = value
        else:
            if "data" in piece:
                yield piece
            piece = {}


def problem_of(answer: httpx2.Response) -> dict[str, Any]:
    """The answer's problem details, or its status where it has none."""
    try:
        problem = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        problem = None
    if isinstance(problem, dict) and problem.get("code") == "unauthenticated":
        return problem | {"detail": "Plait does not know this key. Set PLAIT_API_KEY to the key that the API has."}
    if isinstance(problem, dict):
        return problem
    return {
        "code": "unexpected",
        "status": answer.status_code,
        "detail": f"HTTP {answer.status_code} without a reason.",
    }


@contextmanager
def connected(url: str | None = None) -> Iterator[Remote]:
    """The API at `url`, at PLAIT_URL, or on this machine; with PLAIT_API_KEY if it is set."""
    base = (url or os.environ.get("PLAIT_URL") or DEFAULT_URL).rstrip("/")
    key = os.environ.get("PLAIT_API_KEY")
    headers = {"accept": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
    timeout = httpx2.Timeout(75.0, connect=5.0)
    # To read the authorities takes a tenth of a command's time, and without TLS nobody asks for them.
    with httpx2.Client(base_url=base, headers=headers, timeout=timeout, verify=not base.startswith("http:")) as client:
        yield Remote(client)
