import logging

from odoo import api, fields, models

from ..base.grants import server_write
from ..base.itsm_private_mixin import HR
from ..base.working_days import get_last_evening
from .itsm_assessment import TYPE_APPEAL, TYPE_FINAL
from .itsm_meeting import MANAGER

_logger = logging.getLogger(__name__)


class ItsmAssessment(models.Model):
    """Who decides an appeal, and who is called where that person does not."""

    _inherit = "itsm.assessment"

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _renew_calls(self):
        """Call somebody again where whoever was called has left, or is late."""
        waiting = self.search([("state", "in", ("acknowledged", "appealed"))])
        waiting |= self.search([("state", "=", "released"), ("called_at", "!=", False)])
        for left, assessment in zip(
            range(len(waiting) - 1, -1, -1), waiting, strict=True
        ):
            try:
                with self.env.cr.savepoint():
                    assessment._renew_call()
            except Exception:
                _logger.exception("Assessment %s was left", assessment.id)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    def _renew_call(self):
        self.ensure_one()
        if self.state != "appealed" or self.appeal_result:
            if not self._get_called(TYPE_FINAL):
                self._call_hr()
            return
        if self._is_judge_gone() and (judge := self._get_judges()[:1]):
            self.activity_unlink([TYPE_APPEAL])
            # The days to decide begin anew for the next one.
            values = {"appeal_user_id": judge.id, "answered_at": fields.Datetime.now()}
            server_write(self, values)
        if self.appeal_user_id not in self._get_called(TYPE_APPEAL):
            self._call(TYPE_APPEAL, self.appeal_user_id.filtered("active"))
        if self._is_judge_late():
            parties = self.author_id | self.technician_id
            users = self._flow_get_users_of(HR, excluded=parties)
            if not users & self._get_called(TYPE_APPEAL):
                self._call(TYPE_APPEAL, users[:3])

    def _get_called(self, kind):
        """Return the active users who have an activity of a type on it."""
        self.ensure_one()
        found = self.activity_ids.filtered(
            lambda item: item.activity_type_id == self.env.ref(kind)
        )
        return found.user_id.filtered("active")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_judges(self):
        """Return who may decide the appeal: desk managers, else HR."""
        self.ensure_one()
        parties = self.author_id | self.technician_id
        return self._flow_get_users_of(
            MANAGER, excluded=parties
        ) or self._flow_get_users_of(HR, excluded=parties)

    def _is_judge_gone(self):
        """Whether who decides the appeal has left, or may decide none any more."""
        self.ensure_one()
        # sudo: who may decide does not depend on who asks
        judge = self.sudo().appeal_user_id
        return not (
            judge.active
            and self.company_id in judge.company_ids
            and (judge.has_group(MANAGER) or judge.has_group(HR))
        )

    def _is_judge_late(self):
        """Whether the appeal waits longer than the technician had to answer."""
        self.ensure_one()
        if self._is_judge_gone():
            return True
        # sudo: settings of the company, whoever asks
        company = self.sudo().company_id
        due = get_last_evening(
            company,
            company.resource_calendar_id,
            self.answered_at,
            company.itsm_answer_days,
        )
        return fields.Datetime.now() > due

    def _is_deputy_judge(self):
        """Whether the acting user, of HR, may decide in place of the one called."""
        self.ensure_one()
        parties = self.author_id | self.technician_id
        return self.env.user in self._flow_get_users_of(HR, excluded=parties)
