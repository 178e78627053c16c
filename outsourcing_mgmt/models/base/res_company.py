import pytz

from odoo import fields, models

DAY_KINDS = [("calendar", "Calendar days"), ("working", "Working days")]


class ResCompany(models.Model):
    """Terms of the company's outsourcing regulations."""

    _inherit = "res.company"

    # Requests
    outsourcing_scope_rule = fields.Selection(
        selection=[
            ("any", "At least one answer is yes"),
            ("all", "All answers are yes"),
        ],
        string="Scope Test of Requests",
        default="any",
        required=True,
        help="When a service may be outsourced: not core business, back office, no "
        "career path, long-term need.",
    )

    # Contracts
    outsourcing_sign_days = fields.Integer(
        string="Days to Sign",
        default=30,
        help="Days from the final award to the signature.",
    )
    outsourcing_filing_days = fields.Integer(
        string="Days to File",
        default=3,
        help="Days from the signature to the filing with HR.",
    )
    outsourcing_filing_day_kind = fields.Selection(
        selection=DAY_KINDS,
        string="Filing Days Are",
        default="calendar",
        required=True,
    )
    outsourcing_notice_days = fields.Integer(
        string="Notice Days",
        default=30,
        help="Proposed on new contracts: days before the end at which the contract "
        "is expiring and has to be renewed or terminated.",
    )
    outsourcing_alert_days = fields.Integer(
        string="Alert Days",
        default=14,
        help="Days before a notice date or the end of a guarantee at which its owner "
        "gets an activity.",
    )
    outsourcing_amendment_cap = fields.Float(
        string="Amendment Cap (%)",
        default=10.0,
        help="All amendments of a contract together, in percent of what was awarded. "
        "Beyond it finance approves too.",
    )

    # Conduct
    outsourcing_reward_share = fields.Float(
        string="Reward Share (%)",
        default=10.0,
        help="All rewards from one finding together, in percent of its saving.",
    )
    outsourcing_reward_cap = fields.Monetary(
        string="Reward Cap", default=1000.0, help="The most one reward may be."
    )
    outsourcing_fine_cap = fields.Monetary(
        string="Fine Cap",
        default=1000.0,
        help="The most one fine may be, also where the rule names no fine.",
    )
    outsourcing_leave_cap = fields.Float(
        string="Leave Cap",
        default=10.0,
        help="The most days of leave that one reward or penalty may be.",
    )
    outsourcing_points_cap = fields.Integer(
        string="Demerit Cap",
        default=12,
        help="The most demerit points that one penalty may be.",
    )
    outsourcing_fine_missed_inspection = fields.Monetary(
        string="Fine for a Missed Inspection",
        default=100.0,
        help="Fine for an inspection that was missed or not fed back in time.",
    )
    outsourcing_hearing_days = fields.Integer(
        string="Hearing Days",
        default=3,
        help="Days in which the person concerned can answer before a reward or "
        "penalty is approved.",
    )

    _outsourcing_days_positive = models.Constraint(
        "CHECK (outsourcing_sign_days >= 0 AND outsourcing_filing_days >= 0"
        " AND outsourcing_notice_days >= 0 AND outsourcing_alert_days >= 0"
        " AND outsourcing_hearing_days >= 0)",
        "Numbers of days cannot be negative.",
    )
    _outsourcing_rates_valid = models.Constraint(
        "CHECK (outsourcing_amendment_cap >= 0 AND outsourcing_reward_cap >= 0"
        " AND outsourcing_fine_missed_inspection >= 0"
        " AND outsourcing_fine_cap >= 0 AND outsourcing_leave_cap >= 0"
        " AND outsourcing_points_cap >= 0"
        " AND outsourcing_reward_share BETWEEN 0 AND 100)",
        "Rates and amounts cannot be negative, and a share is at most 100 %.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_today(self):
        """Return today where the company works.

        The server's clock in the time zone of the company's calendar: unlike
        ``context_today`` nothing that a caller sends changes it.
        """
        self.ensure_one()
        return self._outsourcing_date(fields.Datetime.now())

    def _outsourcing_date(self, moment):
        """Return the date of a UTC moment where the company works."""
        self.ensure_one()
        zone = self._outsourcing_zone()
        return moment.replace(tzinfo=pytz.utc).astimezone(zone).date()

    def _outsourcing_zone(self):
        """Return the time zone in which the company counts days."""
        self.ensure_one()
        # sudo: the calendar of the company may be hidden from portal users.
        return pytz.timezone(self.sudo().resource_calendar_id.tz or "UTC")
