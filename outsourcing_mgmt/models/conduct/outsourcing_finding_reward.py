from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, formatLang

from ...tools import reward
from ..base.outsourcing_grant import server_write


class OutsourcingFinding(models.Model):
    """Rewards that follow from a finding, within their share of its saving."""

    _inherit = "outsourcing.finding"

    incentive_ids = fields.One2many(
        comodel_name="outsourcing.incentive",
        inverse_name="finding_id",
        groups="outsourcing_mgmt.group_outsourcing_hr",
    )
    reward_total = fields.Monetary(
        copy=False,
        readonly=True,
        groups="outsourcing_mgmt.group_outsourcing_hr",
        help="All rewards from the finding together, proposed ones included.",
    )
    reward_share = fields.Float(
        string="Reward Share (%)",
        copy=False,
        readonly=True,
        groups="outsourcing_mgmt.group_outsourcing_hr",
        help="The company's share on the day of the verification.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"reward_share", "reward_total"}

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "verified":
            # Finance verifies; only HR reads what rewards may follow.
            for finding in self.sudo():
                server_write(
                    finding,
                    {"reward_share": finding.company_id.outsourcing_reward_share},
                )
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_propose_reward(self):
        """Open a new reward for the reporter, as HR."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reward"),
            "res_model": "outsourcing.incentive",
            "view_mode": "form",
            "context": {
                "default_finding_id": self.id,
                "default_incentive_type": "reward",
                "default_employee_id": self.reporter_id.id,
            },
        }

    def action_view_incentives(self):
        """Open the rewards from the finding."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rewards"),
            "res_model": "outsourcing.incentive",
            "view_mode": "list,form",
            "domain": [("finding_id", "in", self.ids)],
            "context": {"create": False},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _lock_rewards(self):
        """Let one transaction at a time give rewards from these findings.

        The lock waits for another transaction and fails to serialise when that
        one wrote the total, as :meth:`_check_reward_share` always does: the
        call is then tried again and counts the other reward.
        """
        if self:
            self.env["outsourcing.incentive"].flush_model()
            self.flush_recordset()
            self.env.execute_query(
                SQL(
                    "SELECT id FROM outsourcing_finding WHERE id IN %s"
                    " ORDER BY id FOR UPDATE",
                    tuple(self.ids),
                )
            )

    def _check_reward_share(self):
        """Refuse rewards that together are above the share of the saving."""
        # Counts the rewards of every company and person; names only sums.
        for finding in self.sudo():
            granted = finding.incentive_ids.filtered("counts_as_reward").mapped(
                "amount"
            )
            limit = reward.share_limit(finding.saving_amount, finding.reward_share)
            if reward.exceeds_share(
                finding.saving_amount, finding.reward_share, granted
            ):
                raise ValidationError(
                    self.env._(
                        "%(finding)s: all rewards together may be %(limit)s, which is "
                        "%(share)s %% of the verified saving; with this one they would "
                        "be %(total)s. Lower the amount or refuse another reward.",
                        finding=finding.display_name,
                        limit=formatLang(
                            self.env, limit, currency_obj=finding.currency_id
                        ),
                        share=finding.reward_share,
                        total=formatLang(
                            self.env, sum(granted), currency_obj=finding.currency_id
                        ),
                    )
                )
            server_write(finding, {"reward_total": sum(granted)})
        self.flush_recordset()
