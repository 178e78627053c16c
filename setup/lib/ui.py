"""What the user sees: steps, progress on long ones, and one clear line per problem."""

import os
import signal
import sys
import time


class Problem(Exception):
    """Something the user can put right; its text is the one line he reads."""


def say(text):
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def step(text):
    """Announce what begins now."""
    say(f"==> {text}")


def size(count):
    """Write a number of bytes the way people read it."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000


class Progress:
    """A counter on one line of a terminal, or a line now and then in a log."""

    def __init__(self, label, every=10.0):
        self.label = label
        self.live = sys.stdout.isatty()
        self.every = 0.2 if self.live else every
        self.started = time.monotonic()
        self.printed = self.started
        self.width = 0

    def update(self, text):
        """Show ``text`` beside the label, unless something was shown just now."""
        now = time.monotonic()
        if now - self.printed < self.every:
            return
        self.printed = now
        self._write(f"    {self.label}: {text}", end="" if self.live else "\n")

    def done(self, text="done"):
        """Show the last state and how long it all took."""
        seconds = time.monotonic() - self.started
        self._write(f"    {self.label}: {text} ({seconds:.0f} s)", end="\n")

    def clear(self):
        """Make room for other lines on a terminal."""
        if self.live and self.width:
            sys.stdout.write("\r" + " " * self.width + "\r")
            self.width = 0

    def _write(self, line, end):
        if self.live:
            columns = 100
            line = line[:columns]
            sys.stdout.write("\r" + line.ljust(self.width) + end)
            self.width = 0 if end else len(line)
        else:
            sys.stdout.write(line + end)
        sys.stdout.flush()


class Stopped(SystemExit):
    """A signal asked the command to end."""


def _stop(signum, _frame):
    # what ends the command's own processes must not be ended halfway
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(128 + signum)


def take_signals():
    """Let SIGINT, SIGTERM and SIGHUP end the command by an exception.

    A shell without job control starts what runs in the background with SIGINT
    ignored, and Python keeps that. What nohup ignores stays ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _stop)


def main(function):
    """Run a command: its exit status, or one line on what went wrong."""
    take_signals()
    try:
        status = function(sys.argv[1:])
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        status = 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr, flush=True)
        status = 130
    except BrokenPipeError:
        # the reader of our output went away: nothing is left to be said to him
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    sys.exit(status)
