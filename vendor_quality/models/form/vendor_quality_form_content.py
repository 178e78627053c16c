from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from ...tools import periods

LIVE_STATES = (
    "draft",
    "collected",
    "vendor_review",
    "review",
    "approved",
)


class VendorQualityForm(models.Model):
    """What a quality form may say: its period, its contract and its content."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("contract_id", "template_id", "date_start", "date_end")
    def _check_period(self):
        for form in self.filtered("template_id"):
            contract, kind = form.contract_id, form.template_id.period_type
            if periods.get_period(form.date_start, kind) != periods.get_period(
                form.date_end, kind
            ):
                raise ValidationError(
                    self.env._(
                        "%(template)s scores each service period by itself. Make one "
                        "form for each %(kind)s.",
                        template=form.template_id.display_name,
                        kind=form.template_id._get_period_label(),
                    )
                )
            late = contract.term != "auto_renew" and contract.date_end
            if (contract.date_start and form.date_start < contract.date_start) or (
                late and form.date_end > late
            ):
                raise ValidationError(
                    self.env._(
                        "The period lies outside the contract %(contract)s, which runs "
                        "from %(start)s to %(end)s.",
                        contract=contract.display_name,
                        start=format_date(self.env, contract.date_start),
                        end=format_date(self.env, contract.date_end),
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_template_known(vals)
            start, end = self._default_period()
            self._check_period_free(
                vals.get("contract_id"),
                fields.Date.to_date(vals.get("date_start")) or start,
                fields.Date.to_date(vals.get("date_end")) or end,
            )
        forms = super().create(vals_list)
        for form in forms:
            number = (
                self.env["ir.sequence"]
                # Reading a number needs no right of the user.
                .sudo()
                .with_company(form.company_id)
                .next_by_code("vendor.quality.form", form.date_end)
            )
            server_write(form, {"name": number})
        forms._sync_lines()
        return forms

    def write(self, vals):
        if {"contract_id", "date_start", "date_end"}.intersection(vals):
            for form in self:
                form._check_period_free(
                    vals.get("contract_id") or form.contract_id.id,
                    fields.Date.to_date(vals.get("date_start")) or form.date_start,
                    fields.Date.to_date(vals.get("date_end")) or form.date_end,
                )
        result = super().write(vals)
        if self._flow_is_system():
            return result
        if {"template_id", "contract_id", "date_start"}.intersection(vals):
            self._sync_lines()
        if "fee_amount" in vals:
            server_write(self, {"fee_basis": "manual"})
            self.filtered(lambda form: form.state == "collected")._update_result()
        return result

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_check_content(self, vals):
        result = super()._flow_check_content(vals)
        fixed = {"contract_id", "template_id", "company_id", "date_start", "date_end"}
        if fixed.intersection(vals) and not self._flow_is_system():
            counted = self.filtered(lambda form: form.state != "draft")
            if counted:
                raise UserError(
                    self.env._(
                        "%s: contract, template and period are fixed once the figures "
                        "are collected. Cancel the form and create another one.",
                        counted._flow_names(),
                    )
                )
        return result

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        if "line_ids" in vals and not self._flow_is_system():
            counted = self.filtered(
                lambda form: form.state == "collected" and not form.is_stale
            )
            if counted:
                server_write(counted, {"is_stale": True})
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_template_known(self, vals):
        contract = self.env["outsourcing.contract"].browse(vals.get("contract_id"))
        if contract and not (
            vals.get("template_id") or contract.vendor_quality_template_id
        ):
            raise UserError(
                self.env._(
                    "%s has no quality template, so nothing can be scored. A quality "
                    "manager gives it one.",
                    contract.display_name,
                )
            )

    def _check_period_free(self, contract_id, start, end):
        """Name the form that covers a part of the period already.

        The exclusion constraint holds in any case and decides a race; this
        check comes first because it can say what to do.
        """
        other = self.sudo().search(
            [
                ("id", "not in", self.ids),
                ("contract_id", "=", contract_id),
                ("state", "in", LIVE_STATES),
                ("date_start", "<=", end),
                ("date_end", ">=", start),
            ],
            limit=1,
        )
        if other:
            raise ValidationError(
                self.env._(
                    "%(other)s covers the days from %(start)s to %(end)s of this "
                    "contract already. Change the period, or supersede or cancel that "
                    "form.",
                    other=other.display_name,
                    start=format_date(self.env, other.date_start),
                    end=format_date(self.env, other.date_end),
                )
            )
