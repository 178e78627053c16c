from odoo import api, models
from odoo.exceptions import UserError

from ..base.uninstall import guards_deletion

FOLLOWS = ("start", "stop", "location", "partner_ids", "attendee_ids")


class CalendarEvent(models.Model):
    """Entries of tender meetings: the meeting says when, where and with whom.

    Who would move the entry alone would leave vendors with another time on the notice.
    """

    _inherit = "calendar.event"

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals or any(name in vals for name in FOLLOWS):
            self._outsourcing_check_meeting()
        return result

    @guards_deletion
    def _unlink_except_planned_meeting(self):
        for meeting in self._outsourcing_get_planned():
            raise self._outsourcing_get_refusal(meeting)

    def _outsourcing_check_meeting(self):
        """Refuse another time, place or guest than those of the meeting."""
        for meeting in self._outsourcing_get_planned():
            # sudo: the entry is compared, whoever writes it.
            event = meeting.event_id.sudo()
            same = (event.start, event.stop) == (meeting.start, meeting.stop)
            invited = event.partner_ids | event.attendee_ids.partner_id
            same = same and invited <= meeting.user_ids.partner_id
            if not (same and event.active and event.location == meeting.place):
                raise self._outsourcing_get_refusal(meeting)

    def _outsourcing_get_refusal(self, meeting):
        return UserError(
            self.env._(
                "%s: time, place and guests are set on the meeting, where vendors are "
                "told of them. Open it from the tender and change it there.",
                meeting.display_name,
            )
        )

    def _outsourcing_get_planned(self):
        # sudo: which meeting an entry belongs to is asked for every user.
        meetings = self.env["outsourcing.tender.meeting"].sudo()
        return meetings.search(
            [("event_id", "in", self.ids), ("state", "=", "planned")]
        )


class CalendarAttendee(models.Model):
    """Guests of a tender meeting are those of the meeting."""

    _inherit = "calendar.attendee"

    @api.model_create_multi
    def create(self, vals_list):
        guests = super().create(vals_list)
        guests.event_id._outsourcing_check_meeting()
        return guests

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(("event_id", "partner_id")):
            self.event_id._outsourcing_check_meeting()
        return result
