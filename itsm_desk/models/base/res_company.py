from datetime import timedelta

import pytz

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, format_time

from odoo.addons.base.models.res_partner import _tz_get

from .grants import is_evaluated_code_running
from .itsm_private_mixin import HR

KEPT = frozenset(
    {
        "itsm_keep_talk_months",
        "itsm_keep_complaint_months",
        "itsm_keep_text_months",
        "itsm_keep_people_months",
    }
)
"""Months for which something is kept; 0 for ever."""
LIMITS = frozenset({"itsm_most_amount", "itsm_most_leave_days"})
"""What an assessment may propose at most, which HR alone changes."""
SHORTER_DAYS = 30
"""Days until a shorter time of keeping begins."""
SETTINGS = "itsm_settings"
"""These are read together, when one of them is asked for.

Every transaction reads its companies, most of them none of these.
"""


class ResCompany(models.Model):
    """Rules of the service desk that differ from company to company."""

    _inherit = "res.company"

    itsm_tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone of Desk Days",
        compute="_compute_itsm_tz",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Where the service desk counts the days of a requester. Neither the "
        "browser of whoever acts nor the working hours change it.",
    )
    itsm_sign_off_days = fields.Integer(
        string="Days to Sign Off",
        default=5,
        help="Working days in which the requester signs off a solution or writes "
        "again to reopen it. Afterwards the ticket closes without a signature, and a "
        "new message opens a follow-up ticket.",
    )
    itsm_complaint_days = fields.Integer(
        string="Days to Answer a Complaint",
        default=3,
        prefetch=SETTINGS,
        help="Working days in which a complaint is answered. Later ones are told to "
        "the managers of the desk.",
    )
    itsm_accept_unknown = fields.Boolean(
        string="Accept Mail of Unknown Senders",
        default=True,
        prefetch=SETTINGS,
        help="A contact is made for whoever writes to the address of a team. "
        "Otherwise mail from unknown addresses is returned.",
    )
    itsm_portal_share = fields.Boolean(
        string="Share Tickets within a Customer",
        prefetch=SETTINGS,
        help="Portal users also see, but cannot sign off, the tickets of their "
        "colleagues in the same company.",
    )
    itsm_second_repair_days = fields.Integer(
        string="Days of a Second Repair",
        default=30,
        help="Work on equipment within so many calendar days after its repair is a "
        "second repair. It counts against whoever repaired it first.",
    )

    itsm_meeting_days = fields.Integer(
        string="Days between One-to-One Meetings",
        default=30,
        prefetch=SETTINGS,
        help="Calendar days after which a lead meets each member of the team again.",
    )
    itsm_survey_quiet_days = fields.Integer(
        string="Days between Surveys",
        default=90,
        prefetch=SETTINGS,
        help="Nobody is asked by a satisfaction campaign again within so many days.",
    )
    itsm_fewest_sample = fields.Integer(
        string="Smallest Sample of a Figure",
        default=5,
        prefetch=SETTINGS,
        help="Figures of an assessment from fewer entries are shown and not judged.",
    )
    itsm_most_amount = fields.Float(
        string="Reward or Penalty at Most",
        default=1000,
        prefetch=SETTINGS,
        help="Limit of the amount that an assessment proposes, in the company's money.",
    )
    itsm_most_leave_days = fields.Float(
        string="Days of Leave at Most",
        default=3,
        prefetch=SETTINGS,
        help="Limit of the days of leave that an assessment proposes.",
    )
    itsm_approval_days = fields.Integer(
        string="Days to Approve a Request",
        default=2,
        help="Working days in which a manager approves or refuses; then the deputy, "
        "and others after him, are asked. 0: no limit.",
    )
    itsm_answer_days = fields.Integer(
        string="Days to Answer an Assessment",
        default=5,
        prefetch=SETTINGS,
        help="Working days in which a technician acknowledges or appeals. Afterwards "
        "HR may make it final.",
    )
    itsm_keep_talk_months = fields.Integer(
        string="Months to Keep Meetings and Assessments",
        prefetch=SETTINGS,
        help="Calendar months after a one-to-one was held, or an assessment became "
        "final, for which it is kept. 0: for ever.",
    )
    itsm_keep_complaint_months = fields.Integer(
        string="Months to Keep Texts of Complaints",
        prefetch=SETTINGS,
        help="Calendar months after a complaint was closed for which its texts, "
        "messages and files are kept. What it was about, its cause and outcome stay "
        "for the figures. 0: for ever.",
    )
    itsm_kpi_day = fields.Date(
        string="Figures Counted Until",
        readonly=True,
        copy=False,
        prefetch=SETTINGS,
        help="The last day of which the figures of the desk are counted.",
    )
    itsm_keep_text_months = fields.Integer(
        string="Months to Keep Texts",
        prefetch=SETTINGS,
        help="Calendar months after the end of a ticket for which its description, "
        "messages, mails and files are kept. 0: for ever.",
    )
    itsm_keep_people_months = fields.Integer(
        string="Months to Keep Personal Figures",
        prefetch=SETTINGS,
        help="Calendar months after the end of a ticket for which it is kept whose "
        "work its minutes are, whom its rating is about and the comment of the "
        "rating. The figures of days name no technician after so many months. 0: for "
        "ever. Owners and steps stay.",
    )
    itsm_kept_longer = fields.Json(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        prefetch=SETTINGS,
        help="Former, longer months and the moment at which the shorter ones begin.",
    )
    itsm_consumption_location_id = fields.Many2one(
        comodel_name="stock.location",
        string="Location of Given-Out Consumables",
        domain="[('company_id', '=', id)]",
        copy=False,
        help="Where products go that are given out with tickets. It is made when "
        "something is given out for the first time.",
    )

    _itsm_survey_quiet_days_positive = models.Constraint(
        "CHECK (itsm_survey_quiet_days >= 0)",
        "Days between surveys are 0, or more.",
    )
    _itsm_keep_months = models.Constraint(
        "CHECK (itsm_keep_text_months >= 0 AND itsm_keep_people_months >= 0"
        " AND COALESCE(itsm_keep_talk_months, 0) >= 0"
        " AND COALESCE(itsm_keep_complaint_months, 0) >= 0)",
        "Months to keep something are 0, for ever, or more.",
    )
    _itsm_approval_days_positive = models.Constraint(
        "CHECK (itsm_approval_days >= 0)",
        "Days to approve a request are 0, no limit, or more.",
    )
    _itsm_second_repair_days_positive = models.Constraint(
        "CHECK (itsm_second_repair_days >= 0)",
        "Days of a second repair are 0, none is counted, or more.",
    )
    _itsm_meeting_days_positive = models.Constraint(
        "CHECK (itsm_meeting_days > 0)",
        "Between two one-to-one meetings is at least one day.",
    )
    _itsm_assessment_limits = models.Constraint(
        "CHECK (itsm_fewest_sample >= 0 AND itsm_most_amount >= 0"
        " AND itsm_most_leave_days >= 0 AND itsm_answer_days > 0)",
        "Limits of assessments are positive, and there is a day to answer.",
    )
    _itsm_sign_off_days_positive = models.Constraint(
        "CHECK (itsm_sign_off_days > 0)",
        "Give requesters at least one working day to sign off.",
    )
    _itsm_complaint_days_positive = models.Constraint(
        "CHECK (itsm_complaint_days > 0)",
        "Give quality at least one working day to answer a complaint.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_itsm_tz(self):
        """Take the zone of the working hours once, at installation or creation.

        It depends on nothing: core rewrites the zone of the working hours at the
        first log-in of an administrator, and days must not move with it.
        """
        known = self.env.company - self
        for company in self:
            company.itsm_tz = (
                company.itsm_tz
                or company.resource_calendar_id.tz
                or (company.parent_id - self).itsm_tz
                or known.itsm_tz
                or "UTC"
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        is_setup = self.env.uid == SUPERUSER_ID and not is_evaluated_code_running()
        if not is_setup and not LIMITS.isdisjoint(vals):
            self._itsm_check_limits(vals)
        if is_setup or KEPT.isdisjoint(vals):
            return super().write(vals)
        former = {}
        for company in self:
            months = company._itsm_get_months()
            # The window writes all settings: those that stay keep their day, too.
            former[company] = {
                name: months[name]
                for name in KEPT.intersection(vals)
                if company[name] != vals[name]
            }
        result = super().write(vals)
        for company, months in former.items():
            company._itsm_put_off(months)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_limits(self, vals):
        """Refuse that others than HR change what an assessment may propose at most."""
        is_changed = any(
            company[name] != (vals[name] or 0)
            for company in self
            for name in LIMITS.intersection(vals)
        )
        is_hr = self.env.user.has_group(HR) and not is_evaluated_code_running()
        if is_changed and not is_hr:
            raise AccessError(
                self.env._(
                    "How much money and leave an assessment may propose at most is "
                    "changed by HR."
                )
            )

    def _itsm_get_months(self):
        """Return for how many months the company keeps what, in force today.

        :return: ``{setting: months}``, 0 for ever
        """
        self.ensure_one()
        # sudo: the settings of a company are read by jobs of the desk.
        company = self.sudo()
        now = fields.Datetime.to_string(fields.Datetime.now())
        months = {name: company[name] for name in KEPT}
        for name, (former, until) in (company.itsm_kept_longer or {}).items():
            if until > now:
                months[name] = former
        return months

    def _itsm_put_off(self, former):
        """Let shorter times begin later, and tell who could object.

        One person would otherwise have the night end what others need as evidence.

        :param dict former: months in force before, of what changes
        """
        until = fields.Datetime.now() + timedelta(days=SHORTER_DAYS)
        shorter = {
            name: [months, fields.Datetime.to_string(until)]
            for name, months in former.items()
            if self[name] and (not months or self[name] < months)
        }
        # sudo: the field is the server's own.
        company = self.sudo()
        kept = {
            name: row
            for name, row in (company.itsm_kept_longer or {}).items()
            if name not in former
        }
        company.itsm_kept_longer = {**kept, **shorter} or False
        if not shorter:
            return
        # sudo: whoever changes a setting need not read all users.
        groups = self.env["res.groups"].sudo()
        for xmlid in ("group_itsm_manager", "group_itsm_quality"):
            # sudo: as above.
            groups |= self.env.ref(f"itsm_desk.{xmlid}").sudo()
        users = groups.all_user_ids.filtered(lambda user: self in user.company_ids)
        # sudo: told by the server, whoever changes it.
        self.env["mail.thread"].sudo().message_notify(
            partner_ids=users.partner_id.ids,
            subject=self.env._("The service desk will keep less"),
            body=self.env._(
                "%(user)s set shorter times in %(company)s: %(what)s. In %(days)s "
                "days what is older ends. A manager of the desk can set the former "
                "time again until then.",
                user=self.env.user.name,
                company=self.name,
                days=SHORTER_DAYS,
                what=", ".join(
                    f"{self._fields[name]._description_string(self.env)}: {self[name]}"
                    for name in sorted(shorter)
                ),
            ),
            notify_author=True,
        )

    def _itsm_zone(self):
        """Return the time zone in which the service desk counts days."""
        self.ensure_one()
        # sudo: requesters may not read the company; only its zone is used.
        return pytz.timezone(self.sudo().itsm_tz)

    @api.model
    def _itsm_get_zone_field(self):
        """Return the name of the column that keeps what ``_itsm_zone`` returns."""
        return "itsm_tz"

    def _itsm_format_moment(self, moment, reader_zone=None):
        """Return a UTC moment in the zone of the company's days, by which it is judged.

        Beside it stands the time of the reader's zone, where that is another one.

        :param str reader_zone: name of a time zone; the one of the user by default
        """
        self.ensure_one()
        if not moment:
            return ""
        zone = self._itsm_zone()
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

    def _itsm_stamp(self, moment, *, is_named=True):
        """Return a UTC moment in the zone of the company's days, whoever reads it.

        For what is printed, and for notes that stay.

        :param bool is_named: with the zone, which else stands in a heading
        """
        self.ensure_one()
        if not moment:
            return ""
        return _format_in_zone(self.env, moment, self._itsm_zone(), is_named=is_named)


def _format_in_zone(env, moment, zone, *, is_named=True):
    local = pytz.utc.localize(moment).astimezone(zone)
    clock = format_time(env, local.time(), time_format="short")
    text = f"{format_date(env, local.date())} {clock}"
    return f"{text} ({zone.zone})" if is_named else text
