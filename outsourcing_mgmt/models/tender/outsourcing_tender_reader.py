from odoo import api, fields, models
from odoo.fields import Domain


class OutsourcingTender(models.Model):
    """Whether the acting user takes part in a tender, for the record rules.

    Rules do not follow ``committee_ids`` or ``request_ids``: a rule is checked
    with sudo, which would leave rows in the cache that the user may not read.
    """

    _inherit = "outsourcing.tender"

    is_my_committee = fields.Boolean(
        string="In My Committee",
        compute="_compute_is_my_committee",
        search="_search_is_my_committee",
        help="I am, or was, a member of its committee.",
    )
    is_my_request = fields.Boolean(
        string="For My Request",
        compute="_compute_is_my_request",
        search="_search_is_my_request",
        help="I wrote one of its requests, applied for it, or head its department.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_is_my_committee(self):
        mine = set(self._get_participation_query("is_my_committee", self.ids))
        for tender in self:
            tender.is_my_committee = tender.id in mine

    def _search_is_my_committee(self, operator, value):
        return self._search_participation("is_my_committee", operator)

    @api.depends_context("uid")
    def _compute_is_my_request(self):
        mine = set(self._get_participation_query("is_my_request", self.ids))
        for tender in self:
            tender.is_my_request = tender.id in mine

    def _search_is_my_request(self, operator, value):
        return self._search_participation("is_my_request", operator)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _search_participation(self, name, operator):
        if operator != "in":
            return NotImplemented
        return Domain("id", "in", self._get_participation_query(name))

    @api.model
    def _get_participation_query(self, name, ids=None):
        """Return the query of the tenders in which the acting user takes part.

        :param str name: the field that asks
        :param list ids: limits the query to these tenders
        """
        if name == "is_my_committee":
            part = Domain("committee_ids.user_id", "=", self.env.uid)
        else:
            part = Domain.OR(
                Domain(f"request_ids.{path}", "=", self.env.uid)
                for path in (
                    "create_uid",
                    "employee_id.user_id",
                    "department_manager_user_id",
                )
            )
        if ids is not None:
            part &= Domain("id", "in", ids)
        # The rules themselves ask, so they cannot apply here.
        return self.sudo().with_context(active_test=False)._search(part)
