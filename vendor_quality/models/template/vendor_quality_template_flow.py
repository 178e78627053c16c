from odoo import fields, models

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from ...tools import scoring


class VendorQualityTemplate(models.Model):
    """The steps of a template version: what is missing, and who may take them."""

    _inherit = "vendor.quality.template"

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        if not self._flow_is_system() and self._flow_content_fields.intersection(vals):
            server_write(self, {"content_editor_id": self.env.uid})
        return result

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "active":
            server_write(
                self,
                {
                    "activated_by_id": self.env.uid,
                    "activated_at": fields.Datetime.now(),
                },
            )
            server_write(
                self.previous_id.filtered(lambda item: item.state == "active"),
                {"state": "retired"},
            )
        return result

    def _get_cannot_activate_reason(self):
        reasons = {}
        for template in self:
            reason = template._get_incomplete_reason()
            if not reason and not self._flow_is_system():
                reason = template._get_second_person_reason()
            if reason:
                reasons[template.id] = reason
        return reasons

    def _get_cannot_retire_reason(self):
        if self._flow_is_system():
            return {}
        if not self._flow_user_in("vendor_quality.group_quality_manager"):
            return dict.fromkeys(
                self.ids, self.env._("only a quality manager retires a template.")
            )
        # Contracts of every company keep their template.
        used = (
            self.env["outsourcing.contract"]
            .sudo()
            ._read_group(
                [
                    ("vendor_quality_template_id", "in", self.ids),
                    ("state", "!=", "cancelled"),
                ],
                ["vendor_quality_template_id"],
                ["__count"],
            )
        )
        return {
            template.id: self.env._(
                "%s contracts are scored by it. Put a new version in force instead.",
                count,
            )
            for template, count in used
        }

    def _get_second_person_reason(self):
        """Say why the acting user may not put this version in force."""
        self.ensure_one()
        if not self._flow_user_in("vendor_quality.group_quality_manager"):
            return self.env._("only a quality manager puts a template in force.")
        template = self.sudo()
        if self.env.user in template.create_uid | template.content_editor_id:
            return self.env._(
                "you wrote or last edited it, so another quality manager must put it "
                "in force."
            )
        return ""

    def _get_incomplete_reason(self):
        """Say what is missing before this version can score anything."""
        self.ensure_one()
        total = sum(self.line_ids.mapped("weight_bp"))
        if total != scoring.TOTAL_WEIGHT:
            return self.env._(
                "the weights sum to %(total)s %%, not 100 %%. Adjust the metrics.",
                total=f"{total / 100:.2f}",
            )
        unusable = self.line_ids.metric_id._get_cannot_use_reason()
        for metric in self.line_ids.metric_id:
            if reason := unusable.get(metric.id):
                return self.env._(
                    "the metric %(metric)s %(reason)s.",
                    metric=metric.display_name,
                    reason=reason,
                )
        if reason := self._get_formula_reason():
            return reason
        bounds = self.band_ids.mapped("lower_bound")
        if scoring.check_lower_bounds(bounds):
            return self.env._(
                "the grades do not cover every score once. Begin one grade at 0 and "
                "give each its own lower bound."
            )
        return self._get_deduction_reason()

    def _get_formula_reason(self):
        codes = set(self.line_ids.metric_id.mapped("code"))
        for metric in self.line_ids.metric_id:
            if metric.source != "formula":
                continue
            unknown = metric._compile_formula().names - codes
            if unknown:
                return self.env._(
                    "the formula of %(metric)s uses %(codes)s, which the template does "
                    "not measure.",
                    metric=metric.display_name,
                    codes=", ".join(sorted(unknown)),
                )
        return ""

    def _get_deduction_reason(self):
        rows = self.deduction_ids.sorted("lower_bound")
        if not rows:
            return ""
        if scoring.check_lower_bounds(rows.mapped("lower_bound")):
            return self.env._("the deductions do not cover every score: begin at 0.")
        rates = rows.mapped("rate")
        if rates != sorted(rates, reverse=True):
            return self.env._("a better score must not lead to a higher deduction.")
        return ""

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_activate(self):
        """Put the version in force; the one before it is retired."""
        return self.write({"state": "active"})

    def action_retire(self):
        """Take the version out of use for new contracts."""
        return self.write({"state": "retired"})
