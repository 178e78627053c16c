from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 250
"""Contracts that are recounted in one transaction."""
SENT_STATES = ("vendor_review", "review", "approved")


class VendorQualityRecompute(models.Model):
    """Days of a contract whose evidence changed since its forms were counted.

    The server adds rows in the transaction of the change and removes them when
    the forms are counted again. Rows repeat on purpose: a job deletes the rows
    that it saw, so a change that is committed while it works keeps its own row.
    With one row a period, that change would be lost.

    Managers, officers and auditors read it; nobody writes it.
    """

    _name = "vendor.quality.recompute"
    _description = "Evidence to Recount"
    _order = "id"
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="contract_id.company_id")
    date_from = fields.Date(
        string="From", readonly=True, help="Empty: from the start of the contract."
    )
    date_to = fields.Date(
        string="To", readonly=True, help="Empty: to the end of the contract."
    )
    with_missing = fields.Boolean(
        string="With Missing Forms",
        readonly=True,
        help="Asked for by a manager: ended periods without a form get one.",
    )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_recompute(self):
        """Count the forms again whose evidence changed."""
        contracts = self._get_contracts()
        self.env["vendor.quality.batch"]._run_in_batches(
            contracts, lambda batch: self._recompute_for(batch), size=BATCH
        )

    @api.model
    def _get_contracts(self):
        """Return the contracts with changed evidence or newly entered values."""
        groups = self._read_group([], ["contract_id"])
        stale = self.env["vendor.quality.form"]._read_group(
            [("state", "=", "collected"), ("is_stale", "=", True)], ["contract_id"]
        )
        ids = {contract.id for (contract,) in [*groups, *stale]}
        return self.env["outsourcing.contract"].browse(sorted(ids))

    @api.model
    def _recompute_for(self, contracts):
        """Recount what is listed of ``contracts``; doing it twice changes nothing.

        Forms that are not sent on get the new figures. The others keep theirs and
        say that evidence arrived after them.
        """
        rows = self.search([("contract_id", "in", contracts.ids)])
        new = rows._create_missing()
        forms = (rows._get_forms() - new) | new.search(
            [
                ("contract_id", "in", contracts.ids),
                ("state", "=", "collected"),
                ("is_stale", "=", True),
            ]
        )
        # A change of figures is in the lines; a message for each would be a flood.
        forms = forms.with_context(tracking_disable=True)
        forms.filtered(lambda form: form.state == "collected")._collect()
        forms.filtered(lambda form: form.state in SENT_STATES)._note_late_data()
        rows.unlink()

    def _create_missing(self):
        """Create the forms that a manager asked for."""
        forms = new = self.env["vendor.quality.form"]
        wanted = self.filtered("with_missing").grouped(
            lambda row: (row.date_from, row.date_to)
        )
        for (date_from, date_to), rows in wanted.items():
            new |= forms._propose_for(rows.contract_id, date_from, date_to)
        return new

    def _get_forms(self):
        """Return the counted forms whose period the rows touch."""
        Form = self.env["vendor.quality.form"]
        Form.flush_model(["contract_id", "date_start", "date_end", "state"])
        found = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT form.id
                  FROM vendor_quality_recompute AS listed
                  JOIN vendor_quality_form AS form
                    ON form.contract_id = listed.contract_id
                   AND form.date_start <= COALESCE(listed.date_to, 'infinity')
                   AND form.date_end >= COALESCE(listed.date_from, '-infinity')
                   AND form.state IN %s
                 WHERE listed.id = ANY(%s)
                 ORDER BY form.id
                """,
                ("collected", *SENT_STATES),
                self.ids,
            )
        )
        return Form.browse(form_id for (form_id,) in found)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _add(self, days, with_missing=False):
        """Put the days of a query on the list, as far as contracts are scored.

        :param SQL days: query of contract id, first and last day
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO vendor_quality_recompute (
                       contract_id, date_from, date_to, with_missing,
                       create_uid, create_date, write_uid, write_date)
                SELECT DISTINCT contract.id, day.first, day.last, %(with_missing)s,
                       %(uid)s, %(now)s::timestamp, %(uid)s, %(now)s::timestamp
                  FROM (%(days)s) AS day(contract_id, first, last)
                  JOIN outsourcing_contract AS contract
                    ON contract.id = day.contract_id
                   AND contract.vendor_quality_template_id IS NOT NULL
                """,
                days=days,
                with_missing=with_missing,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
