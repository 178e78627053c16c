from datetime import timedelta

import pytz

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date, format_time

from odoo.addons.base.models.res_partner import _tz_get

from .grants import is_evaluated_code_running, is_granted, spend
from .groups import HR

LAST_RESORT = frozenset(
    {"outsourcing_last_resort_one_id", "outsourcing_last_resort_two_id"}
)
NAMED_VERB = "last_resort_named"
ZONE = "outsourcing_tz"
RATES = frozenset(
    {
        "outsourcing_reward_share",
        "outsourcing_reward_cap",
        "outsourcing_fine_cap",
        "outsourcing_leave_cap",
        "outsourcing_points_cap",
        "outsourcing_fine_missed_inspection",
    }
)
"""Rates and caps of rewards and penalties, which HR alone changes."""
RULES = frozenset(
    {
        "outsourcing_scope_rule",
        "outsourcing_scope_failing",
        "outsourcing_sign_days",
        "outsourcing_filing_days",
        "outsourcing_filing_day_kind",
        "outsourcing_notice_days",
        "outsourcing_alert_days",
        "outsourcing_amendment_cap",
        "outsourcing_retention_years",
        "outsourcing_hearing_days",
    }
)
"""Rules of requests and contracts, each change of which is logged."""
LEAST_RETENTION_YEARS = 3
"""As long as claims from a contract can be made. Nobody sets a shorter time."""
SCOPE_RULES = [
    ("any", "At least one answer is yes"),
    ("all", "All answers are yes"),
]
SCOPE_FAILING = [
    ("refuse", "Is refused"),
    ("review", "Is reviewed by the manager group, too"),
]
DAY_KINDS = [("calendar", "Calendar days"), ("working", "Working days")]
SETTINGS = "outsourcing_settings"
"""These are read together, when one of them is asked for.

Every transaction reads its companies, most of them none of these.
"""


