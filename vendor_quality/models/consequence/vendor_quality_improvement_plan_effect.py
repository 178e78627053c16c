from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create, server_write

from .vendor_quality_improvement_plan import DUE_DAYS, LIVE_STATES, MANAGER


class VendorQualityImprovementPlan(models.Model):
    """Plans and quality forms: which form opens one, which shows its effect.

    A form approved with a grade that asks for it opens a plan for the metrics that
    no live plan works on. The first later form that measures the metrics of a plan
    shows its effect.
    """

    _inherit = "vendor.quality.improvement.plan"

    # ------------------------------------------------------------
    # OPENING
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

    @api.model
    def _follow_forms(self, forms):
        """Measure live plans by newly approved forms, open plans for poor grades."""
        forms = forms.filtered(lambda form: form.state == "approved")
        live = self.search(
            [("contract_id", "in", forms.contract_id.ids), ("state", "in", LIVE_STATES)]
        )
        live._measure()
        by_contract = live.grouped("contract_id")
        opened = self.browse()
        for form in forms.filtered("gate_band_id.needs_action"):
            known = by_contract.get(form.contract_id, self.browse())
            if targets := self._prepare_targets(form, known.target_ids.metric_id):
                opened |= _open(self, self._prepare_from_form(form), targets)
        opened._mail_vendor()

    @api.model
    def _prepare_targets(self, form, known):
        """Return the targets of poor metrics, without those that are ``known``."""
        bounds = [
            band.lower_bound
            for band in form.template_id.band_ids
            if not band.needs_action
        ]
        goal = min(bounds, default=100.0) or 100.0
        lines = form.line_ids.filtered(lambda line: line.status != "exclude")
        poor = lines.filtered(
            lambda line: line.is_failed_critical or line.points < goal
        )
        return [
            {
                "metric_id": line.metric_id.id,
                "points_before": line.points,
                "minimum_points": goal,
                "target_points": goal,
            }
            for line in poor
            if line.metric_id not in known
        ]

    @api.model
    def _prepare_from_form(self, form):
        owner = form.contract_id.owner_id or form.collected_by_id
        today = form.company_id._outsourcing_today()
        return {
            "subject": self.env._(
                "Grade %(grade)s in %(form)s",
                grade=form.gate_band_id.grade,
                form=form.name,
            ),
            "contract_id": form.contract_id.id,
            "form_id": form.id,
            "owner_id": owner.id,
            "date_due": today + timedelta(days=DUE_DAYS),
        }

    def _open_follow_up(self):
        """Open the next plan for each that failed, from where it ended."""
        # sudo: whoever judges a plan need not be allowed to open one.
        for plan in self.sudo().filtered(lambda item: item.state == "failed"):
            _open(
                plan,
                {
                    "subject": plan.subject,
                    "contract_id": plan.contract_id.id,
                    "form_id": (plan.check_form_id or plan.form_id).id,
                    "dispute_id": plan.dispute_id.id,
                    "finding_id": plan.finding_id.id,
                    "owner_id": plan.owner_id.id,
                    "root_cause": plan.root_cause,
                    "previous_id": plan.id,
                },
                [target._prepare_follow_up() for target in plan.target_ids],
            )

    # ------------------------------------------------------------
    # EFFECT
    # ------------------------------------------------------------

    def _measure(self):
        """Compare plans to verify with the first later form that measures them."""
        # sudo: forms and targets are the server's facts, whoever took the step.
        plans = self.sudo().filtered(lambda plan: plan.state == "verify")
        # sudo: as above, the responsible reads no forms.
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
                    _store_effect(plan, form, lines)
                    break

    def _is_later(self, form):
        """Whether the period of ``form`` can show an effect of the plan."""
        self.ensure_one()
        began = self.company_id._outsourcing_date(self.started_at)
        return form.date_end >= began and (
            not self.form_id or form.date_start > self.form_id.date_end
        )

    # ------------------------------------------------------------
    # STANDING
    # ------------------------------------------------------------

    @api.model
    def _get_lifting(self, contracts):
        """Return ``{contract: plans}`` that were closed by a form's figures."""
        # sudo: the standing follows from all plans of a contract, whoever acts.
        everything = self.sudo()
        plans = everything.search(
            [
                ("contract_id", "in", contracts.ids),
                ("state", "=", "closed"),
                ("effect", "=", "effective"),
            ]
        )
        live = everything._read_group(
            [("contract_id", "in", contracts.ids), ("state", "in", LIVE_STATES)],
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


# ------------------------------------------------------------
# SERVER'S OWN ACTS
# ------------------------------------------------------------
# Functions, so that evaluated code, which can call methods of records, can set
# neither the targets nor the result of a plan.


def _open(plans, vals, targets):
    """Create a plan with the targets that a grade sets, which stay in it."""
    plan = server_create(plans.browse(), vals)
    server_create(
        plan.target_ids.browse(),
        [{**target, "improvement_plan_id": plan.id} for target in targets],
    )
    return plan


def _store_effect(plan, form, lines):
    """Store the points that ``form`` gives, and ask a manager to judge the plan."""
    points = {line.metric_id: line.points for line in lines}
    for target in plan.target_ids:
        server_write(target, {"result_points": points[target.metric_id]})
    server_write(plan, {"check_form_id": form.id})
    # sudo: activities of a manager, whoever approved the form.
    plan.sudo()._ask(
        plan._flow_get_users_of(MANAGER, plan._get_doers()),
        plan.env._("Judge the effect of the improvement plan"),
    )
