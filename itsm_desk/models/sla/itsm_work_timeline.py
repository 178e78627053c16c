import logging
from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from ...tools.working_time import (
    EPOCH,
    MICROSECOND,
    WorkingTime,
    join_at_midnight,
    to_microseconds,
)
from ..base.grants import server_create, server_write

_logger = logging.getLogger(__name__)

YEARS_BACK = 1
YEARS_AHEAD = 4
"""Farther than the 1,400 days that ``plan_hours`` looks ahead."""


class NotKept(Exception):
    """Nothing is remembered of what was looked for."""


class ItsmWorkTimeline(models.Model):
    """The working time of a calendar for one company, in one version of both.

    The hours of the calendar less the time off of the company, kept as slots so
    that a deadline is a search. A change of the calendar does not touch the row:
    it is marked as superseded and a new one is built when it is needed. Each clock
    stores the version it ran in, so that its figures can be derived again.
    """

    _name = "itsm.work.timeline"
    _inherit = ["itsm.server.rows.mixin"]
    _description = "Working Time Version"
    _order = "id"
    _rec_name = "calendar_id"

    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
    )
    date_from = fields.Datetime(string="Known From", required=True, readonly=True)
    date_to = fields.Datetime(string="Known Until", required=True, readonly=True)
    superseded_at = fields.Datetime(
        readonly=True,
        help="When the calendar or its time off changed and this version ended.",
    )
    slots = fields.Json(
        readonly=True,
        prefetch=False,
        help="Empty for a calendar without working hours: nothing is ever due.",
    )

    _current_idx = models.Index(
        "(calendar_id, company_id, id) WHERE superseded_at IS NULL"
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        timelines = super().create(vals_list)
        self.env.registry.clear_cache()
        return timelines

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "A version of working hours is what clocks were counted by. Change the "
            "calendar: the next version follows from it."
        )

    @api.model
    def _get_current(self, calendar, company):
        """Return the version in force, built when there is none.

        :return: a timeline that knows today, or an empty one for a calendar
            whose hours are not fixed
        """
        if not calendar._itsm_filter_fixed():
            return self.browse()
        now = fields.Datetime.now()
        timeline = self._find_current(calendar.id, company.id)
        if not timeline:
            date_from, date_to = self._get_horizon(now)
            timeline = server_create(
                self,
                {
                    "calendar_id": calendar.id,
                    "company_id": company.id,
                    "date_from": date_from,
                    "date_to": date_to,
                    "slots": self._get_slots(calendar, company, date_from, date_to),
                },
            )
        return timeline._cover(now)

    @api.model
    def _find_current(self, calendar_id, company_id):
        """Return the version in force, if there is one."""
        try:
            known = self._get_known(calendar_id, company_id)
        except NotKept as error:
            return self.browse(error.args)
        timeline = self.browse(known["id"])
        timeline._update_cache(known, validate=False)
        return timeline

    @api.model
    @ormcache("calendar_id", "company_id")
    def _get_known(self, calendar_id, company_id):
        """Return id and columns of the version in force.

        :raise NotKept: with the id, if any, of a version that is not remembered: what
            this transaction wrote is gone where it is rolled back
        """
        found = self.search(
            [
                ("calendar_id", "=", calendar_id),
                ("company_id", "=", company_id),
                ("superseded_at", "=", False),
            ],
            limit=1,
        )
        begun = self.env.cr.now().replace(microsecond=0)
        if not found or found.write_date >= begun:
            raise NotKept(*found.ids)
        return {
            "id": found.id,
            "calendar_id": calendar_id,
            "company_id": company_id,
            "date_from": found.date_from,
            "date_to": found.date_to,
            "superseded_at": False,
        }

    def _get_successor(self):
        """Return the version that followed this one, built when there is none."""
        self.ensure_one()
        follower = self.search(
            [
                ("calendar_id", "=", self.calendar_id.id),
                ("company_id", "=", self.company_id.id),
                ("id", ">", self.id),
            ],
            limit=1,
        )
        if follower:
            return follower
        # What was remembered may be this one, which somebody ended a moment ago.
        self.env.registry.clear_cache()
        return self._get_current(self.calendar_id, self.company_id)

    def _cover(self, moment):
        """Extend the version in force so that it knows the years around ``moment``.

        A version that has ended is never extended: the calendar of that time is
        gone, and all that was asked of it is covered.
        """
        self.ensure_one()
        year_ago = moment - timedelta(days=365)
        need_from, need_to = self._get_horizon(moment)
        enough_to = datetime(need_to.year - 1, 1, 1)
        covered = self.date_from <= year_ago and enough_to <= self.date_to
        if self.superseded_at or covered:
            return self
        date_from = min(self.date_from, need_from)
        date_to = max(self.date_to, need_to)
        server_write(
            self,
            {
                "date_from": date_from,
                "date_to": date_to,
                "slots": self._get_slots(
                    self.calendar_id, self.company_id, date_from, date_to
                ),
            },
        )
        return self

    @ormcache("self.id", "self.date_from", "self.date_to")
    def _get_working_time(self):
        """Return the slots ready for searching; cached, as a version never changes."""
        self.ensure_one()
        return WorkingTime(
            self.slots or [],
            to_microseconds(self.date_from),
            to_microseconds(self.date_to),
        )

    @api.model
    def _get_horizon(self, moment):
        return (
            datetime(moment.year - YEARS_BACK, 1, 1) - timedelta(days=7),
            datetime(moment.year + YEARS_AHEAD + 1, 1, 1),
        )

    @api.model
    def _get_slots(self, calendar, company, date_from, date_to):
        """Return the working slots of a calendar in microseconds.

        They are core's, except where two shifts meet at midnight: these count whole.

        Asked without a resource, the calendar would also stop for the time off
        of other companies: the domain names ours. Hours that core cannot read, from
        before they were refused, are none: tickets are filed in any case.
        """
        calendar = calendar.with_context(employee_timezone=None)
        try:
            intervals = calendar._work_intervals_batch(
                date_from.replace(tzinfo=pytz.utc),
                date_to.replace(tzinfo=pytz.utc),
                domain=self._get_leave_domain(company),
            )[False]
        except ValueError:
            _logger.info("The hours of %s cannot be read", calendar, exc_info=True)
            return []
        epoch = EPOCH.replace(tzinfo=pytz.utc)
        return join_at_midnight(
            ((start - epoch) // MICROSECOND, (stop - epoch) // MICROSECOND)
            for start, stop, _attendance in intervals
        )

    @api.model
    def _get_leave_domain(self, company):
        """Return the domain of the time off that stops work in ``company``."""
        return [("time_type", "=", "leave"), ("company_id", "in", [company.id, False])]

    @api.model
    def _supersede(self, domain):
        """End the versions in force that match ``domain``.

        The clocks that run in them are moved to the new hours by the job, which
        accounts for them up to this moment in the old ones.
        """
        # sudo: whoever may edit a calendar has no rights on timelines
        current = self.sudo().search(
            Domain(domain) & Domain("superseded_at", "=", False)
        )
        if not current:
            return
        server_write(current, {"superseded_at": fields.Datetime.now()})
        # sudo: whoever may edit a calendar may not read scheduled jobs
        self.env.ref("itsm_desk.ir_cron_itsm_sla").sudo()._trigger()
