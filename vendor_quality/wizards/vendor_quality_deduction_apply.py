from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ..models.gate.vendor_quality_gate_reader import BILL_TYPES


class VendorQualityDeductionApply(models.TransientModel):
    """Takes the approved deductions of quality forms off the bills.

    From forms or from the list of deductions: credit notes for posted bills. From
    a draft bill: negative lines on it. Whoever applies needs no right to read
    quality forms, but the rights to make and post the entries.
    """

    _name = "vendor.quality.deduction.apply"
    _description = "Apply Deductions"

    line_ids = fields.One2many(
        comodel_name="vendor.quality.deduction.apply.line",
        inverse_name="wizard_id",
        string="Forms",
        readonly=True,
    )
    move_id = fields.Many2one(
        comodel_name="account.move", string="Draft Bill", readonly=True
    )
    date = fields.Date(
        string="Date of the Entries",
        required=True,
        default=lambda self: self.env.company._outsourcing_today(),
    )
    is_posted = fields.Boolean(
        string="Post at Once",
        help="Otherwise the entries are drafts for review. A deduction counts as "
        "applied when its entry is posted.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        forms, bill = self._get_source()
        for form in forms:
            if form.company_id not in self.env.companies:
                raise AccessError(
                    self.env._(
                        "%(form)s belongs to %(company)s: switch to that one first.",
                        form=form.name,
                        company=form.company_id.name,
                    )
                )
        if "line_ids" in fields_list:
            values["line_ids"] = [
                Command.create({"form_id": form.id}) for form in forms
            ]
        if "move_id" in fields_list:
            values["move_id"] = bill.id
        return values

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_apply(self):
        """Make the entries and open them."""
        check_one(self)
        self._check_rights()
        # sudo: accounting reads no forms; what it may do is checked by each step.
        forms = self.sudo().line_ids.form_id.sudo(False)
        if self.move_id:
            for form in forms:
                form._add_deduction_lines(self.move_id)
            moves = self.move_id
        else:
            moves = forms._create_credit_notes(self.date)
            for form in forms:
                moves |= form._create_return_bill(self.date)
        if not moves:
            return self._tell_nothing()
        if self.is_posted:
            moves.action_post()
        return moves._get_records_action(name=self.env._("Applied Deductions"))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_source(self):
        """Return the approved forms the wizard was opened for, and a draft bill."""
        context = self.env.context
        # sudo: accounting reads no forms; default_get checks the company of each.
        Form = self.env["vendor.quality.form"].sudo()
        bill = self.env["account.move"]
        model, ids = context.get("active_model"), context.get("active_ids") or []
        if model == "vendor.quality.deduction":
            items = self.env[model].browse(ids)
            items.check_access("read")
            # sudo: as above.
            forms = items.sudo().form_id
        elif model == "account.move":
            moves = self.env[model].browse(ids)
            moves.check_access("read")
            moves = moves.filtered(lambda move: move.move_type in BILL_TYPES)
            # sudo: as above.
            forms = moves.sudo().vendor_quality_form_ids
            if len(moves) == 1 and moves.state == "draft":
                bill = moves
        else:
            forms = Form.browse(ids)
        return forms.filtered(lambda form: form.state == "approved"), bill

    def _check_rights(self):
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(
                self.env._("Accounting takes deductions off the bills (Invoicing).")
            )
        # sudo: accounting reads no forms, and those of other companies are refused.
        forms = self.sudo().line_ids.form_id
        foreign = forms.filtered(lambda form: form.company_id not in self.env.companies)
        if foreign:
            raise AccessError(
                self.env._("%s: not in your companies.", foreign._flow_names())
            )

    def _tell_nothing(self):
        """Say why there is nothing to take off."""
        raise UserError(
            self.env._(
                "Nothing to take off: the posted bills ask for no more than the fee "
                "less the deductions. What a vendor does not bill needs no credit note."
            )
        )