class ResCompany(models.Model):
    """Terms of the company's outsourcing regulations."""

    _inherit = "res.company"

    # Days
    outsourcing_tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone of Days",
        compute="_compute_outsourcing_tz",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="Where the company counts its days: deadlines, working days, expiries. "
        "Neither the browser of whoever acts nor the working hours change it. Once "
        "something was decided in the company, two persons change it.",
    )

    # Requests
    outsourcing_scope_rule = fields.Selection(
        selection=SCOPE_RULES,
        string="Scope Test of Requests",
        default="any",
        required=True,
        prefetch=SETTINGS,
        help="When a service may be outsourced: not core business, back office, no "
        "career path, long-term need.",
    )
    outsourcing_scope_failing = fields.Selection(
        selection=SCOPE_FAILING,
        string="A Request That Fails It",
        default="refuse",
        required=True,
        prefetch=SETTINGS,
        help="What becomes of a request that does not pass the scope test.",
    )

    # Contracts
    outsourcing_sign_days = fields.Integer(
        string="Days to Sign",
        default=30,
        prefetch=SETTINGS,
        help="For new procedures, and for contracts that rest on no award: days from "
        "the release for signature to the signature.",
    )
    outsourcing_filing_days = fields.Integer(
        string="Days to File",
        default=3,
        prefetch=SETTINGS,
        help="Days from the signature to the filing with HR.",
    )
    outsourcing_filing_day_kind = fields.Selection(
        selection=DAY_KINDS,
        string="Filing Days Are",
        default="calendar",
        required=True,
        prefetch=SETTINGS,
    )
    outsourcing_notice_days = fields.Integer(
        string="Notice Days",
        default=30,
        prefetch=SETTINGS,
        help="Proposed on new contracts: days before the end at which the contract "
        "is expiring and has to be renewed or terminated.",
    )
    outsourcing_alert_days = fields.Integer(
        string="Alert Days",
        default=14,
        prefetch=SETTINGS,
        help="Days before a notice date or the end of a guarantee at which its owner "
        "gets an activity.",
    )
    outsourcing_amendment_cap = fields.Float(
        string="Amendment Cap (%)",
        default=10.0,
        prefetch=SETTINGS,
        help="All amendments of a contract together, in percent of what was awarded. "
        "Beyond it finance approves too.",
    )

    outsourcing_retention_years = fields.Integer(
        string="Retention (Years)",
        default=10,
        prefetch=SETTINGS,
        help="Years after its end in which nothing of a contract is deleted. Counts "
        "for contracts that are made or end from now on.",
    )

    # Conduct
    outsourcing_procurement_department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Procurement Department",
        domain="[('company_id', '=', id)]",
        prefetch=SETTINGS,
        help="Its head answers for breaches of the tender procedure.",
    )
    outsourcing_department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Outsourcing Department",
        domain="[('company_id', '=', id)]",
        prefetch=SETTINGS,
        help="Its head answers for faults that other departments find.",
    )
    outsourcing_reward_share = fields.Float(
        string="Reward Share (%)",
        default=10.0,
        prefetch=SETTINGS,
        help="All rewards from one finding together, in percent of its saving.",
    )
    outsourcing_reward_cap = fields.Monetary(
        string="Reward Cap",
        default=1000.0,
        help="The most one reward may be.",
        prefetch=SETTINGS,
    )
    outsourcing_fine_cap = fields.Monetary(
        string="Fine Cap",
        default=1000.0,
        prefetch=SETTINGS,
        help="The most one fine may be, also where the rule names no fine.",
    )
    outsourcing_leave_cap = fields.Float(
        string="Leave Cap",
        default=10.0,
        prefetch=SETTINGS,
        help="The most days of leave that one reward or penalty may be.",
    )
    outsourcing_points_cap = fields.Integer(
        string="Demerit Cap",
        default=12,
        prefetch=SETTINGS,
        help="The most demerit points that one penalty may be.",
    )
    outsourcing_fine_missed_inspection = fields.Monetary(
        string="Fine for a Missed Inspection",
        default=100.0,
        prefetch=SETTINGS,
        help="Fine for an inspection that was missed or not fed back in time.",
    )
    outsourcing_hearing_days = fields.Integer(
        string="Hearing Days",
        default=3,
        prefetch=SETTINGS,
        help="Days in which the person concerned can answer before a reward or "
        "penalty is approved.",
    )

    # Approvals
    outsourcing_last_resort_one_id = fields.Many2one(
        comodel_name="res.users",
        string="Last Resort: First Person",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        prefetch=SETTINGS,
        help="Where neither a reviewer nor a manager is left for a document, this "
        "person and the second one decide together, and the auditors are told. Counts "
        "for reviews that are asked for after both were named.",
    )
    outsourcing_last_resort_two_id = fields.Many2one(
        comodel_name="res.users",
        string="Last Resort: Second Person",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        prefetch=SETTINGS,
    )
    outsourcing_last_resort_since = fields.Datetime(
        string="Last Resort Since",
        compute="_compute_outsourcing_last_resort_since",
        help="When the two persons were named.",
    )

    _outsourcing_last_resort_differs = models.Constraint(
        "CHECK (outsourcing_last_resort_one_id != outsourcing_last_resort_two_id)",
        "The two persons of the last resort are two.",
    )
    _outsourcing_days_positive = models.Constraint(
        "CHECK (outsourcing_sign_days >= 0 AND outsourcing_filing_days >= 0"
        " AND outsourcing_notice_days >= 0 AND outsourcing_alert_days >= 0"
        " AND outsourcing_hearing_days >= 0 AND outsourcing_retention_years >= 0)",
        "Numbers of days and years cannot be negative.",
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
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_outsourcing_tz(self):
        """Take the zone of the working hours once, at installation or creation.

        It depends on nothing: core rewrites the zone of the working hours at the
        first log-in of an administrator, and days must not move with it.
        """
        known = self.env.company - self
        for company in self:
            company.outsourcing_tz = (
                company.outsourcing_tz
                or company.resource_calendar_id.tz
                or (company.parent_id - self).outsourcing_tz
                or known.outsourcing_tz
                or "UTC"
            )

    @api.depends("outsourcing_last_resort_one_id", "outsourcing_last_resort_two_id")
    def _compute_outsourcing_last_resort_since(self):
        for company in self:
            company.outsourcing_last_resort_since = (
                company._outsourcing_get_named_on() if company._origin else False
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("outsourcing_last_resort_one_id", "outsourcing_last_resort_two_id")
    def _check_outsourcing_last_resort(self):
        for company in self:
            for user in company._outsourcing_get_named():
                if user.share or company not in user.company_ids:
                    raise ValidationError(
                        self.env._(
                            "%(user)s is no employee of %(company)s, and cannot be a "
                            "person of its last resort.",
                            user=user.name,
                            company=company.name,
                        )
                    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._outsourcing_log_named({})
        return companies

    def write(self, vals):
        if ZONE in vals:
            self._outsourcing_check_zone(vals[ZONE])
            spend(self)
        if not (RATES | RULES).isdisjoint(vals):
            self._outsourcing_change_terms(vals)
            spend(self)
        if not LAST_RESORT.intersection(vals):
            return super().write(vals)
        before = {company.id: company._outsourcing_get_named() for company in self}
        result = super().write(vals)
        self._outsourcing_log_named(before)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_check_zone(self, zone):
        """Refuse that one person moves the day of a company that has decided things.

        Setting a company up is free: the server itself, and companies without a step
        in the audit log.
        """
        changed = self.filtered(lambda company: company.outsourcing_tz != zone)
        if not changed or is_granted(self, names={ZONE}):
            return
        if self.env.uid == SUPERUSER_ID and not is_evaluated_code_running():
            return
        # sudo: whether anything was decided is asked whoever sets the company up.
        steps = self.env["outsourcing.audit.log"].sudo()
        if steps.search_count([("company_id", "in", changed.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%s: the time zone decides which day it is, and so what is late "
                    "or expired. Ask for the change under Outsourcing, Configuration, "
                    "Time Zone of Days; an outsourcing manager who did not ask "
                    "approves it.",
                    ", ".join(changed.mapped("name")),
                )
            )

    def _outsourcing_change_terms(self, vals):
        """Judge and log a change of rates and rules, on every way to the company.

        The server itself, while it is set up, is free.

        :param dict vals: about to be written
        """
        if self.env.uid == SUPERUSER_ID and not is_evaluated_code_running():
            return
        for company in self:
            changed = {}
            for name in (RATES | RULES).intersection(vals):
                field = company._fields[name]
                former = field.convert_to_cache(company[name], company)
                value = field.convert_to_cache(vals[name], company)
                if former != value:
                    changed[name] = {"from": former, "to": value}
            company._outsourcing_check_terms(changed)
            for verb, names in (("incentive_limits", RATES), ("company_rules", RULES)):
                # sudo: whoever changes a term need not write the log.
                log = self.env["outsourcing.audit.log"].sudo()
                details = {
                    name.removeprefix("outsourcing_"): values
                    for name, values in changed.items()
                    if name in names
                }
                if details:
                    log._record(company, verb, details)

    def _outsourcing_check_terms(self, changed):
        """Refuse rates that others than HR change, and too short a retention."""
        is_hr = self.env.user.has_group(HR) and not is_evaluated_code_running()
        if not RATES.isdisjoint(changed) and not is_hr:
            raise AccessError(
                self.env._(
                    "HR changes the rates and caps of rewards and penalties, under "
                    "Outsourcing, Configuration, Rates and Caps."
                )
            )
        retention = changed.get("outsourcing_retention_years")
        if retention and retention["to"] < LEAST_RETENTION_YEARS:
            raise UserError(
                self.env._(
                    "Contracts are kept for at least %s years after their end.",
                    LEAST_RETENTION_YEARS,
                )
            )

    def _outsourcing_get_named(self):
        """Return the persons of the last resort: two, one or none."""
        # sudo: who is named is read whoever asks for a review.
        company = self.sudo()
        return (
            company.outsourcing_last_resort_one_id
            | company.outsourcing_last_resort_two_id
        )

    def _outsourcing_get_named_on(self):
        """Return when the persons of the last resort were last changed, UTC.

        From the log, where nobody can write: the day is what makes them persons who
        were named beforehand.
        """
        self.ensure_one()
        # sudo: the log is asked for a date, whoever asks for a review.
        Step = self.env["outsourcing.audit.log"].sudo()
        step = Step.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("verb", "=", NAMED_VERB),
            ],
            order="seq desc, id desc",
            limit=1,
        )
        return step.recorded_at

    def _outsourcing_get_last_resort(self, moment):
        """Return the two persons, if both were named before ``moment`` (UTC)."""
        named = self._outsourcing_get_named()
        if len(named) < 2 or not moment:
            return named.browse()
        since = self._outsourcing_get_named_on()
        return named if since and since < moment else named.browse()

    def _outsourcing_log_named(self, before):
        """Log who the persons of the last resort are now.

        :param dict before: ``{company id: users}``; a missing one had none
        """
        for company in self:
            old = before.get(company.id, company.env["res.users"])
            new = company._outsourcing_get_named()
            if new != old:
                self.env["outsourcing.audit.log"]._record(
                    company,
                    NAMED_VERB,
                    {
                        "before": ", ".join(old.mapped("login")),
                        "after": ", ".join(new.mapped("login")),
                    },
                )

    def _outsourcing_today(self):
        """Return today where the company works.

        The server's clock in the time zone that the company sets for its days:
        unlike ``context_today`` nothing that a caller sends changes it.
        """
        self.ensure_one()
        return self._outsourcing_date(fields.Datetime.now())

    @api.model
    def _outsourcing_latest_today(self):
        """Return the latest date that it is now in any company."""
        # sudo: jobs look for what is due in every company.
        companies = self.sudo().search([("active", "=", True)])
        return max(company._outsourcing_today() for company in companies)

    def _outsourcing_date(self, moment):
        """Return the date of a UTC moment where the company works."""
        self.ensure_one()
        zone = self._outsourcing_zone()
        return moment.replace(tzinfo=pytz.utc).astimezone(zone).date()

    def _outsourcing_zone(self):
        """Return the time zone in which the company counts days."""
        self.ensure_one()
        # sudo: portal users may read neither the company nor its settings.
        return pytz.timezone(self.sudo().outsourcing_tz)

    def _outsourcing_format_moment(self, moment, reader_zone=None):
        """Return a UTC moment in the zone of the company's days, by which it is judged.

        Beside it stands the time of the reader's zone, where that is another one.

        :param str reader_zone: name of a time zone; the one of the user by default
        """
        self.ensure_one()
        if not moment:
            return ""
        zone = self._outsourcing_zone()
        text = _format_in_zone(self.env, moment, zone)
        own = reader_zone or self.env.user.tz
        own = own and own in pytz.all_timezones_set and pytz.timezone(own)
        if not own or own.fromutc(moment).utcoffset() == (
            zone.fromutc(moment).utcoffset()
        ):
            return text
        return self.env._(
            "%(moment)s, which is %(own)s",
            moment=text,
            own=_format_in_zone(self.env, moment, own),
        )

    def _outsourcing_get_working_days(self, calendar, first, last):
        """Return the days from ``first`` to ``last`` with working time.

        The hours of the calendar count in the zone of the company's days: a Monday
        is a Monday whatever zone the calendar, or a caller's context, says.

        :param calendar: resource.calendar
        :rtype: set of dates
        """
        self.ensure_one()
        zone = self._outsourcing_zone()
        begin, end = (
            zone.localize(fields.Datetime.to_datetime(day))
            for day in (first, last + timedelta(days=1))
        )
        # sudo: the hours of the company and its holidays; no personal data.
        intervals = calendar.sudo()._work_intervals_batch(begin, end, tz=zone)[False]
        return {start.astimezone(zone).date() for start, _end, _meta in intervals}


def _format_in_zone(env, moment, zone):
    local = pytz.utc.localize(moment).astimezone(zone)
    clock = format_time(env, local.time(), time_format="short")
    return f"{format_date(env, local.date())} {clock} ({zone.zone})"
