from odoo import api, fields, models

from ..form.vendor_quality_form_collect import collect

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
    _description = "Contract to Recalculate"
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
        say that evidence arrived after them. A contract of whose forms somebody holds
        one now (a user who submits it) is left to the next run: the job holds the
        contract already, and both would wait for each other.
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
        busy = (forms - forms.try_lock_for_update()).contract_id
        forms = forms.filtered(lambda form: form.contract_id not in busy)
        rows = rows.filtered(lambda row: row.contract_id not in busy)
        # A change of figures is in the lines; a message for each would be a flood.
        forms = forms.with_context(tracking_disable=True)
        collect(forms)
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
        forms = self.env["vendor.quality.form"].search_fetch(
            [
                ("contract_id", "in", self.contract_id.ids),
                ("state", "in", ("collected", *SENT_STATES)),
            ],
            ["contract_id", "date_start", "date_end", "state"],
            order="id",
        )
        by_contract = self.grouped("contract_id")
        return forms.filtered(
            lambda form: any(
                (not row.date_to or form.date_start <= row.date_to)
                and (not row.date_from or form.date_end >= row.date_from)
                for row in by_contract[form.contract_id]
            )
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _add(self, days, with_missing=False):
        """Put ``days`` on the list, as far as their contracts are scored.

        :param days: iterable of ``(contract, first day, last day)``
        """
        # sudo: nobody writes the list; it only lets figures be counted again.
        listed = self.sudo()
        return listed.create(
            [
                {
                    "contract_id": contract.id,
                    "date_from": date_from,
                    "date_to": date_to,
                    "with_missing": with_missing,
                }
                for contract, date_from, date_to in days
                # sudo: whoever changed the evidence may not read the contract.
                if contract.sudo().vendor_quality_template_id
            ]
        )
