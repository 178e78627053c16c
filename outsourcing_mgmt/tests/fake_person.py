"""Tests that play people without a request of theirs."""

from contextlib import ExitStack
from contextvars import Context

from ..models.base.acting_person import acting_in_process


class InProcess:
    """Steps are taken as the user of the record's environment, as tests say it.

    Real requests, which are served by other threads, stay under the rule.
    """

    @classmethod
    def setUpClass(cls):
        switch = ExitStack()
        switch.enter_context(acting_in_process())
        cls.addClassCleanup(switch.close)
        super().setUpClass()


def as_console(act, *args):
    """Run ``act`` as a console or a job does: without the switch of the tests."""
    return Context().run(act, *args)
