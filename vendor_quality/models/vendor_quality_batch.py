import logging

from odoo import api, models

_logger = logging.getLogger(__name__)


class VendorQualityBatch(models.AbstractModel):
    """Nightly work in batches that can be killed and repeated."""

    _name = "vendor.quality.batch"
    _description = "Nightly Work in Batches"

    @api.model
    def _run_in_batches(self, records, function, size=200):
        """Call ``function`` on batches of ``records`` and commit each.

        Rows that another process holds are left for the next run. A batch that
        fails is tried record by record, so that one bad record is logged and
        the others are done.

        :param function: takes a recordset; doing it twice changes nothing more
        """
        Cron = self.env["ir.cron"]
        done = 0
        for start in range(0, len(records), size):
            batch = records[start : start + size].try_lock_for_update()
            if not self._try_batch(batch, function):
                for record in batch:
                    self._try_batch(record, function)
            done += size
            if not Cron._commit_progress(
                len(batch), remaining=max(len(records) - done, 0)
            ):
                return

    @api.model
    def _try_batch(self, records, function):
        """Return whether ``function`` worked; a failure leaves no trace."""
        try:
            with self.env.cr.savepoint():
                function(records)
        except Exception:
            _logger.exception("%s failed for %s", function.__name__, records)
            self.env.invalidate_all()
            return False
        return True
