import logging
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.grants import server_write
from ..base.working_days import get_day
from . import blanking

TEXTS = (
    "description",
    "finding",
    "action_taken",
    "answer",
    "refuse_reason",
    "withdraw_reason",
)
"""What was written in a complaint; its subject is blanked, too."""
BATCH = 100

_logger = logging.getLogger(__name__)


class ItsmRetention(models.AbstractModel):
    """The texts of closed complaints are blanked when their time is over.

    With them go messages, mails, files, and what the person concerned was told. Who
    complained about what, when, the cause and the outcome stay for the figures.
    """

    _inherit = "itsm.retention"

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_forget_complaints(self):
        """Blank what the companies keep no longer, each complaint whole or not."""
        complaints = self.env["itsm.complaint"]
        due, failed = self._get_due_complaints(), set()
        while found := complaints.search(
            due & Domain("id", "not in", list(failed)), order="id", limit=BATCH
        ):
            done = found.try_lock_for_update()
            failed.update((found - done).ids)
            for complaint in done:
                try:
                    with self.env.cr.savepoint():
                        _forget_complaint(complaint)
                except Exception:
                    _logger.exception("Complaint %s was left", complaint.id)
                    failed.add(complaint.id)
            left = complaints.search_count(due & Domain("id", "not in", list(failed)))
            if not self.env["ir.cron"]._commit_progress(len(found), remaining=left):
                return

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_due_complaints(self):
        due = Domain.FALSE
        # sudo: the job looks at all companies
        companies = self.env["res.company"].sudo()
        for company in companies.search([("itsm_keep_complaint_months", ">", 0)]):
            kept = company._itsm_get_months()["itsm_keep_complaint_months"]
            if not kept:
                continue
            months = relativedelta(months=kept)
            due |= Domain("company_id", "=", company.id) & Domain(
                "closed_at", "<", fields.Datetime.now() - months
            )
        return (
            due
            & Domain("state", "=", "closed")
            & Domain("text_forgotten_at", "=", False)
        )


def _forget_complaint(complaint):
    mark = complaint.env._("(Removed: the time for which texts are kept is over.)")
    # sudo: a text ends wherever it stands, whoever reads that
    complaint = complaint.sudo()
    env = complaint.env
    messages = env["mail.message"].search(
        [("model", "=", complaint._name), ("res_id", "=", complaint.id)]
    )
    files = messages.attachment_ids | env["ir.attachment"].search(
        [("res_model", "=", complaint._name), ("res_id", "=", complaint.id)]
    )
    blanking.blank_messages(messages, mark)
    server_write(
        files,
        {
            "name": blanking.REMOVED_FILE,
            "raw": mark.encode(),
            "mimetype": "text/plain",
        },
    )
    _blank_notice(complaint, mark)
    values = {name: mark for name in TEXTS if complaint[name]}
    server_write(
        complaint.with_context(tracking_disable=True),
        {
            **values,
            "subject": mark,
            "filing_key": False,
            "text_forgotten_at": fields.Datetime.now(),
        },
    )


def _blank_notice(complaint, mark):
    """Blank what the person concerned was told; no field leads from one to the other.

    Of those about the same person that say the same, one: each ends with a complaint of
    its own. The months beside that of the closing are looked at too, as the company may
    have moved to another time zone since.
    """
    closed = complaint.closed_at
    months = [
        get_day(complaint.company_id, closed + timedelta(days)).replace(day=1)
        for days in (0, -1, 1)
    ]
    notices = complaint.env["itsm.complaint.notice"].search(
        [
            ("user_id", "=", complaint.technician_id.id),
            ("cause_id", "=", complaint.cause_id.id),
            ("company_id", "=", complaint.company_id.id),
            ("outcome", "=", complaint.outcome),
            ("month", "in", months),
            ("action_taken", "!=", False),
        ],
        order="id",
    )
    told = not complaint.is_anonymous and complaint.description
    same = notices.filtered(lambda item: item.action_taken == complaint.action_taken)
    notice = same.sorted(
        lambda item: (
            (item.description or False) != told,
            item.month != months[0],
        )
    )[:1]
    values = {"action_taken": mark, "partner_name": False}
    if notice.description:
        values["description"] = mark
    server_write(notice, values)
