from inspect import signature

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.one_record import check_chosen, check_one


class OutsourcingReasonWizard(models.TransientModel):
    """Asks for the reason of a step that needs one, then takes the step.

    The step is a public verb with the one argument ``reason``, or with ``day``
    as well; its own rule decides who may take it.
    """

    _name = "outsourcing.reason.wizard"
    _description = "Reason"

    _allowed_verbs = frozenset(
        {
            "action_accept_few_bids",
            "action_accept_shorter",
            "action_annul",
            "action_answer",
            "action_appeal",
            "action_call",
            "action_call_guarantee",
            "action_cancel",
            "action_close_effective",
            "action_confirm",
            "action_dismiss",
            "action_disqualify",
            "action_explain",
            "action_fail",
            "action_leave",
            "action_lift",
            "action_recuse",
            "action_refuse",
            "action_reject",
            "action_release",
            "action_reopen",
            "action_reverse",
            "action_send_back",
            "action_supersede",
            "action_terminate",
            "action_tier_refuse",
            "action_waive",
        }
    )

    _dated_verbs = frozenset({"action_call", "action_call_guarantee"})

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    verb = fields.Char(required=True, readonly=True)
    reason = fields.Text(required=True)
    day = fields.Date(
        string="Day of the Claim", help="On which its issuer got the claim."
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        check_one(self)
        Model = self.env.get(self.res_model)
        if (
            Model is None
            or self.verb not in self._allowed_verbs
            or not hasattr(Model, "_flow_transitions")
            or not self._takes_reason(Model)
        ):
            raise AccessError(self.env._("This step takes no reason."))
        records = Model.browse(self.res_ids)
        records.check_access("read")
        dated = {"day": self.day} if self.verb in self._dated_verbs else {}
        getattr(records, self.verb)(self.reason, **dated)
        return {"type": "ir.actions.act_window_close"}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _takes_reason(self, Model):
        """Whether the verb exists on ``Model`` and is called with a reason."""
        method = getattr(Model, self.verb, None)
        return bool(method) and bool(signature(method).parameters)

    @api.model
    def _open(self, records, verb, title=None):
        """Return the action that asks for a reason and calls ``verb``."""
        check_chosen(records)
        return {
            "name": title or self.env._("Reason"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": records._name,
                "default_res_ids": records.ids,
                "default_verb": verb,
            },
        }
