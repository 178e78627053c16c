"""A process of its own that answers one JSON line for each JSON line."""

import contextlib
import json
import subprocess

from .ui import Problem


class Dialogue:
    """A program with Odoo in it, on a database.

    :param name: what a problem calls it
    :param program: the program and its words before Odoo's own options
    """

    def __init__(self, runner, name, program, database, log):
        self.name = name
        self.log = log
        python, *_words, configuration = runner.command("shell")
        with open(log, "w") as output:
            self.process = subprocess.Popen(
                [python, *program, "-d", database, "-c", configuration],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                env=runner.environment(),
                cwd="/",
            )

    def ask(self, **request):
        """Send one request; its answer, or a problem that names the log."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process ended early"}
        if "error" in answer:
            raise Problem(f"{self.name}: {answer['error']} (log: {self.log})")
        return answer

    def close(self):
        """Let the process end by itself."""
        if self.process.poll() is None:
            self.process.communicate()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_error):
        # what it does now may take minutes, and nobody waits for the answer
        if kind:
            self.process.kill()
        self.close()
