"""Papers from the web: a server on the loopback address, redirects, limits, and what no message may tell."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from documents_formats import TITLE, html, markdown, picture
from documents_server import Site, site

from podcast_dspy.documents import fetch as fetching
from podcast_dspy.documents import read_document
from podcast_dspy.documents.fetch import fetch, same_site, without_secrets
from podcast_dspy.errors import DocumentError

SECRET = "s3cr3t"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with site() as running:
        yield running


def test_a_page_with_its_pictures(web: Site, tmp_path: Path) -> None:
    address = web.page("/papers/sparrows.html", html(tmp_path).read_bytes())
    web.page("/papers/beacon.png", picture(), "image/png")
    graph = read_document(address, images_dir=tmp_path / "figures")
    assert (graph.kind, graph.title, graph.source_path) == ("html", TITLE, address)
    assert Path(str(graph.get_figures()[0].file_path)).read_bytes()[:4] == b"\x89PNG"
    web.asked.clear()
    read_document(address)
    assert [path for path, _ in web.asked] == ["/papers/sparrows.html"], (
        "no picture is fetched that nobody wants"
    )


def test_pictures_elsewhere_are_not_fetched(web: Site, tmp_path: Path) -> None:
    with site() as other:
        elsewhere = other.page("/beacon.png", picture(), "image/png").replace("127.0.0.1", "localhost")
        page = html(tmp_path).read_text().replace("beacon.png", elsewhere)
        graph = read_document(web.page("/a.html", page), images_dir=tmp_path / "figures")
        assert graph.get_figures()[0].file_path is None
        assert other.asked == []
    page = html(tmp_path).read_text().replace("beacon.png", (tmp_path / "beacon.png").as_uri())
    graph = read_document(web.page("/b.html", page), images_dir=tmp_path / "figures")
    assert graph.get_figures()[0].file_path is None, "a page cannot have a file of this machine read"


def test_a_pdf_and_a_note(web: Site, tmp_path: Path, papers: Callable[[int], Any]) -> None:
    pdf = web.page("/get", papers(1)[0].read_bytes(), "application/octet-stream")
    assert read_document(pdf).kind == "pdf", "the content decides, whatever the server says"
    note = web.page("/raw", markdown(tmp_path).read_bytes(), "text/markdown; charset=utf-8")
    assert read_document(note).kind == "markdown"


def test_redirects_are_followed(web: Site, tmp_path: Path) -> None:
    web.page("/new/sparrows.html", html(tmp_path).read_bytes())
    web.redirect("/newer", "new/sparrows.html")
    graph = read_document(web.redirect("/old", "/newer") + f"?token={SECRET}")
    assert graph.source_path == web.address + "/new/sparrows.html"


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://example.org/x", "data:text/html,hello", "javascript:1"]
)
def test_redirects_to_anything_else_are_refused(web: Site, place: str) -> None:
    with pytest.raises(DocumentError, match=r"neither http nor https|no complete address") as caught:
        read_document(web.redirect("/old", place))
    assert "passwd" not in str(caught.value)


def test_endless_redirects(web: Site) -> None:
    with pytest.raises(DocumentError, match="redirects without end"):
        read_document(web.redirect("/a", "/a"))
    assert len(web.asked) < 12


@pytest.mark.parametrize(
    "address", ["ftp://example.org/a.pdf", "file:///etc/passwd", "gopher://x/", "http://", "https://:80/x"]
)
def test_only_http_addresses(address: str) -> None:
    with pytest.raises(DocumentError, match=r"only http and https|no complete address"):
        read_document(address)


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "log-in"), (403, "log-in"), (404, "check the"), (410, "no longer"), (429, "too often"), (500, "error 500")],
)  # fmt: skip
def test_errors_of_the_server(web: Site, status: int, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_document(web.page("/x", "no", status=status))


def test_nobody_answers() -> None:
    with site() as gone:
        address = gone.address
    with pytest.raises(DocumentError, match="the connection is refused"):
        read_document(address + "/x")
    with pytest.raises(DocumentError, match=r"cannot be fetched|check the address"):
        read_document("http://nowhere.invalid/x")


def test_nothing_and_something_else(web: Site) -> None:
    with pytest.raises(DocumentError, match="empty answer"):
        read_document(web.page("/empty", ""))
    with pytest.raises(DocumentError, match="of no kind that can be read"):
        read_document(web.page("/picture", picture(), "image/png"))
    with pytest.raises(DocumentError, match="log-in or JavaScript"):
        read_document(web.page("/app", "<html><body><div id=root></div></body></html>"))


def test_limit_of_size_whatever_the_server_declares(web: Site) -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(400):
            handler.wfile.write(b"x" * 10_000)

    web.answers["/flood"] = flood
    for address in (web.page("/big", b"x" * 2_000_000), web.address + "/flood"):
        buffer = io.BytesIO()
        with pytest.raises(DocumentError, match="is larger than 1 MB"):
            fetch(address, buffer, limit=2**20)
        assert len(buffer.getvalue()) <= 2**20


def test_packed_answers_count_unpacked(web: Site) -> None:
    import gzip

    web.answers["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 30_000_000))
    with pytest.raises(DocumentError, match="is larger than 1 MB"):
        fetch(web.address + "/bomb", io.BytesIO(), limit=2**20)


def test_limit_of_time(web: Site) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x" * 70_000)
            handler.wfile.flush()
            time.sleep(0.05)

    def silence(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1.0)

    web.answers |= {"/drip": drip, "/silence": silence}
    start = time.monotonic()
    for path, said in (("/drip", "too slowly"), ("/silence", "not answer in time")):
        with pytest.raises(DocumentError, match=said):
            fetch(web.address + path, io.BytesIO(), seconds=0.3)
    assert time.monotonic() - start < 4


def test_a_user_goes_only_to_his_host(web: Site, tmp_path: Path) -> None:
    address = web.redirect("/old", "/page").replace("http://", f"http://ada:{SECRET}@")
    web.page("/page", html(tmp_path).read_bytes())
    graph = read_document(address)
    assert all(given for _, given in web.asked)
    assert SECRET not in graph.model_dump_json()
    with site() as other:
        web.redirect("/old", other.page("/x", html(tmp_path).read_bytes()).replace("127.0.0.1", "localhost"))
        read_document(address)
        assert other.asked == [("/x", None)]


def test_nothing_private_is_told(
    web: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    web.page("/good", html(tmp_path).read_bytes())
    web.redirect("/loop", f"/loop?again={SECRET}")
    host = web.address.removeprefix("http://")
    query = f"?token={SECRET}#{SECRET}"
    told = [read_document(f"http://ada:{SECRET}@{host}/good{query}").model_dump_json()]
    monkeypatch.setattr(fetching, "SILENCE", 1.0)
    for place in (
        f"{host}/gone",
        f"{host}/loop",
        "nowhere.invalid/x",
        "127.0.0.1:1/x",
        "[bad/x",
        "host:99999/x",
        "",
    ):
        for scheme in ("http", "ftp"):
            with pytest.raises(DocumentError) as caught:
                read_document(f"{scheme}://ada:{SECRET}@{place}{query}")
            error: BaseException | None = caught.value
            while error is not None and not error.__suppress_context__:
                told.append(str(error))
                error = error.__cause__ or error.__context__
            told.append(str(error))
    assert SECRET not in " ".join(told)
    assert SECRET not in caplog.text


def test_addresses_as_shown() -> None:
    assert without_secrets("https://u:p@h.org:8443/a/b.pdf?t=1#x") == "https://h.org:8443/a/b.pdf"
    assert without_secrets("http://[::1]:80/a") == "http://[::1]:80/a"
    assert without_secrets("http://[bad") == "the address"


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("https://a.org/x", "https://a.org/y", True),
        ("https://www.a.org/x", "https://cdn.a.org/y", True),
        ("https://a.org/x", "https://b.org/y", False),
        ("http://127.0.0.1/", "http://10.0.0.1/", False),
        ("http://localhost/", "http://127.0.0.1/", False),
        ("https://a.org/", "https://evil-a.org/", False),
    ],
)
def test_sites(one: str, two: str, same: bool) -> None:
    assert same_site(one, two) is same
