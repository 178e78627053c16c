import logging

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.grants import server_write
from .alerts import send_alerts
from .clock_move import move_clocks

BATCH = 500
MOVED_BATCH = 5000
"""Clocks that move to other hours at once; nobody is told of it."""

_logger = logging.getLogger(__name__)


class ItsmSlaClock(models.Model):
    """The scheduled job of the clocks: records what is due and tells people.

    Its work grows with what becomes due, not with the number of open tickets.
    """

    _inherit = "itsm.sla.clock"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _cron_process(self):
        """Move clocks to changed working hours, then record and report what is due.

        Each batch is locked, worked and committed, so several workers share the
        job and it may be killed at any point.
        """
        now = fields.Datetime.now()
        moved = Domain("timeline_id.superseded_at", "!=", False)
        moved &= Domain("stopped_at", "=", False)
        due = Domain("next_event_at", "<=", now)
        if self._process_batches(
            moved, now, act="_move_safely", order="id", size=MOVED_BATCH
        ) and self._process_batches(due, now):
            self.search(
                [("next_event_at", "!=", False)], order="next_event_at, id", limit=1
            )._schedule(now)

    @api.model
    def _process_batches(
        self, domain, now, act="_process_safely", order="next_event_at, id", size=None
    ):
        """Process all clocks of ``domain``; return False when time is up.

        :param str act: the method that works a batch and returns those that failed
        """
        failed = self.browse()
        while True:
            batch = self.search(
                domain & Domain("id", "not in", failed.ids),
                order=order,
                limit=size or BATCH,
            )
            clocks = batch.try_lock_for_update()
            if not clocks:
                return True
            failed |= getattr(clocks, act)(now)
            remaining = self.search_count(domain & Domain("id", "not in", failed.ids))
            seconds_left = self.env["ir.cron"]._commit_progress(
                len(clocks), remaining=remaining
            )
            if not seconds_left:
                return False

    def _move_safely(self, now):
        """Move the clocks to the hours that follow theirs; return those that failed."""
        try:
            with self.env.cr.savepoint():
                left = move_clocks(self, now)
        except Exception:
            # one bad clock must not keep the others in hours that have ended
            _logger.info("Clocks are moved one by one", exc_info=True)
            left = self
        return left._process_safely(now)

    def _process_safely(self, now):
        """Process the clocks; return those that failed, each left as it was."""
        try:
            with self.env.cr.savepoint():
                self._process(now)
            return self.browse()
        except Exception:
            if len(self) == 1:
                _logger.exception("Service level clock %s cannot be processed", self.id)
                return self
        # one bad clock must not keep the others waiting
        failed = self.browse()
        for clock in self:
            failed |= clock._process_safely(now)
        return failed

    def _process(self, now):
        self._advance(now)
        self._send_alerts(now)

    def _send_alerts(self, now):
        """Schedule activities for the owners, or after breaches for the teams' leads.

        All of them at once: what each costs by itself is what decides how long a
        batch takes.
        """
        hours, alerts, changes = {}, [], {}
        for clock in self:
            if not clock.alert or clock.alert_at > now:
                continue
            user = clock._get_alert_user()
            alert_at = clock._get_alert_time(user, now, hours)
            if alert_at <= now:
                if user:
                    alerts.append((clock, user))
                alert_at = False
            moments = clock._get_state().next_event_at, alert_at
            values = alert_at, min(filter(None, moments), default=False)
            changes.setdefault(values, self.browse())
            changes[values] |= clock
        send_alerts(alerts)
        for (alert_at, next_event_at), clocks in changes.items():
            values = {"alert_at": alert_at, "next_event_at": next_event_at}
            if not alert_at:
                values["alert"] = False
            server_write(clocks, values)

    def _drop_warnings(self):
        """Delete warnings once no clock of the ticket is at risk."""
        done = self.filtered(
            lambda clock: clock.warned_at and (clock.stopped_at or clock.is_cancelled)
        )
        if not done:
            return
        at_risk = self.search(
            [
                ("ticket_id", "in", done.ticket_id.ids),
                ("stopped_at", "=", False),
                ("is_cancelled", "=", False),
                ("warned_at", "!=", False),
            ]
        )
        (done.ticket_id - at_risk.ticket_id).activity_unlink(
            ["itsm_desk.mail_activity_type_sla_warning"]
        )

    def _get_alert_user(self):
        """Return who is told: owner of the work, lead after a breach."""
        self.ensure_one()
        ticket = self.ticket_id
        owner, lead = ticket.user_id, ticket.team_id.leader_id
        first, second = (lead, owner) if self.alert == "breach" else (owner, lead)
        return first or second or ticket.team_id.member_ids[:1]

    def _get_alert_time(self, user, now, hours):
        """Return when to tell: in the hours of the person, at once if critical.

        :param dict hours: working hours by calendar and company, found so far
        """
        self.ensure_one()
        if self.ticket_id.priority == "3":
            return now
        employee = user.with_company(self.company_id).employee_id
        calendar = employee.resource_calendar_id or self.timeline_id.calendar_id
        key = calendar, self.company_id
        if key not in hours:
            hours[key] = self.env["itsm.work.timeline"]._get_current(*key)
        if not hours[key]:
            return now
        return hours[key]._get_working_time().deadline(now, 0) or now
