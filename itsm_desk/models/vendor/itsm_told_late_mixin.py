import logging

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.grants import server_write
from ..event.recording import record_event

WARNING_ACTIVITY = "itsm_desk.mail_activity_type_level_warning"
LATE_ACTIVITY = "itsm_desk.mail_activity_type_sla_breach"

_logger = logging.getLogger(__name__)


class ItsmToldLateMixin(models.AbstractModel):
    """A stretch of time with a due date, which somebody answers for.

    He is warned, once, when the share of it that the service level policy names is
    used up, and told, once, when the due date has passed. Both stand in the history
    of the ticket.

    A model says with ``_late_end`` which of its fields is empty while it goes on, in
    ``_get_late_user`` whom to tell, in ``_get_late_name`` who is late, and in
    ``_get_late_summary`` what the activity says.
    """

    _name = "itsm.told.late.mixin"
    _description = "Told When It Is Late"

    _late_end = ""

    warn_percent = fields.Integer(
        string="Warn at (%)",
        aggregator=None,
        help="Of the service level policy.",
    )
    warn_at = fields.Datetime(string="Warning Due on")
    warned_at = fields.Datetime(string="Warned On")
    told_at = fields.Datetime(string="Told It Is Late on")

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_tell_late(self, limit=100):
        """Tell who answers for it of what has become late, or is about to."""
        now = fields.Datetime.now()
        goes_on = Domain(self._late_end, "=", False) & Domain("told_at", "=", False)
        late = goes_on & Domain("due_at", "<", now)
        # What is late already needs no warning any more.
        at_risk = goes_on & Domain("due_at", ">=", now)
        at_risk &= Domain("warned_at", "=", False) & Domain("warn_at", "<=", now)
        if self._tell_batches(late, "_tell_late", limit):
            self._tell_batches(at_risk, "_tell_warning", limit)

    @api.model
    def _tell_batches(self, domain, act, limit):
        """Call ``act`` on each record of ``domain``; return False when time is up."""
        done = set()
        while found := self.search(
            domain & Domain("id", "not in", list(done)),
            order="due_at, id",
            limit=limit,
        ):
            done.update(found.ids)
            for record in found.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        getattr(record, act)()
                except Exception:
                    _logger.exception("%s: %s was not done", record, act)
            left = self.search_count(domain & Domain("id", "not in", list(done)))
            if not self.env["ir.cron"]._commit_progress(len(found), remaining=left):
                return False
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _tell_late(self):
        self.ensure_one()
        server_write(self, {"told_at": fields.Datetime.now()})
        self._drop_warning()
        self._tell("level_late", LATE_ACTIVITY, is_late=True)

    def _tell_warning(self):
        self.ensure_one()
        server_write(self, {"warned_at": fields.Datetime.now()})
        self._tell("level_warn", WARNING_ACTIVITY, is_late=False)

    def _tell(self, kind, activity, is_late):
        record_event(self.ticket_id, kind, new=self._get_late_name())
        user = self._get_late_user(is_late)
        if user:
            told = self.with_context(lang=user.lang)
            self.ticket_id.activity_schedule(
                activity, user_id=user.id, summary=told._get_late_summary(is_late)
            )

    def _drop_warning(self):
        """Take the warning off the lists once it is over or has come true."""
        if self.warned_at:
            self.ticket_id.activity_unlink([WARNING_ACTIVITY])

    def _get_late_user(self, is_late):
        """Return who is told that it is late (``is_late``) or about to be.

        :rtype: recordset
        """
        raise NotImplementedError

    def _get_late_name(self):
        """Return the name of who has the ticket too long.

        :rtype: str
        """
        raise NotImplementedError

    def _get_late_summary(self, is_late):
        """Return the summary of the activity, in the language of the context.

        :rtype: str
        """
        raise NotImplementedError
