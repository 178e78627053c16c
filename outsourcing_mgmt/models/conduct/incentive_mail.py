"""Mails to the person of a reward or penalty, with nothing of the content.

Functions, as evaluated code can call methods of records and would write to people in
the name of HR.
"""

from odoo.tools import format_date

from ...tools.mail_table import MAIL_LAYOUT
from ..intent.outsourcing_mail_intent import makes, note, read_values
from ..messages.telling import tell_not_mailed

KIND = "incentive"


def note_person(incentives):
    """Note that the person is told of a step; the record itself says the rest.

    A decision is told whatever follows it: payroll may apply it before the job runs.
    """
    # sudo: the mail goes to the person, whose user HR need not read.
    incentives = incentives.sudo().filtered("employee_user_id.partner_id")
    for state, some in incentives.grouped("state").items():
        note(
            KIND,
            "outsourcing_mgmt.mail_template_incentive",
            [(one, one.employee_user_id.partner_id) for one in some],
            values={"state": state},
            needs=() if state == "approved" else ("state",),
        )


@makes(KIND, tell=tell_not_mailed)
def mail_person(incentive, row):
    """Mail the person what he can do now."""
    user = incentive.employee_user_id
    known = incentive.with_context(lang=user.lang or incentive.env.lang)
    incentive.env.ref(row.template).send_mail(
        incentive.id,
        email_layout_xmlid=MAIL_LAYOUT,
        email_values={
            "subject": _get_subject(known, read_values(incentive, row).get("state")),
            # HR reads the answer, and not whoever reads the office's mail.
            "reply_to": incentive.create_uid.email_formatted,
        },
    )


def _get_subject(incentive, state):
    """Say what the person can do since a step; nothing of the content."""
    env, name = incentive.env, incentive.name
    texts = {
        "submitted": env._(
            "%(name)s: please answer until %(day)s",
            name=name,
            day=format_date(env, incentive.hearing_deadline),
        ),
        "approved": env._("%s is decided: read it, you may appeal once", name),
        "applied": env._("%s: your appeal is decided", name),
        "reversed": env._("%s is taken back", name),
        "refused": env._("%s is not pursued", name),
    }
    return texts.get(state or incentive.state, name)
