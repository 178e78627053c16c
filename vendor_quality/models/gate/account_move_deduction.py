from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY

BOUND = frozenset(
    {"currency_id", "invoice_currency_rate", "move_type", "partner_id"}
    | {"reversed_entry_id"}
)
"""What ties a credit note to the bill it was made for."""


class AccountMove(models.Model):
    """Credit notes that take the deductions of a quality form off a bill.

    They are ordinary credit notes with one link that only the server sets. They
    never take off more than the form deducts, and the deductions follow them:
    applied when posted, to apply again when reset or cancelled.
    """

    _inherit = "account.move"

    vendor_quality_deduction_form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Deductions of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="The credit note takes the deductions of this quality form off the bill.",
    )

    _vendor_quality_deduction_unique = models.UniqueIndex(
        "(vendor_quality_deduction_form_id, reversed_entry_id) "
        "WHERE vendor_quality_deduction_form_id IS NOT NULL AND state = 'draft'",
        "A draft credit note for the deductions of this form exists already.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        if moves.filtered("vendor_quality_deduction_form_id"):
            # Values may also come from defaults in the context of the caller.
            self._vendor_quality_check_deduction_key()
        return moves

    def write(self, vals):
        if "vendor_quality_deduction_form_id" in vals:
            self._vendor_quality_check_deduction_key()
        linked = self.filtered("vendor_quality_deduction_form_id")
        if linked and vals.keys() & BOUND:
            linked._vendor_quality_check_bound(vals)
        posting = self.browse()
        if vals.get("state") == "posted":
            posting = self.filtered(lambda move: move.state != "posted")
        result = super().write(vals)
        if "state" in vals:
            self._vendor_quality_follow_deductions(posting)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_check_deduction_key(self):
        if self.env.context.get("outsourcing_flow_key") is not FLOW_KEY:
            raise AccessError(
                self.env._(
                    "Which deductions a credit note takes off is set by the list of "
                    "deductions to apply and cannot be written."
                )
            )

    def _vendor_quality_check_bound(self, vals):
        if self.env.context.get("outsourcing_flow_key") is FLOW_KEY:
            return
        for move in self:
            for name in BOUND.intersection(vals):
                field = move._fields[name]
                current = field.convert_to_write(move[name], move)
                if (current or False) != (vals[name] or False):
                    raise UserError(
                        self.env._(
                            "%(note)s takes deductions off one bill: “%(field)s” "
                            "stays as it is. Delete the draft and apply the "
                            "deductions again.",
                            note=move.display_name,
                            field=field._description_string(self.env),
                        )
                    )

    def _vendor_quality_follow_deductions(self, posting):
        """Bring the forms in line with entries whose state changed.

        :param account.move posting: those that were just posted
        """
        marked = self.filtered("vendor_quality_deduction_form_id")
        lines = self.invoice_line_ids.filtered("vendor_quality_deduction_form_id")
        forms = (
            marked.sudo().vendor_quality_deduction_form_id
            | lines.sudo().vendor_quality_deduction_form_id
        )
        if not forms:
            return
        if posting & (marked | lines.move_id):
            self._vendor_quality_check_deducted(forms._get_heads())
        forms._follow_entries()
        bills = marked.reversed_entry_id.filtered(lambda move: move.state == "posted")
        if bills and not posting:
            self.env["vendor.quality.gate"]._check_fee(bills)

    def _vendor_quality_check_deducted(self, forms):
        """Refuse to take more off the bills than the forms deduct."""
        ledgers = forms._get_ledgers()
        for form in forms:
            credited = ledgers[form].credited
            if form.state != "approved":
                raise UserError(
                    self.env._(
                        "%(form)s is “%(state)s”: its deductions are taken off once it "
                        "is approved. Delete this draft and apply them then.",
                        form=form.name,
                        state=form._flow_state_label(form.state),
                    )
                )
            if form.currency_id.compare_amounts(credited, form.deduction_amount) > 0:
                raise UserError(
                    self.env._(
                        "%(form)s deducts %(deducted)s, but its credit notes and bill "
                        "lines would take %(credited)s off. Lower this one, or delete "
                        "it and apply the deductions again.",
                        form=form.name,
                        deducted=format_amount(
                            self.env, form.deduction_amount, form.currency_id
                        ),
                        credited=format_amount(self.env, credited, form.currency_id),
                    )
                )
