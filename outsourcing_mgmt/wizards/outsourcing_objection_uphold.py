from odoo import fields, models

from ..tools.one_record import check_one


class OutsourcingObjectionUphold(models.TransientModel):
    """Asks what an upheld objection demands, and why it is upheld."""

    _name = "outsourcing.objection.uphold"
    _description = "Uphold an Objection"

    objection_id = fields.Many2one(
        comodel_name="outsourcing.objection", required=True, readonly=True
    )
    tender_id = fields.Many2one(related="objection_id.tender_id")
    demand = fields.Selection(
        selection=lambda self: (
            self.env["outsourcing.objection"]
            ._fields["demand"]
            ._description_selection(self.env)
        ),
        required=True,
    )
    member_ids = fields.Many2many(
        comodel_name="outsourcing.committee.member",
        relation="outsourcing_objection_uphold_member_rel",
        string="Who Scores Again",
        domain="[('tender_id', '=', tender_id), ('is_voting', '=', True)]",
        help="Empty: every member.",
    )
    criterion_ids = fields.Many2many(
        comodel_name="outsourcing.criterion",
        string="What Is Scored Again",
        domain="[('tender_id', '=', tender_id), ('kind', '!=', 'price')]",
        help="Empty: every criterion.",
    )
    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        string="Bid to Be Admitted",
        domain="[('tender_id', '=', tender_id), ('state', '=', 'disqualified')]",
    )
    excluded_member_ids = fields.Many2many(
        comodel_name="outsourcing.committee.member",
        relation="outsourcing_objection_uphold_excluded_rel",
        string="Members at Fault",
        domain="[('tender_id', '=', tender_id), ('state', '!=', 'recused')]",
        help="They leave the committee, and others are appointed in their place.",
    )
    reason = fields.Text(required=True, help="Why; the vendor reads it.")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Uphold the objection with its demand."""
        check_one(self)
        self.objection_id.action_decide(
            upheld=True,
            reason=self.reason,
            demand=self.demand,
            member_ids=self.member_ids.ids,
            criterion_ids=self.criterion_ids.ids,
            bid_id=self.bid_id.id,
            excluded_member_ids=self.excluded_member_ids.ids,
        )
        return {"type": "ir.actions.act_window_close"}
