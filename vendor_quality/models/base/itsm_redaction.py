from odoo import api, models
from odoo.tools import SQL


class ItsmRedaction(models.Model):
    """What the service desk asks two persons for stands in the one list of all.

    The desk has its own roles and steps for it, as it is installed without contracts,
    too; the list shows them in its words.
    """

    _inherit = "itsm.redaction"

    _dual_list_states = {"asked": "submitted", "done": "approved"}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _dual_get_summary(self):
        """Say in one line what is asked for."""
        self.ensure_one()
        return self.display_name

    @api.model
    def _dual_list_columns(self, column):
        """Return what the list shows of a row ``r``, as SQL."""
        return {
            "company": column("company_id"),
            "requester": column("requester_id"),
            "decided_by": column("decided_by_id"),
            "decided_at": column("decided_at"),
            "reason": column("reason"),
            "expiry": SQL(
                "(SELECT (%s AT TIME ZONE 'UTC' AT TIME ZONE company.outsourcing_tz)"
                "::date FROM res_company AS company WHERE company.id = %s)",
                column("expires_at"),
                column("company_id"),
            ),
            "state": column("state"),
        }

    @api.model
    def _dual_list_condition(self):
        """Return the SQL condition of the rows that are requests (table ``r``)."""
        return SQL("TRUE")

    @api.model
    def _dual_expire(self):
        """End the requests of this model that nobody has decided on in time."""
        self._expire()
