from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY
from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import (
    server_create,
    server_write,
)

OFFICER = "vendor_quality.group_quality_officer"
MANAGER = "vendor_quality.group_quality_manager"


class VendorQualityImprovementPlan(models.Model):
    """The steps of an improvement plan: who may take them, and what follows."""

    _inherit = "vendor.quality.improvement.plan"

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        now = fields.Datetime.now()
        if target == "in_progress":
            server_write(self, {"started_at": now, "started_by_id": self.env.uid})
            self._tell_vendor()
        elif target == "verify":
            server_write(
                self, {"check_requested_at": now, "check_requested_by_id": self.env.uid}
            )
            self.activity_unlink(["mail.mail_activity_data_todo"])
            self._measure()
        else:
            server_write(self, {"closed_at": now, "closed_by_id": self.env.uid})
            self.activity_unlink(["mail.mail_activity_data_todo"])
        if target == "failed":
            self._follow_up()
        if target in ("closed", "failed"):
            self.env["vendor.quality.standing"]._update(self.contract_id)
        return result

    def _decide(self, target, text):
        """Write the text and the state in one step."""
        if not (text or "").strip():
            raise UserError(self.env._("Say what was found: it stays with the plan."))
        return server_write(self, {"state": target, "result": text.strip()})

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_start_reason(self):
        return self._get_not_acting_reason()

    def _get_cannot_request_check_reason(self):
        return self._get_not_acting_reason()

    def _get_not_acting_reason(self):
        """Say which plans are not the acting user's to carry out."""
        if self._flow_user_in(OFFICER):
            return {}
        return {
            action.id: self.env._(
                "only %s or a quality officer does this.",
                action.owner_id.name or self.env._("the responsible"),
            )
            for action in self
            if action.owner_id != self.env.user
        }

    def _get_cannot_close_reason(self):
        reasons = self._get_not_checking_reason()
        for action in self:
            if action.id in reasons:
                continue
            if not action.target_ids:
                continue
            if action.effect == "unknown":
                reasons[action.id] = self.env._(
                    "no form of a later period is approved that measures its metrics. "
                    "Wait for the next form."
                )
            elif action.effect == "missed":
                reasons[action.id] = self.env._(
                    "its targets were missed in %s. Fail it: a follow-up opens.",
                    action.sudo().check_form_id.name,
                )
        return reasons

    def _get_cannot_fail_reason(self):
        return self._get_not_checking_reason()

    def _get_not_checking_reason(self):
        """The effect is judged by somebody who did not carry the plan out."""
        if not self._flow_user_in(OFFICER):
            return dict.fromkeys(
                self.ids, self.env._("a quality officer or manager checks the effect.")
            )
        return {
            action.id: self.env._(
                "you are responsible for the plan or asked for the check, so somebody "
                "else judges its effect."
            )
            for action in self
            if self.env.user in action._get_doers()
        }

    def _get_cannot_cancel_reason(self):
        if not self._flow_user_in(MANAGER):
            return dict.fromkeys(
                self.ids, self.env._("a quality manager gives a plan up.")
            )
        return {
            action.id: self.env._(
                "you are responsible for it, so another manager gives it up."
            )
            for action in self
            if self.env.user == action.owner_id
        }

    def _get_doers(self):
        """Return who carried the plan out, by stored ids."""
        self.ensure_one()
        people = self.owner_id | self.past_owner_ids
        return people | self.started_by_id | self.check_requested_by_id

    # ------------------------------------------------------------
    # EFFECT
    # ------------------------------------------------------------

    def _measure(self):
        """Compare plans to verify with the first later form that measures them."""
        # Forms and targets are the server's facts, whoever took the step.
        plans = self.sudo().filtered(lambda action: action.state == "verify")
        forms = self.env["vendor.quality.form"].sudo()
        forms = forms.search(
            [("contract_id", "in", plans.contract_id.ids), ("state", "=", "approved")],
            order="date_end, id",
        ).grouped("contract_id")
        for plan in plans.filtered("target_ids"):
            metrics = plan.target_ids.metric_id
            for form in forms.get(plan.contract_id, ()):
                lines = form.line_ids.filtered(
                    lambda line, metrics=metrics: (
                        line.metric_id in metrics and line.status == "measured"
                    )
                )
                if plan._is_later(form) and lines.metric_id == metrics:
                    plan._set_result(form, lines)
                    break

    def _is_later(self, form):
        """Whether the period of ``form`` can show an effect of the plan."""
        self.ensure_one()
        began = self.company_id._outsourcing_date(self.started_at)
        return form.date_end >= began and (
            not self.form_id or form.date_start > self.form_id.date_end
        )

    def _set_result(self, form, lines):
        points = {line.metric_id: line.points for line in lines}
        for target in self.target_ids.with_context(outsourcing_flow_key=FLOW_KEY):
            target.write({"result_points": points[target.metric_id]})
        server_write(self, {"check_form_id": form.id})
        self._schedule_checker()

    def _follow_up(self):
        """Open the next plan for each that failed, from where it ended."""
        for plan in self:
            server_create(
                plan.sudo(),
                [
                    {
                        "subject": plan.subject,
                        "contract_id": plan.contract_id.id,
                        "form_id": (plan.check_form_id or plan.form_id).id,
                        "dispute_id": plan.dispute_id.id,
                        "finding_id": plan.finding_id.id,
                        "owner_id": plan.owner_id.id,
                        "root_cause": plan.root_cause,
                        "previous_id": plan.id,
                        "target_ids": [
                            fields.Command.create(target._prepare_follow_up())
                            for target in plan.sudo().target_ids
                        ],
                    }
                ],
            )

    # ------------------------------------------------------------
    # BY HAND
    # ------------------------------------------------------------

    @api.model
    def _open_new(self, contract, subject, metrics=(), **origin):
        """Return the action of a new plan, filled in from where it comes from."""
        self.check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Improvement Plan"),
            "res_model": self._name,
            "view_mode": "form",
            "context": {
                "default_contract_id": contract.id,
                "default_subject": subject,
                "default_target_ids": [
                    fields.Command.create({"metric_id": metric.id})
                    for metric in metrics
                ],
                **{f"default_{name}": value for name, value in origin.items()},
            },
        }

    # ------------------------------------------------------------
    # STANDING
    # ------------------------------------------------------------

    @api.model
    def _get_lifting(self, contracts):
        """Return ``{contract: plans}`` that were closed by a form's figures."""
        plans = self.sudo().search(
            [
                ("contract_id", "in", contracts.ids),
                ("state", "=", "closed"),
                ("effect", "=", "effective"),
            ]
        )
        live = self.sudo()._read_group(
            [
                ("contract_id", "in", contracts.ids),
                ("state", "in", ("open", "in_progress", "verify")),
            ],
            ["contract_id"],
        )
        busy = {contract.id for (contract,) in live}
        return {
            contract: rows
            for contract, rows in plans.grouped("contract_id").items()
            if contract.id not in busy
        }

    def _lifts(self, form):
        """Whether the plan's effect lifts what ``form`` blocks."""
        self.ensure_one()
        return bool(
            form
            # Only targets that the grade itself set prove that it is overcome.
            and all(self.target_ids.mapped("minimum_points"))
            # A plan that was given up proves nothing about its metrics.
            and not any(plan._is_given_up() for plan in form.improvement_plan_ids)
            and self.form_id.date_end
            and self.form_id.date_end <= form.date_end
            and self.check_form_id.date_start > form.date_end
        )

    def _is_given_up(self):
        """Whether the plan, or the last one that followed it, was given up."""
        self.ensure_one()
        plan = self
        while plan.next_ids:
            plan = plan.next_ids[-1]
        return plan.state == "cancelled"
