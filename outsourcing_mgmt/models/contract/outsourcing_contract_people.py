from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError

from ...tools.one_record import check_one
from ..base.uninstall import guards_deletion
from .contract_ties import ANNEX_KINDS


class OutsourcingContract(models.Model):
    """Who works under a contract, how long it is kept, and what it is made with."""

    _inherit = "outsourcing.contract"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("worker_ids.state", "headcount_agreed")
    @api.depends_context("lang")
    def _compute_headcount(self):
        counts = {
            (contract, state): count
            for contract, state, count in self.env["outsourcing.worker"]._read_group(
                [("contract_id", "in", self.ids), ("state", "!=", "left")],
                ["contract_id", "state"],
                ["__count"],
            )
        }
        for contract in self:
            on_site = counts.get((contract._origin, "on_site"), 0)
            planned = counts.get((contract._origin, "planned"), 0)
            contract.headcount_on_site = on_site
            contract.headcount_planned = planned
            agreed = contract.headcount_agreed
            contract.headcount_hint = (
                self.env._(
                    "%(heads)s people are on site or planned, %(agreed)s were agreed. "
                    "Amend the contract, or let the others leave.",
                    heads=on_site + planned,
                    agreed=agreed,
                )
                if agreed and on_site + planned > agreed
                else False
            )

    def _compute_roster_day_count(self):
        days = dict(
            self.env["outsourcing.roster.day"]._read_group(
                [("contract_id", "in", self.ids), ("state", "=", "confirmed")],
                ["contract_id"],
                ["days:sum"],
            )
        )
        for contract in self:
            contract.roster_day_count = days.get(contract, 0.0)

    @api.depends("date_end", "retention_years", "termination_date")
    def _compute_retention_date(self):
        for contract in self:
            # Not a dependency on the settings: a promise to keep is not shortened.
            # sudo: whoever writes a contract need not read settings.
            years = contract.company_id.sudo().outsourcing_retention_years
            years = max(contract.retention_years, years)
            end = contract.termination_date or contract.date_end
            contract.retention_date = end and end + relativedelta(years=years)

    @api.depends("category_id")
    def _compute_needs_milestones(self):
        for contract in self:
            contract.needs_milestones = contract.category_id.needs_milestones

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @guards_deletion
    def _unlink_except_with_documents(self):
        # sudo: documents are evidence, whoever may read them.
        kept = self.sudo().filtered("document_ids")
        if kept:
            raise UserError(
                self.env._(
                    "%s has documents, which are kept. Cancel the contract instead.",
                    kept._flow_names(),
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_roster(self):
        """Open the days on site of the contract's people."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_roster_day_action"
        )
        return {
            **action,
            "domain": [("contract_id", "=", self.id)],
            "context": {"default_contract_id": self.id},
        }

    def action_open_roster_wizard(self):
        """Plan or confirm the days of a month."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Days of a Month"),
            "res_model": "outsourcing.roster.month",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_plan_reason(self):
        """Say that deliveries still have to be planned, or nothing."""
        self.ensure_one()
        # sudo: whoever sends the contract to sign need not read its deliveries.
        contract = self.sudo()
        is_asked = contract.needs_milestones or contract.category_id.needs_milestones
        if not is_asked or contract.milestone_ids:
            return ""
        return self.env._(
            "its category asks for milestones: plan at least one delivery on the tab "
            "Deliveries. A manager changes this on the category."
        )

    def _get_annex_reason(self):
        """Say that an annex or a price list still has to be attached, or nothing."""
        self.ensure_one()
        # sudo: whoever sends the contract to sign need not read its documents.
        contract = self.sudo()
        kinds = contract.document_ids.filtered(
            lambda item: item.state == "current"
        ).mapped("document_type")
        if not contract.category_id.needs_annex or set(ANNEX_KINDS) & set(kinds):
            return ""
        return self.env._(
            "its category asks for an annex or a price list: attach one on the tab "
            "Documents, so that it is signed with the contract."
        )

    def _get_certificate_reason(self):
        """Say that a valid certificate still has to be attached, or nothing."""
        self.ensure_one()
        # sudo: whoever signs the contract need not read its documents.
        contract = self.sudo()
        today = contract.company_id._outsourcing_today()
        valid = contract.document_ids.filtered(
            lambda item: (
                item.state == "current"
                and item.document_type == "certificate"
                and not (item.date_expiry and item.date_expiry < today)
            )
        )
        if not contract.category_id.needs_certificate or valid:
            return ""
        return self.env._(
            "its category asks for a certificate or an insurance of the vendor that is "
            "valid: attach it on the tab Documents."
        )
