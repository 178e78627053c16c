from odoo import api, models


class OutsourcingFlowMixin(models.AbstractModel):
    """Which verbs of a record are gates that only some persons pass.

    Besides the tier reviews, the page "Who Can Act" (``outsourcing.gate.staffing``)
    counts who is left at these.
    """

    _inherit = "outsourcing.flow.mixin"

    # Verbs that two persons named by the company take together if nobody is left.
    _staffed_joint_verbs = frozenset()

    @api.model
    def _get_staffed_gates(self):
        """Return ``{verb: (name of the gate, domain of what waits there)}``."""
        return {}

    @api.model
    def _get_staffed_groups(self, verb):
        """Return the XML ids of the groups whose users take ``verb``."""
        return self._flow_groups[verb]

    def _get_barred_users(self, verb):
        """Return who may not take ``verb`` on this record for what they did to it.

        :rtype: res.users
        """
        self.ensure_one()
        return self.env["res.users"]

    def _get_staffed_users(self, verb, users):
        """Return who of ``users`` is left to take ``verb`` on this record."""
        return users - self._get_barred_users(verb)
