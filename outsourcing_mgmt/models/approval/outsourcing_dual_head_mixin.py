import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.grants import server_write

_logger = logging.getLogger(__name__)

VALID_DAYS = 30
"""How many days a request waits for its decision, unless it says otherwise."""


class OutsourcingDualHeadMixin(models.AbstractModel):
    """What every request that one person makes and others decide on has.

    Who asked, why, until when, and who decided. Each is a row of the one list of all
    of them, ``outsourcing.dual.request``, and ends on the day after its last one. How
    it is decided is a matter of the two mixins that build on this one:
    ``outsourcing.dual.request.mixin`` by a tier review, ``outsourcing.joint.mixin`` by
    persons of several roles.

    ``_dual_living_states``
        States that end when the last day has passed.
    ``_dual_list_states``
        ``{state: state in the list}`` for those that the list calls differently.

    A model declares ``company_id``, and its own ``state`` with ``expired`` as a step
    that the server takes.
    """

    _name = "outsourcing.dual.head.mixin"
    _description = "Head of a Two-Person Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    _dual_living_states = frozenset()
    _dual_list_states = {}

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    reason = fields.Text(tracking=True)
    requester_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, index=True
    )
    expiry_date = fields.Date(
        string="Last Day",
        copy=False,
        tracking=True,
        help="Last day on which the request may be decided on.",
    )
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_at = fields.Datetime(readonly=True, copy=False)
    refused_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    refused_at = fields.Datetime(readonly=True, copy=False)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_expire_reason(self):
        return self._dual_get_server_only_reason()

    def _dual_get_server_only_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("this happens automatically when the time comes.")
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _dual_get_summary(self):
        """Say in one line what is asked for; shown in the list of all requests.

        :rtype: str
        """
        self.ensure_one()
        return self.display_name

    @api.model
    def _dual_list_columns(self, column):
        """Return what the list shows of a row ``r``, as SQL.

        :param column: function of the name of a stored field, which returns its SQL
        """
        return {
            "company": column("company_id"),
            "requester": column("requester_id"),
            "decided_by": SQL(
                "COALESCE(%s, %s)", column("approved_by_id"), column("refused_by_id")
            ),
            "decided_at": SQL(
                "COALESCE(%s, %s)", column("approved_at"), column("refused_at")
            ),
            "reason": column("reason"),
            "expiry": column("expiry_date"),
            "state": column("state"),
        }

    @api.model
    def _dual_list_condition(self):
        """Return the SQL condition of the rows that are requests (table ``r``)."""
        return SQL("TRUE")

    @api.model
    def _dual_last_day(self, company):
        """Return the last day of a request that is made now in ``company``."""
        return company._outsourcing_today() + timedelta(days=VALID_DAYS)

    def _dual_is_past(self):
        """Whether the last day has passed where the request's company works."""
        self.ensure_one()
        # sudo: whoever decides need not be allowed to read the company.
        company = self.sudo().company_id or self.env.company
        return (
            bool(self.expiry_date) and self.expiry_date < company._outsourcing_today()
        )

    @api.model
    def _dual_expire(self):
        """End the requests of this model whose last day has passed.

        Each one stands alone: one that fails is logged and tried again at the next
        run, as are those that somebody works on now.
        """
        # Today in any company; what has passed is judged by company below.
        today = self.env["res.company"]._outsourcing_latest_today()
        living = self.search(
            [
                ("state", "in", list(self._dual_living_states)),
                ("expiry_date", "<", today),
            ]
        )
        late = living.filtered(lambda request: request._dual_is_past())
        for request in late.try_lock_for_update():
            try:
                with self.env.cr.savepoint():
                    server_write(request, {"state": "expired"})
            except Exception:
                _logger.exception("%s does not expire", request)
