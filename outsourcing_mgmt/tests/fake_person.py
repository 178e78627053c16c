"""Tests that play people without a request of theirs."""

from contextlib import ExitStack
from contextvars import Context
from unittest.mock import patch

from ..models.base.acting_person import acting_in_process
from ..models.intent import outsourcing_mail_intent as mail_intent


class InProcess:
    """Steps are taken as the user of the record's environment, as tests say it.

    Real requests, which are served by other threads, stay under the rule. The mails of
    a step are made at once, as the transaction of a test has no end.
    """

    @classmethod
    def setUpClass(cls):
        switch = ExitStack()
        switch.enter_context(acting_in_process())
        switch.enter_context(
            patch.object(mail_intent, "wake", mail_intent.make_at_once)
        )
        cls.addClassCleanup(switch.close)
        super().setUpClass()


def as_console(act, *args):
    """Run ``act`` as a console or a job does: without the switch of the tests."""
    return Context().run(act, *args)


def attend(tender):
    """Let each member without a conflict confirm to be present at the next opening."""
    for member in tender.sudo().committee_ids:
        if member.conflict_state == "clear" and member.state == "appointed":
            if not member._is_present():
                member.with_user(member.user_id).sudo().action_attend()
