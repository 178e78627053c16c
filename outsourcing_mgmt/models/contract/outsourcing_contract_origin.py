from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..base.outsourcing_grant import server_write


class OutsourcingContract(models.Model):
    """The tender behind a contract: award, orders and requests.

    A contract says what the award says: vendor, amount and orders are taken
    from it, and nothing is bargained afterwards.
    """

    _inherit = "outsourcing.contract"

    award_ids = fields.One2many(
        comodel_name="outsourcing.award",
        inverse_name="contract_id",
        string="Awards",
        copy=False,
    )
    request_ids = fields.Many2many(
        comodel_name="outsourcing.request",
        compute="_compute_request_ids",
        compute_sudo=True,
        string="Requests",
    )
    request_count = fields.Integer(compute="_compute_request_ids", compute_sudo=True)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("tender_id")
    @api.depends_context("uid")
    def _compute_request_ids(self):
        # A reader of the contract may not read every request of its tender, or any:
        # computed with sudo, filtered by what the acting user reads.
        requests = self.tender_id.request_ids
        readable = requests.browse()
        if requests.sudo(False).has_access("read"):
            readable = requests.sudo(False)._filtered_access("read").sudo()
        for contract in self:
            own = contract.tender_id.request_ids & readable
            contract.request_ids = own
            contract.request_count = len(own)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        awards_list = [self._pop_awards(vals) for vals in vals_list]
        vals_list = [
            {**awards._prepare_contract(), **vals} if awards else vals
            for awards, vals in zip(awards_list, vals_list, strict=True)
        ]
        contracts = super().create(vals_list)
        for contract, awards in zip(contracts, awards_list, strict=True):
            if awards:
                contract._attach_awards(awards)
        return contracts

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"award_ids", "tender_id"}

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "signed":
            # Requests are answered; procurement need not be allowed to write them.
            requests = self.sudo().tender_id.request_ids
            server_write(
                requests.filtered(lambda request: request.state == "in_tender"),
                {"state": "done"},
            )
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_requests(self):
        """Open the requests that the contract answers."""
        self.ensure_one()
        return self.env["outsourcing.request"]._get_chain_action(
            "outsourcing_request_action", self.request_ids
        )

    def action_view_tender(self):
        """Open the tender that the contract comes from."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "outsourcing.tender",
            "view_mode": "form",
            "res_id": self.tender_id.id,
        }

    def action_view_awards(self):
        """Open the award of the contract."""
        self.ensure_one()
        return self.award_ids[:1]._get_form_action()

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_direct_reason(self):
        self.ensure_one()
        # Whoever sends the contract to sign need not read every award.
        awards = self.sudo().award_ids
        if not awards:
            return super()._get_direct_reason()
        orders = self.sudo().purchase_order_ids
        awarded = sum(awards.mapped("amount_total"))
        if any(award.state != "final" for award in awards):
            return self.env._("its award is not final any more.")
        if self.currency_id.compare_amounts(awarded, self.amount_total):
            return self._get_bargain_text(awarded)
        if not orders or any(order.state != "purchase" for order in orders):
            return self.env._(
                "the order of the winner is not confirmed: procurement confirms it on "
                "the tender first."
            )
        return ""

    def _get_bargain_text(self, awarded):
        return self.env._(
            "its amount is %(amount)s, the award says %(awarded)s. Nothing is "
            "bargained after the award: both must be equal.",
            amount=self.currency_id.format(self.amount_total),
            awarded=self.currency_id.format(awarded),
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _pop_awards(self, vals):
        """Take the awards out of the values of a new contract.

        They are attached by the server, which checks them; ``award_ids`` takes
        the usual commands or a plain list of ids.
        """
        ids = []
        for command in vals.pop("award_ids", None) or []:
            if isinstance(command, int):
                ids.append(command)
            elif command[0] == Command.LINK:
                ids.append(command[1])
            elif command[0] == Command.SET:
                ids += command[2]
            else:
                raise UserError(self.env._("Awards are linked to a contract only."))
        awards = self.env["outsourcing.award"].browse(ids)
        awards.check_access("read")
        return awards

    def _attach_awards(self, awards):
        """Tie final awards and their orders to the new contract."""
        self.ensure_one()
        awards._flow_check_can("create_contract")
        # Checked above; the links belong to the server, not to the caller.
        awards = awards.sudo()
        tender = awards.tender_id
        if len(tender) != 1 or len(awards.bid_id.partner_id) != 1:
            raise UserError(
                self.env._("A contract has awards of one tender and one vendor.")
            )
        if awards.partner_id.commercial_partner_id != self.commercial_partner_id:
            raise AccessError(
                self.env._(
                    "The award was won by %(winner)s; the contract cannot be with "
                    "%(vendor)s.",
                    winner=awards.partner_id.display_name,
                    vendor=self.partner_id.display_name,
                )
            )
        awarded = sum(awards.mapped("amount_total"))
        if self.currency_id != tender.currency_id or self.currency_id.compare_amounts(
            awarded, self.amount_total
        ):
            # pylint: disable=translation-required
            raise UserError(f"{self.name}: {self._get_bargain_text(awarded)}")
        server_write(
            self,
            {
                "tender_id": tender.id,
                "award_date": self.company_id._outsourcing_date(
                    max(awards.mapped("final_date"))
                ),
                "sign_days": tender._get_rule("sign_days"),
            },
        )
        server_write(awards, {"contract_id": self.id})
        orders = awards.bid_id.purchase_order_id
        orders.write({"outsourcing_contract_id": self.id})
        self.env["outsourcing.audit.log"]._record(
            self, "contracted", {"contract": self.name}, root=tender
        )
