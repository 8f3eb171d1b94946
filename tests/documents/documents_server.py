"""A web server on the loopback address that answers as a test says."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Answer", "Site", "site"]

Answer = tuple[int, dict[str, str], bytes]


class Site:
    """Answers by path; `asked` holds the paths (with query) and the Authorization headers of all requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.address = ""

    def page(self, path: str, body: str | bytes, media_type: str = "text/html", status: int = 200) -> str:
        """Serve a page; returns its address."""
        data = body.encode() if isinstance(body, str) else body
        self.answers[path] = (status, {"Content-Type": media_type}, data)
        return self.address + path

    def redirect(self, path: str, to: str) -> str:
        """Serve a redirect; returns its address."""
        self.answers[path] = (302, {"Location": to}, b"")
        return self.address + path


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """A running server."""
    served = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, self.headers.get("Authorization")))
            answer = served.answers.get(self.path.partition("?")[0], (404, {}, b"not here"))
            if callable(answer):
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    answer(self)
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
