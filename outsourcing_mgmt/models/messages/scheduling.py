"""Activities of many records at once, and how their assignees are told of them.

Functions, as evaluated code can call methods of records. A job that finds hundreds of
documents due gives as many activities in a few statements, and one mail to each person
in place of hundreds.
"""

from markupsafe import Markup

from odoo import SUPERUSER_ID
from odoo.tools import format_date

from ...tools.mail_table import MAIL_LAYOUT
from ..base.grants import SILENCE

MANY = 5
"""So many activities of one kind that a person gets at once are mailed one by one."""


def schedule_each(kind, rows):
    """Give records an activity of one kind each, as ``activity_schedule`` gives one.

    :param str kind: XML id of the activity type; None where the values name one
    :param rows: list of ``(record, values)``, records of one model; the values are
        those of an activity: ``date_deadline``, ``summary``, ``user_id``
    :return: the activities, or None where the context wants none
    """
    if not rows or rows[0][0].env.context.get(SILENCE):
        return None
    env, model = rows[0][0].env, rows[0][0]._name
    kinds = env["mail.activity.type"]
    usual = kinds.browse(env["ir.model.data"]._xmlid_to_res_id(kind)) if kind else kinds
    values_list = []
    for record, values in rows:
        kind = kinds.browse(values.get("activity_type_id")) or usual
        common = {
            "activity_type_id": kind.id,
            "automated": True,
            "note": kind.default_note,
            "res_id": record.id,
            "res_model_id": env["ir.model"]._get_id(model),
            "summary": kind.summary,
        }
        said = {name: value for name, value in values.items() if value}
        values_list.append({**common, **said})
    return env["mail.activity"].create(values_list)


def schedule_missing(kind, rows):
    """The same for those of the records that have no activity of the kind."""
    if not rows:
        return None
    records = rows[0][0].union(*(record for record, _values in rows))
    served = set(records.activity_search([kind]).mapped("res_id"))
    return schedule_each(kind, [row for row in rows if row[0].id not in served])


def find_lists(activities):
    """Return groups of more than ``MANY`` activities of one person, kind and company.

    :param activities: just given, on documents of the suite
    :return: list of ``(company, mail.activity)``
    """
    kinds = activities.grouped(
        lambda item: (item.user_id, item.res_model, item.activity_type_id)
    )
    found = []
    for (user, model, _kind), group in kinds.items():
        if not user or len(group) <= MANY:
            continue
        # sudo: whoever assigns need not read the document; the company is told alone.
        documents = group.env[model].sudo().browse(group.mapped("res_id")).exists()
        company_of = {
            document.id: document["company_id"]
            if "company_id" in document._fields
            else group.env.company
            for document in documents
        }
        there = group.filtered(lambda item, ids=company_of: item.res_id in ids)
        companies = there.grouped(lambda item, ids=company_of: ids[item.res_id])
        found += [pair for pair in companies.items() if len(pair[1]) > MANY]
    return found


def mail_list(company, activities):
    """Tell a person of many activities in one mail, in the language of that person.

    :param company: of their documents; it writes where a job gives the activities
    :param activities: of one person, model and kind
    """
    user = activities.user_id
    env = activities.with_context(lang=user.lang or activities.env.lang).env
    activities = activities.with_env(env).sorted("date_deadline")
    kind = activities.activity_type_id.name
    rows = [
        Markup('<li><a href="/mail/view?model=%s&amp;res_id=%s">%s</a>: %s, %s</li>')
        % (
            activity.res_model,
            activity.res_id,
            activity.res_name,
            activity.summary or kind,
            format_date(env, activity.date_deadline),
        )
        for activity in activities
    ]
    values = {}
    if env.uid == SUPERUSER_ID and company.email:
        # By schedule: the company writes, and not the robot.
        values["email_from"] = company.email_formatted
    env["mail.thread"].message_notify(
        partner_ids=user.partner_id.ids,
        subject=env._(
            "%(count)s tasks assigned to you: %(kind)s",
            count=len(activities),
            kind=kind,
        ),
        body=Markup("<p>%s</p><ul>%s</ul>")
        % (
            env._("All of them are in your list of activities, too."),
            Markup().join(rows),
        ),
        email_layout_xmlid=MAIL_LAYOUT,
        force_email_company=company,
        **values,
    )
