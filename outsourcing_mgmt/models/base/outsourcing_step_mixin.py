from odoo import models
from odoo.exceptions import UserError


class OutsourcingStepMixin(models.AbstractModel):
    """Verbs of a declared flow that are taken once.

    Writing the state that a record already has changes nothing, so a verb
    that brings a reason or an amount with it could rewrite that. A step that
    is done already is therefore refused like any other illegal step.
    """

    _name = "outsourcing.step.mixin"
    _inherit = ["outsourcing.flow.mixin"]
    _description = "Steps of a Declared Flow"

    def _take_step(self, target, **stamps):
        """Enter ``target``, together with what the step says.

        :param str target: the wanted state
        :param stamps: values of system fields that belong to the step
        """
        for record in self.filtered(lambda item: item.state == target):
            allowed = self._flow_transitions.get(target, ())
            raise UserError(record._flow_illegal_message(target, allowed))
        self.check_access("write")
        stamps = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in stamps.items()
        }
        if stamps:
            # The key sets the stamps; it must not lift the rule of the step.
            self._flow_check_transition(target, stamps)
            return self._flow_write({"state": target, **stamps})
        return self.write({"state": target})

    def _flow_reason_unless_in(self, *group_xmlids):
        """Return a reason for every record unless the user is in a group."""
        if self._flow_user_in(*group_xmlids):
            return {}
        names = ", ".join(self.env.ref(xmlid).sudo().name for xmlid in group_xmlids)
        text = self.env._("this step is for the group: %(groups)s.", groups=names)
        return dict.fromkeys(self.ids, text)

    def _flow_get_users_of(self, group_xmlid, excluded=None):
        """Return who of a group may act on the record in its company.

        :param str group_xmlid: the group, counted by implication too
        :param excluded: users who are concerned (res.users)
        """
        self.ensure_one()
        company = self.sudo().company_id
        users = self.env.ref(group_xmlid).sudo().all_user_ids
        return users.filtered(
            lambda user: user.active and company in user.company_ids
        ) - (excluded or self.env["res.users"])
