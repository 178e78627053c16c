"""The server under load: a PostgreSQL of its own, and `./setup/run` on it."""

import contextlib
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from lib import paths, postgres, ui

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = DATABASE = "load"
INSTALL_SECONDS = 45 * 60


class Served:
    """What runs, how it is broken, and what starts it again."""

    def __init__(self, cluster, command, port):
        self.cluster = cluster
        self.database = DATABASE
        self.url = f"http://127.0.0.1:{port}"
        self.server = cluster.connection()
        self.log = paths.log_file("load")
        self.starts = 0
        self._command = [str(word) for word in command]
        self._closing = threading.Event()
        self._launch()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def _launch(self):
        self.starts += 1
        with open(self.log, "a") as output:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # Only the first start makes a new database.
        self._command = [word for word in self._command if word != "--fresh"]

    def _supervise(self):
        """Start the server again when it ended: Odoo does without a database."""
        while not self._closing.wait(1):
            if self.process.poll() is not None:
                self._launch()

    def supervise(self):
        self._supervisor.start()

    def close(self):
        self._closing.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(60)

    def sql(self, statement):
        """Return the rows of a query, as lists of texts."""
        text = self.server.sql(DATABASE, statement)
        return [line.split("|") for line in text.splitlines() if line]

    def workers(self):
        """Return the processes that answer requests or run jobs."""
        master = _find_master(self.process.pid)
        return [pid for pid in _children(master) if _is_worker(pid)] if master else []

    def kill_worker(self, number):
        """SIGKILL one of the workers: it gets no chance to tidy up."""
        pids = self.workers()
        if not pids:
            return None
        pid = pids[number % len(pids)]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return pid

    def crash_database(self, seconds):
        """Stop PostgreSQL at once, without a checkpoint, and start it again."""
        with paths.lock(f"postgres-{CLUSTER}"):
            self.cluster.stop("immediate")
            time.sleep(seconds)
            self.cluster.start()

    def wait_until_ready(self, seconds=300):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError, urllib.error.URLError):
                with urllib.request.urlopen(
                    # Shown by no server that has no database.
                    f"{self.url}/tenders",
                    timeout=20,
                ) as page:
                    if page.status == 200:
                        return
            time.sleep(0.5)
        raise ui.Problem(f"the server did not come back within {seconds} s")


@contextlib.contextmanager
def serving(venv, options):
    """PostgreSQL and the server for the time of the block."""
    command = [
        ROOT / "setup" / "run",
        *("--database", DATABASE, "--port", options.port),
        *("--workers", options.workers, "--cluster", CLUSTER),
        *(["--fresh"] if options.fresh else []),
    ]
    # Keeps the database for the time of the block, also while Odoo is started again.
    with postgres.server(venv, CLUSTER):
        cluster = postgres.Cluster(CLUSTER, postgres.find_programs(venv))
        served = Served(cluster, command, options.port)
        ui.step(f"starting ./setup/run --workers {options.workers}")
        ui.say(f"    log: {served.log}")
        try:
            _wait_for_start(served.process, served.log)
            served.supervise()
            yield served
        finally:
            served.close()


def _wait_for_start(process, log):
    until = time.monotonic() + INSTALL_SECONDS
    while time.monotonic() < until:
        if "Ready: " in log.read_text(errors="replace"):
            return
        if process.poll() is not None:
            raise ui.Problem(f"./setup/run ended early: see {log}")
        time.sleep(0.5)
    raise ui.Problem(f"./setup/run is not ready after {INSTALL_SECONDS} s: see {log}")


def _children(pid):
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _find_master(pid):
    """Return the process of Odoo that has workers, below the one of ./setup/run."""
    for child in _children(pid):
        if len(_children(child)) > 1 and b"--workers" in _command(child):
            return child
        if found := _find_master(child):
            return found
    return None


def _command(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _is_worker(pid):
    """Whether it is a fork of the master, not the process for websockets."""
    command = _command(pid)
    return bool(command) and b"gevent" not in command
