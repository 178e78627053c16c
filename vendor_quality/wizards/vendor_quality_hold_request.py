from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

STAGES = ("post", "payment")


class VendorQualityHoldRequest(models.TransientModel):
    """Asks for a decision on many held bills at once, with one reason.

    Each bill gets a request of its own, bound to that bill; quality finance
    decides on each.
    """

    _name = "vendor.quality.hold.request"
    _description = "Request Exceptions"

    hold_ids = fields.Many2many(
        comodel_name="vendor.quality.hold",
        string="Held Bills",
        required=True,
        default=lambda self: self._default_hold_ids(),
    )
    purpose = fields.Selection(
        selection=[
            ("exception", "Let the bills through once"),
            ("outside", "They are outside of the contracts"),
        ],
        default="exception",
        required=True,
    )
    reason = fields.Text(required=True)

    def _default_hold_ids(self):
        holds = self.env["vendor.quality.hold"].browse(
            self.env.context.get("active_ids", ())
        )
        open_holds = holds.filtered(
            lambda hold: hold.state == "active" and hold.stage in STAGES
        )
        return [Command.set(open_holds.ids)]

    def action_request(self):
        """Make and submit one request for each bill that has none open."""
        check_one(self)
        holds = self.hold_ids
        holds.check_access("read")
        # sudo: quality officers ask for bills that they need not read.
        requests = self.env["vendor.quality.exception"]._request_for(
            holds.sudo().move_id, self.purpose, self.reason
        )
        if not requests:
            raise UserError(
                self.env._(
                    "Nothing to request: every bill has an open request, or is posted "
                    "and so cannot become one outside of the contracts."
                )
            )
        return requests._get_records_action(name=self.env._("Requests"))
