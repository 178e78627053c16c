"""Downloads: half ones go on, wrong ones are refused, nothing broken is kept."""

import hashlib
import http.server
import threading

import pytest
from lib import download
from lib.ui import Problem

CONTENT = b"0123456789" * 100_000
SHA = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT, with ranges where the test wants them."""

    ranges = True
    requested = []

    def do_GET(self):
        start = 0
        given = self.headers.get("Range")
        Handler.requested.append(given)
        if self.path == "/gone":
            self.send_error(404)
            return
        if given and self.ranges:
            start = int(given.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
        else:
            self.send_response(200)
        body = CONTENT[start:]
        if self.path == "/wrong":
            body = b"x" * len(body)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(download, "_apt_proxy", lambda scheme: None)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Handler.requested = []
    Handler.ranges = True
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


def fetch(server, target, name="file"):
    return download.fetch(f"{server}/{name}", target, len(CONTENT), SHA)


def test_whole(server, tmp_path):
    target = tmp_path / "file"
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert not list(tmp_path.glob("*.part"))
    fetch(server, target)
    assert len(Handler.requested) == 1, "a whole file is not fetched again"


@pytest.mark.parametrize("ranges", [True, False])
def test_half_goes_on(server, tmp_path, ranges):
    Handler.ranges = ranges
    target = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(CONTENT[:1234])
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert Handler.requested == ["bytes=1234-"]


def test_damaged_half_is_thrown_away(server, tmp_path):
    target = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(b"!" * 5000)
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert Handler.requested == ["bytes=5000-", None]


def test_too_long_part_begins_anew(server, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT + b"more")
    fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_wrong_checksum_is_refused(server, tmp_path):
    target = tmp_path / "file"
    with pytest.raises(Problem, match="does not match the checksum"):
        fetch(server, target, "wrong")
    assert not list(tmp_path.iterdir()), "nothing wrong is kept"


def test_damaged_target_is_fetched_again(server, tmp_path):
    target = tmp_path / "file"
    target.write_bytes(CONTENT[:-1] + b"?")
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_missing_file_is_one_line(server, tmp_path):
    with pytest.raises(Problem, match="404.*run again") as caught:
        fetch(server, tmp_path / "file", "gone")
    assert "\n" not in str(caught.value)
    assert len(Handler.requested) == 1, "what is gone is not asked for thrice"


def test_no_network_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_apt_proxy", lambda scheme: None)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(Problem, match="check the network") as caught:
        download.fetch("http://127.0.0.1:9/file", tmp_path / "file", 1, "0")
    assert "\n" not in str(caught.value)
