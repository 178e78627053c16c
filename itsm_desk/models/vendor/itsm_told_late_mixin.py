import logging

from odoo import api, fields, models

from ..base.grants import server_write

_logger = logging.getLogger(__name__)


class ItsmToldLateMixin(models.AbstractModel):
    """A stretch of time with a due date; somebody is told, once, when it has passed.

    A model says with ``_late_end`` which of its fields is empty while it goes on, and
    in ``_get_late_call`` whom to tell what.
    """

    _name = "itsm.told.late.mixin"
    _description = "Told When It Is Late"

    _late_end = ""

    told_at = fields.Datetime(string="Told It Is Late on")

    @api.model
    def _cron_tell_late(self, limit=100):
        """Tell who answers for it of what has become late."""
        domain = [
            (self._late_end, "=", False),
            ("due_at", "<", fields.Datetime.now()),
            ("told_at", "=", False),
        ]
        done = set()
        while late := self.search(
            [*domain, ("id", "not in", list(done))], order="due_at, id", limit=limit
        ):
            done.update(late.ids)
            for record in late.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        record._tell_late()
                except Exception:
                    _logger.exception("%s: nobody was told that it is late", record)
            left = self.search_count([*domain, ("id", "not in", list(done))])
            if not self.env["ir.cron"]._commit_progress(len(late), remaining=left):
                break

    def _tell_late(self):
        self.ensure_one()
        server_write(self, {"told_at": fields.Datetime.now()})
        user, summary = self._get_late_call()
        if user:
            self.ticket_id.activity_schedule(
                "itsm_desk.mail_activity_type_sla_breach",
                user_id=user.id,
                summary=summary,
            )

    def _get_late_call(self):
        """Return (user, summary) of the activity.

        :rtype: tuple
        """
        raise NotImplementedError
