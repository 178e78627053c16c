from odoo import api, fields, models
from odoo.tools import format_date


class OutsourcingContract(models.Model):
    """The chain around a contract, for its page and its printed sheet."""

    _inherit = "outsourcing.contract"

    bill_count = fields.Integer(compute="_compute_bill_count")
    finding_count = fields.Integer(compute="_compute_finding_count")
    step_count = fields.Integer(compute="_compute_step_count")
    send_hint = fields.Text(compute="_compute_send_hint")
    is_filing_overdue = fields.Boolean(
        compute="_compute_is_filing_overdue",
        help="Signed, not filed, and the deadline has passed.",
    )
    filing_hint = fields.Char(compute="_compute_is_filing_overdue")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_bill_count(self):
        for contract in self:
            # Readers of the contract see the number, accountants the bills.
            contract.bill_count = len(contract._get_bills())

    def _compute_finding_count(self):
        counts = dict(
            self.env["outsourcing.finding"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.finding_count = counts.get(contract, 0)

    def _compute_step_count(self):
        # The number of steps is no secret to a reader of the contract.
        counts = dict(
            self.env["outsourcing.audit.log"]
            .sudo()
            ._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.step_count = counts.get(contract.id, 0)

    @api.depends("state", "amount_total", "purchase_order_ids", "direct_reason")
    @api.depends_context("uid")
    def _compute_send_hint(self):
        drafts = self.filtered(lambda contract: contract.state == "draft")
        reasons = drafts._get_cannot_send_to_sign_reason() if drafts else {}
        for contract in self:
            contract.send_hint = reasons.get(contract.id, False)

    @api.depends("filing_deadline", "filed_date")
    def _compute_is_filing_overdue(self):
        for contract in self:
            due = not contract.filed_date and contract.filing_deadline
            today = contract.company_id._outsourcing_today()
            contract.is_filing_overdue = bool(due and due < today)
            contract.filing_hint = due and (
                self.env._("The filing with HR was due on %s.", self._format(due))
                if due < today
                else self.env._("HR receives the filing until %s.", self._format(due))
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_bills(self):
        """Open the vendor bills of the orders."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bills"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self._get_bills().ids)],
            "context": {"create": False},
        }

    def action_view_findings(self):
        """Open what employees found about the contract."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_finding_action"
        )
        return {
            **action,
            "domain": [("contract_id", "=", self.id)],
            "context": {"default_contract_id": self.id},
        }

    def action_view_steps(self):
        """Open the chain of recorded steps."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_audit_log_action"
        )
        return {
            **action,
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }

    def action_open_sign_wizard(self):
        """Ask for the day of the signature."""
        self._flow_check_can("sign")
        return self._open_wizard("outsourcing.contract.sign", self.env._("Signature"))

    def action_open_file_wizard(self):
        """Ask where HR keeps the contract."""
        self._flow_check_can("file")
        return self._open_wizard("outsourcing.contract.file", self.env._("Filing"))

    def _open_wizard(self, model, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _format(self, day):
        return format_date(self.env, day)

    def _get_bills(self):
        """Return the bills of the orders, whatever the reader may see."""
        self.ensure_one()
        return self.sudo().purchase_order_ids.invoice_ids.sudo(False)

    def _get_chain(self):
        """Return the documents behind and after the contract, in order.

        Names, dates and people only: what the whole company may know of a
        signed contract, also where the reader has no right on the document.

        :rtype: list of dicts with ``label``, ``name``, ``date`` and ``who``
        """
        self.ensure_one()
        contract = self.sudo()
        tender, orders = contract.tender_id, contract.purchase_order_ids
        steps = [
            (self.env._("Request"), request, request.approved_date, request.employee_id)
            for request in tender.request_ids
        ]
        if tender:
            steps.append(
                (self.env._("Tender"), tender, tender.publish_date, tender.user_id)
            )
        steps += [
            (self.env._("Award"), award, award.final_date, award.approved_by_id)
            for award in contract.award_ids
        ]
        steps += [
            (self.env._("Order"), order, order.date_approve, order.user_id)
            for order in orders
        ]
        signer = contract.signed_by_id
        steps += [
            (self.env._("Signature"), contract, contract.signed_date, signer),
        ]
        rows = [
            {"label": label, "name": doc.display_name, "date": day, "who": who.name}
            for label, doc, day, who in steps
        ]
        rows.append(
            {
                "label": self.env._("Filing with HR"),
                "name": contract.filing_reference,
                "date": contract.filed_date,
                "who": contract.filing_received_by_id.name,
            }
        )
        rows += [
            {
                "label": self.env._("Bill"),
                "name": bill.name,
                "date": bill.invoice_date,
                "who": bill.partner_id.name,
            }
            for bill in orders.invoice_ids.filtered(lambda bill: bill.state == "posted")
        ]
        return rows

    def _get_chain_proof(self):
        """Return the proof of the recorded steps, for the printed sheet."""
        self.ensure_one()
        return self.env["outsourcing.audit.log"].verify(self._name, self.id)
