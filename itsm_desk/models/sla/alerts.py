"""Tell people, many at once, that targets are at risk or were missed.

Each gets an activity on the ticket with the job of the clocks; the notice of it is a
mail of a step, so that no mail server keeps the clocks waiting. Who did what was asked
meanwhile gets none.

Functions, as evaluated code can call methods of records and would write to people in
the name of the desk.
"""

from odoo import fields

from ..intent.itsm_mail_intent import makes, note

KIND = "sla_alert"
NOTICE = "mail.message_activity_assigned"


def send_alerts(alerts):
    """Schedule an activity on the ticket of each clock, and note its notice.

    :param list alerts: of ``(clock, user)``
    """
    if not alerts:
        return
    clocks = alerts[0][0]
    if clocks.env.context.get("mail_activity_automation_skip"):
        return
    # Core would render and mail a notice for each, here and now.
    activities = clocks.env["mail.activity"].with_context(
        mail_activity_quick_update=True
    )
    types = {
        alert: clocks.env.ref(
            f"itsm_desk.mail_activity_type_sla_{alert}", raise_if_not_found=False
        )
        for alert in {clock.alert for clock, _user in alerts}
    }
    activities = activities.create(
        [_prepare_activity(clock, user, types[clock.alert]) for clock, user in alerts]
    ).with_env(clocks.env)
    others = activities.filtered(lambda one: one.user_id != one.env.user)
    recipients = [(one, one.user_id.partner_id) for one in others]
    note(KIND, NOTICE, recipients, needs=("active", "user_id"))


def _prepare_activity(clock, user, activity_type):
    """Return the values of an activity, in the language and zone of its user."""
    ticket = clock.ticket_id.with_context(lang=user.lang, tz=user.tz)
    env = ticket.env
    kind = dict(clock._fields["kind"]._description_selection(env))[clock.kind]
    if clock.alert == "breach":
        summary = env._("%(kind)s target missed", kind=kind)
    else:
        summary = env._("%(kind)s target at risk", kind=kind)
    activity_type = (activity_type or ticket._default_activity_type()).with_env(env)
    return {
        "activity_type_id": activity_type.id,
        "automated": True,
        "date_deadline": fields.Date.context_today(ticket),
        "note": activity_type.default_note,
        "res_id": ticket.id,
        "res_model_id": env["ir.model"]._get_id(ticket._name),
        "summary": summary,
        "user_id": user.id,
    }


def tell_no_notice(activity, row):
    """Say on the ticket that somebody has the activity, and got no mail of it."""
    ticket = activity.env[activity.res_model].browse(activity.res_id)
    ticket._message_log(
        body=ticket.env._(
            '%(user)s has the activity "%(summary)s", but got no notice of it: the '
            "mail could not be made.",
            user=activity.user_id.name,
            summary=activity.summary,
        ),
        author_id=ticket.env.ref("base.partner_root").id,
    )


@makes(KIND, tell=tell_no_notice)
def notify(activity, row):
    """Tell whoever has the activity of it, as core does where one is scheduled."""
    user = activity.user_id
    activity.with_context(lang=user.lang, tz=user.tz).action_notify()
