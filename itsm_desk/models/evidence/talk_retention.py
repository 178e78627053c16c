import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.grants import server_unlink

_logger = logging.getLogger(__name__)

ENDS = {"itsm.meeting": ("done", "done_at"), "itsm.assessment": ("final", "final_at")}
"""``{model: (last state, when it was entered)}``"""


class ItsmRetention(models.AbstractModel):
    """One-to-one meetings and final assessments are deleted when their time is over."""

    _inherit = "itsm.retention"

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_forget_talks(self, limit=100):
        """Delete what the companies keep no longer, with its messages and files."""
        failed = {name: set() for name in ENDS}
        for name in ENDS:
            due = self._get_due_talks(name)
            while found := self.env[name].search(
                due & Domain("id", "not in", list(failed[name])),
                order="id",
                limit=limit,
            ):
                for record in found:
                    try:
                        with self.env.cr.savepoint():
                            server_unlink(record)
                    except Exception:
                        _logger.exception("%s %s was left", name, record.id)
                        failed[name].add(record.id)
                left = self.env[name].search_count(
                    due & Domain("id", "not in", list(failed[name]))
                )
                progress = self.env["ir.cron"]._commit_progress
                if not progress(len(found), remaining=left):
                    return

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_due_talks(self, name):
        state, stamp = ENDS[name]
        due = Domain.FALSE
        # sudo: the job looks at all companies
        companies = self.env["res.company"].sudo()
        for company in companies.search([("itsm_keep_talk_months", ">", 0)]):
            kept = company._itsm_get_months()["itsm_keep_talk_months"]
            if not kept:
                continue
            months = relativedelta(months=kept)
            due |= Domain("company_id", "=", company.id) & Domain(
                stamp, "<", fields.Datetime.now() - months
            )
        return due & Domain("state", "=", state)
