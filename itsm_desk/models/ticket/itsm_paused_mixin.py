import logging

from odoo import api, fields, models
from odoo.tools import plaintext2html

from ..base.grants import server_write

_logger = logging.getLogger(__name__)


class ItsmPausedMixin(models.AbstractModel):
    """A ticket that waits for the answer to a question, but not for ever.

    The reason of the pause says whether it comes with a question, after how many
    working days the requester is reminded, and after how many the pause ends: then the
    owner decides what becomes of the ticket.
    """

    _name = "itsm.paused.mixin"
    _description = "Waits for an Answer"

    pending_question = fields.Text(
        string="Question to the Requester", copy=False, readonly=True
    )
    pause_reminder_at = fields.Datetime(
        string="Next Reminder of the Question", copy=False, readonly=True
    )
    pause_ends_at = fields.Datetime(
        string="Pause Ends on",
        copy=False,
        readonly=True,
        help="Without an answer by then its owner decides what becomes of it.",
    )

    _pause_reminder_idx = models.Index(
        "(pause_reminder_at) WHERE pause_reminder_at IS NOT NULL"
    )
    _pause_ends_idx = models.Index("(pause_ends_at) WHERE pause_ends_at IS NOT NULL")

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_pauses(self, limit=100):
        """Remind requesters of questions, and end pauses that lasted long enough."""
        now = fields.Datetime.now()
        due = ["|", ("pause_reminder_at", "<=", now), ("pause_ends_at", "<=", now)]
        domain = [("state", "=", "pending"), *due]
        done = set()
        while tickets := self.search(
            [*domain, ("id", "not in", list(done))], order="id", limit=limit
        ):
            done.update(tickets.ids)
            for ticket in tickets.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        ticket._remind_or_end_pause(now)
                except Exception:
                    _logger.exception("Ticket %s: its pause was not ended", ticket.id)
            left = self.search_count([*domain, ("id", "not in", list(done))])
            if not self.env["ir.cron"]._commit_progress(len(tickets), remaining=left):
                break

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _on_enter_pending(self, origins):
        """Plan when the requester is reminded, and when the pause ends."""
        now = fields.Datetime.now()
        for ticket in self:
            reason = ticket.pending_reason_id
            server_write(
                ticket,
                {
                    "pause_reminder_at": ticket._plan_pause(now, reason.remind_days),
                    "pause_ends_at": ticket._plan_pause(now, reason.limit_days),
                },
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _plan_pause(self, start, days):
        """Return the end of the working day ``days`` after ``start``; 0: never."""
        return self._get_day_limit(start, days) if days else False

    def _ask_requester(self, question):
        """Ask in public, as the acting user; the answer goes on with the work."""
        for ticket in self:
            # sudo: technicians write no field that only the server sets
            server_write(ticket.sudo(), {"pending_question": question})
            ticket.message_post(
                body=plaintext2html(question),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

    def _remind_or_end_pause(self, now):
        self.ensure_one()
        reason = self.pending_reason_id
        if self.pause_ends_at and self.pause_ends_at <= now:
            self._end_pause()
            return
        following = self._plan_pause(now, reason.remind_days)
        if following and self.pause_ends_at and following >= self.pause_ends_at:
            following = False
        server_write(self, {"pause_reminder_at": following})
        if self.pending_question:
            self._post_to_requester("question")

    def _end_pause(self):
        """Go back to work without an answer; the owner decides what to do."""
        question = self.pending_question
        server_write(self, {"state": "in_progress"})
        self.activity_schedule(
            "itsm_desk.mail_activity_type_reopened",
            user_id=self.user_id.id,
            summary=self.env._("No answer: solve it, cancel it or ask again"),
            note=plaintext2html(question or ""),
        )
