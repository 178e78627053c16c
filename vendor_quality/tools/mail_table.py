"""Who is told of which event of the quality of a service: the table of the README.

The words are those of ``outsourcing_mgmt/tools/mail_table``.
"""

from odoo.addons.outsourcing_mgmt.tools.mail_table import (
    ACTIVITY,
    MAIL,
    NOTHING,
    Row,
)

TABLE = (
    Row("form sent", "vendor", MAIL),
    Row("form sent", "other vendor", NOTHING),
    Row("vendor reminded", "vendor", MAIL),
    Row("line disputed", "handler", ACTIVITY),
    Row("line disputed", "vendor", NOTHING),
    Row("dispute decided", "vendor", MAIL),
    Row("dispute decided", "other vendor", NOTHING),
)

OTHER = (
    Row("figures to check", "owner", ACTIVITY),
    Row("figures too late", "handler", ACTIVITY),
    Row("vendor answered", "handler", ACTIVITY),
    Row("vendor answered", "vendor", NOTHING),
    Row("form sent back", "handler", ACTIVITY),
    Row("late acceptance", "handler", ACTIVITY),
    Row("result to verify", "verifier", ACTIVITY),
    Row("score falls", "vendor", MAIL),
    Row("score falls", "other vendor", NOTHING),
    Row("plan begun", "vendor", MAIL),
    Row("plan begun", "other vendor", NOTHING),
    Row("plan begun", "owner", ACTIVITY),
    Row("plan answered", "owner", ACTIVITY),
    Row("plan answered", "vendor", NOTHING),
    Row("plan to judge", "manager", ACTIVITY),
    Row("plan due", "owner", ACTIVITY),
    Row("plan due", "manager", ACTIVITY),
    Row("plan due", "vendor", NOTHING),
    Row("plan unanswered", "vendor", MAIL),
    Row("held bill paid", "finance", ACTIVITY),
    Row("held bill waits", "releaser", ACTIVITY),
    Row("retention due", "finance", ACTIVITY),
    Row("worker left", "owner", ACTIVITY),
)
"""The rest.

Figures are too late after the approval of their form. A plan is due where the vendor
has answered it, and unanswered otherwise.
"""

SOURCES = {
    # Templates of mails.
    "mail_template_form_vendor_review": "form sent",
    "mail_template_dispute_decided": "dispute decided",
    "mail_template_improvement_plan_vendor": "plan begun",
    "mail_template_forecast_vendor": "score falls",
    # Functions that mail, or ask somebody, by themselves.
    "vendor_quality_form_flow._send_to_vendor": "form sent",
    "vendor_quality_form_flow._vendor_quality_remind_vendor": "vendor reminded",
    "vendor_quality_form_flow._schedule": "vendor answered",
    "vendor_quality_form_collect._ask_to_check": "figures to check",
    "vendor_quality_form_fee._ask_about_late_acceptance": "late acceptance",
    "vendor_quality_dispute._mail_decision": "dispute decided",
    "vendor_quality_inspection._on_enter_done": "result to verify",
    "vendor_quality_improvement_plan._mail_vendor": "plan begun",
    "vendor_quality_improvement_plan._ask": "plan due",
    "vendor_quality_forecast_refresh._warn_vendors": "score falls",
    "vendor_quality_hold._schedule_activity": "held bill paid",
    "vendor_quality_hold._remind": "held bill waits",
    "vendor_quality_deduction._remind_retention": "retention due",
    "gone._tell": "worker left",
}
"""Which event each template, type of activity and function tells of.

``tests/test_mail_tables.py`` fails for one that is not here, or whose event has no row.
A function that serves several events stands for the first of them.
"""
