from odoo import api, models

from ...tools.one_record import check_one
from ..award.reference_share import get_reference


class OutsourcingContract(models.Model):
    """Documents behind and after a contract, for its buttons and printed sheet."""

    _inherit = "outsourcing.contract"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("award_ids.saving_amount")
    def _compute_saving(self):
        """Awards of several services may end in one contract: their savings sum."""
        for contract in self:
            amount = percent = 0.0
            awards = contract.award_ids
            if awards and awards.currency_id == contract.currency_id:
                amount = sum(awards.mapped("saving_amount"))
                reference = sum(map(get_reference, awards))
                percent = reference and 100 * amount / reference
            contract.saving_amount, contract.saving_percent = amount, percent

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_requests(self):
        """Open the requests that the contract answers."""
        check_one(self)
        self.check_access("read")
        return self.env["outsourcing.request"]._get_chain_action(
            "outsourcing_request_action", self.request_ids
        )

    def action_view_tender(self):
        """Open the tender that the contract comes from."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "outsourcing.tender",
            "view_mode": "form",
            "res_id": self.tender_id.id,
        }

    def action_view_awards(self):
        """Open the award of the contract."""
        check_one(self)
        self.check_access("read")
        return self.award_ids[:1]._get_form_action()

    def action_view_purchase_orders(self):
        """Open the orders placed under the contract."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Purchase Orders"),
            "res_model": "purchase.order",
            "view_mode": "list,form",
            "domain": [("outsourcing_contract_id", "in", self.ids)],
        }

    def action_view_renewal(self):
        """Open the contract that renews this one."""
        check_one(self)
        self.check_access("read")
        return self.successor_ids.sorted("id")[-1:]._get_records_action(context={})

    def action_view_exit(self):
        """Open the handover at the end of the contract."""
        check_one(self)
        self.check_access("read")
        return self.exit_ids[:1]._get_records_action(context={})

    def action_view_bills(self):
        """Open the vendor bills of the orders."""
        check_one(self)
        self.check_access("read")
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
        check_one(self)
        self.check_access("read")
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
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_audit_log_action"
        )
        return {
            **action,
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_bills(self):
        """Return the bills of the orders, whatever the reader may see."""
        self.ensure_one()
        # sudo: found with all rights, returned with those of the reader.
        return self.sudo().purchase_order_ids.invoice_ids.sudo(False)

    def _get_chain(self):
        """Return the documents behind and after the contract, in order.

        Names, dates and people only: what the whole company may know of a
        signed contract, also where the reader has no right on the document.

        :rtype: list of dicts with ``label``, ``name``, ``date`` and ``who``
        """
        self.ensure_one()
        # sudo: the sheet names documents that its reader may not open.
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
        """Return the proof of the recorded steps, for the printed sheet.

        Steps that wait for their place in the chain get it before it is printed.
        """
        self.ensure_one()
        log = self.env["outsourcing.audit.log"]
        log._get_end(self)
        return log.verify(self._name, self.id)
