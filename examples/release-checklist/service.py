"""A small service to check: `python service.py 9000 1.4.0`. Each check fails twice before it answers."""

import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAILURES = 2
asked: Counter[str] = Counter()
released: dict[str, str] = {}


class Service(BaseHTTPRequestHandler):
    """Health, version, and a list of releases that takes each idempotency key once."""

    version = "1.4.0"

    def do_GET(self) -> None:
        """Fail twice with 503, then answer."""
        asked[self.path] += 1
        if asked[self.path] <= FAILURES:
            self.answer(503, {"error": "still starting"})
        elif self.path == "/health":
            self.answer(200, {"healthy": True})
        elif self.path == "/version":
            self.answer(200, {"version": self.version})
        else:
            self.answer(404, {"error": "there is no such page"})

    def do_POST(self) -> None:
        """Note the release; the same idempotency key again changes nothing."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        released.setdefault(self.headers["idempotency-key"], body["version"])
        self.answer(201, {"released": list(released.values())})

    def answer(self, status: int, body: object) -> None:
        """Send JSON."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    port, Service.version = int(sys.argv[1]), sys.argv[2]
    print(f"answering on http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), Service).serve_forever()
