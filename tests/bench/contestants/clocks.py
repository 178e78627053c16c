"""Clocks that run when a holiday is entered: all of them move to the new hours."""

from datetime import timedelta

from odoo import fields

from .tickets import ServiceDesk


class RunningClocks(ServiceDesk):
    """Two clocks each of ``rows`` / 2 tickets, and the job that moves them.

    The job commits its batches, so every repetition enters another holiday.
    """

    extra = {"channel": "portal"}

    def set_up(self, env, count, rows, singles, figures):
        self.holiday = fields.Datetime.now().replace(hour=0, minute=0, second=0)
        self.clocks = rows // 2 * 2
        super().set_up(env, count, rows // 2, singles, figures)

    def prepare_move_to_new_hours(self, env):
        self.holiday += timedelta(days=40)
        env["resource.calendar.leaves"].create(
            {
                "name": "One more",
                "company_id": env.company.id,
                "date_from": self.holiday,
                "date_to": self.holiday + timedelta(days=1),
            }
        )
        env.cr.commit()
        env.invalidate_all()

    def move_to_new_hours(self, env):
        env["itsm.sla.clock"]._cron_process()
        return self.clocks

    def check(self, env, figure, items):
        """All clocks run in the new hours, and agree with their entries."""
        clocks = env["itsm.sla.clock"]
        found = clocks.search_count([("timeline_id.superseded_at", "=", False)])
        assert found == items, f"{found} of {items} clocks moved"
        assert all(clocks.search([], limit=50, order="id desc").mapped("is_proven"))
