"""Run Odoo: its configuration, its progress while it installs, its log."""

import atexit
import collections
import contextlib
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from .counting import RECORD, LogOfTests
from .database import data_dir
from .paths import CHECKOUT, folder, log_file
from .ui import Problem, Progress, say

LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")
CHAPTER = re.compile(r"demo data: (.+)")
DEMO = CHECKOUT / "setup" / "demo"
ODOO = CHECKOUT / "setup" / "lib" / "launch"
WEBSOCKET_OFFSET = 3
"""Port of the websockets of several workers, after that of HTTP: 8072 after 8069."""
UNREAD = ("ODOO_RC", "OPENERP_SERVER", "PYTHONPATH", "PGDATABASE")


def port_is_free(port):
    """Whether a server could listen on this port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def check_port(port):
    """Refuse a port that cannot be used, before long work begins."""
    if not 1 <= port <= 65535:
        raise Problem(f"{port} is no port: choose one from 1024 to 65535 with --port")
    if port < 1024 and os.geteuid():
        raise Problem(
            f"port {port} is for root only: choose one above 1023 with --port"
        )
    if not port_is_free(port):
        raise Problem(
            f"port {port} is taken by another program (an earlier ./setup/run?):"
            f" stop it or choose another, for instance --port {port + 1}"
        )


def free_port():
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Runner:
    """Odoo's command line on one server, with one data folder."""

    def __init__(self, venv, server, name):
        self.venv = venv
        self.server = server
        self.data = data_dir(f"{name}{server.suffix}")
        self.filestores = self.data / "filestore"
        self.name = name

    def _configuration(self, port):
        """A configuration file of our own: what lies in the home stays unread."""
        path = folder("conf") / f"{self.name}-{os.getpid()}.conf"
        atexit.register(path.unlink, missing_ok=True)
        options = {
            "addons_path": CHECKOUT,
            "data_dir": self.data,
            "http_interface": "127.0.0.1",
            "http_port": port,
            "gevent_port": port + WEBSOCKET_OFFSET,
            "list_db": False,
            "admin_passwd": os.urandom(16).hex(),
        }
        lines = [f"{key} = {value}" for key, value in options.items()]
        path.touch(mode=0o600)
        path.write_text("[options]\n" + "\n".join(lines) + "\n")
        return path

    def environment(self):
        """The environment for Odoo: our server, nothing that redirects it."""
        kept = {key: value for key, value in os.environ.items() if key not in UNREAD}
        return kept | self.server.environment | {"PYTHONUNBUFFERED": "1"}

    def command(self, *arguments, port=None, program=(ODOO,)):
        """The command line; ``odoo`` is found on the path of the environment."""
        words = [self.venv.python, *program, *arguments]
        words += ["-c", self._configuration(port or free_port())]
        return [str(word) for word in words]

    def run(self, label, *arguments, tests=None, log_name=None, **how):
        """Run Odoo to its end; its exit status and its log."""
        log = log_file(log_name or re.sub(r"\W+", "-", label).strip("-"))
        command = self.command(*arguments, **how)
        progress = Progress(label)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self.environment(),
            cwd="/",
        )
        try:
            with open(log, "w") as copy:
                for line in process.stdout:
                    copy.write(line)
                    self._show(progress, line, tests)
            status = process.wait()
        except BaseException:
            stop(process)
            raise
        progress.done("done" if status == 0 else f"ended with status {status}")
        return status, log

    def _show(self, progress, line, tests):
        if tests is not None:
            name = tests.feed(line)
            if name:
                progress.update(f"test {len(tests.started)}: {name}")
                return
        if found := LOADING.search(line):
            progress.update(f"module {found[2]} of {found[3]}: {found[1]}")
        elif found := CHAPTER.match(line):
            progress.update(found[1])

    def install(self, label, database, modules, *options):
        """Install modules, or raise with the reason from the log."""
        status, log = self.run(
            label,
            *("server", "-d", database, "-i", ",".join(modules)),
            *("--stop-after-init", *options),
        )
        if status:
            raise Problem(f"{label} failed: {last_error(log)} (log: {log})")
        return log

    def load_demo(self, database):
        """Tell the story of the demo data, or raise with the reason from the log."""
        status, log = self.run("demo data", "-d", database, program=(DEMO,))
        if status:
            raise Problem(f"demo data: {last_error(log)} (log: {log})")
        return log

    @contextlib.contextmanager
    def serving(self, database, port, *options):
        """A server in the background, ready to answer."""
        self.server.set_base_url(database, port)
        log = log_file(f"serve-{database}")
        with open(log, "w") as output:
            process = subprocess.Popen(
                self.command("server", "-d", database, *options, port=port),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment(),
                cwd="/",
                start_new_session=True,
            )
        try:
            wait_until_ready(process, port, log)
            yield log
        finally:
            stop(process)


def wait_until_ready(process, port, log, seconds=180):
    """Wait for the first answer, or raise with the reason from the log."""
    url = f"http://127.0.0.1:{port}/web/health"
    until = time.monotonic() + seconds
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Problem(f"Odoo ended early: {last_error(log)} (log: {log})")
        with contextlib.suppress(OSError, urllib.error.URLError):
            with opener.open(url, timeout=10) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.3)
    raise Problem(f"Odoo does not answer on port {port} after {seconds} s (log: {log})")


def stop(process):
    """End a process as Odoo likes it: once politely, then for good."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def last_error(log):
    """The line of a log that says best what went wrong."""
    lines = collections.deque(maxlen=400)
    with open(log, errors="replace") as handle:
        lines.extend(line.rstrip() for line in handle)
    errors = [
        found["text"]
        for line in lines
        if (found := RECORD.match(line)) and found["level"] in ("ERROR", "CRITICAL")
    ]
    tail = [line for line in lines if line and not line.startswith(" ")]
    exceptions = [
        line for line in tail if re.match(r"[\w.]+(Error|Exception|Warning)\b", line)
    ]
    return (exceptions or errors or tail or ["no output"])[-1][:300]


def report_failures(log, limit=20):
    """Print the failures of a log: which test, and the end of its traceback."""
    shown = 0
    block = []

    def flush():
        nonlocal shown
        if block and shown < limit:
            shown += 1
            for line in [block[0], *block[1:][-12:]]:
                say(f"      {line}")
        block.clear()

    with open(log, errors="replace") as handle:
        for raw in handle:
            line = raw.rstrip("\n")
            found = RECORD.match(line)
            if found:
                flush()
                if found["level"] in ("ERROR", "CRITICAL"):
                    block.append(found["text"][:300])
            elif block:
                block.append(line)
    flush()


def new_tests():
    """An empty count for ``Runner.run``."""
    return LogOfTests()
