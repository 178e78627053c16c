"""Databases that live as long as the run which made them."""

import contextlib
import os

from .ui import Problem, say

PREFIX = "throwaway_outsourcing_"


@contextlib.contextmanager
def database(runner, label, template=None):
    """The name of a database of our own, dropped in the end whatever happens."""
    name = f"{PREFIX}{os.getpid()}_{label}"
    if template:
        runner.server.copy(template, name, runner.filestores)
    else:
        runner.server.drop(name, runner.filestores)
    try:
        yield name
    finally:
        try:
            runner.server.drop(name, runner.filestores)
        except Problem as problem:
            say(f"    note: {name} stays behind: {problem}")


def sweep(runner):
    """Drop what runs that were killed have left."""
    for name in runner.server.databases(PREFIX):
        pid = name.removeprefix(PREFIX).split("_")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            runner.server.drop(name, runner.filestores)
