"""What runs in the background ends when it is asked to, with all it has started."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from lib import odoo

SETUP = Path(odoo.__file__).resolve().parents[1]
SERVER = """
import http.server, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
COMMAND = """
import sys
from types import SimpleNamespace
from lib import run_command, ui

class Runner:
    def command(self, *words, port):
        return [sys.executable, "-c", sys.argv[2], str(port)]

    def environment(self):
        return None

options = SimpleNamespace(port=int(sys.argv[1]), database="none", workers=0)
ui.main(lambda words: run_command._serve(Runner(), options))
"""
"""./setup/run from where it serves on, with a small server instead of Odoo."""


@pytest.fixture
def start(tmp_path):
    """Start the command as a shell starts what runs in the background."""
    started = []

    def ignore(ignored):
        # The tests themselves may run under nohup, and children inherit that.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        for each in ignored:
            signal.signal(each, signal.SIG_IGN)

    def start(*ignored):
        port = odoo.free_port()
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(port), SERVER],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ
            | {
                "PYTHONPATH": str(SETUP),
                "PYTHONDONTWRITEBYTECODE": "1",
                "XDG_CACHE_HOME": str(tmp_path),
            },
            preexec_fn=lambda: ignore(ignored),
        )
        started.append(process)
        giving_up = threading.Timer(60, process.kill)
        giving_up.start()
        for line in process.stdout:
            if "Ready" in line:
                giving_up.cancel()
                return process, port
        raise AssertionError(f"it ended with status {process.wait()}")

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serving_stops(start, number):
    process, port = start(signal.SIGINT)
    process.send_signal(number)
    assert process.wait(30) == 0
    assert odoo.port_is_free(port)


def test_nohup_is_respected(start):
    process, port = start(signal.SIGINT, signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    assert not odoo.port_is_free(port)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert odoo.port_is_free(port)
