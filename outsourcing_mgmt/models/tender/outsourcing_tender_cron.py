import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class OutsourcingTender(models.Model):
    """What the clock does: closes tenders, ends standstills."""

    _inherit = "outsourcing.tender"

    @api.model
    def _cron_close(self):
        """Close published tenders whose deadline has passed."""
        tenders = self.search(
            [
                ("state", "=", "published"),
                ("bid_deadline", "<=", fields.Datetime.now()),
            ],
            order="bid_deadline, id",
        )
        self._cron_each(tenders, "closed")

    @api.model
    def _cron_each(self, records, target):
        """Take ``records`` to ``target`` one by one, committing each.

        A record that another transaction holds waits for the next run; one
        that refuses is logged and does not stop the others.

        :param records: records with a declared flow
        :param str target: the state to enter
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(records))
        for record in records:
            record = record.try_lock_for_update().filtered(
                lambda item: item.state != target
            )
            try:
                with self.env.cr.savepoint():
                    record.write({"state": target})
            except UserError as error:
                _logger.warning("%s stays as it is: %s", record, error)
            if not cron._commit_progress(1):
                break
