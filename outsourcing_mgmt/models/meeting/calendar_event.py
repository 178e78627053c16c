from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.uninstall import guards_deletion

FOLLOWS = ("start", "stop", "location", "partner_ids", "attendee_ids")


class CalendarEvent(models.Model):
    """Entries of tender meetings: the meeting says when, where and with whom.

    Who would move the entry alone would leave vendors with another time on the notice.
    """

    _inherit = "calendar.event"

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        """Core shows a stranger that somebody is busy, and finds it by all it says."""
        if not self.env.su and not bypass_access:
            domain = Domain(domain)
            asked = {one.field_expr.split(".")[0] for one in domain.iter_conditions()}
            if asked - self._get_public_fields() - {"partner_ids"}:
                domain &= self._outsourcing_get_shown_domain()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals or any(name in vals for name in FOLLOWS):
            self._outsourcing_check_meeting()
        return result

    @guards_deletion
    def _unlink_except_planned_meeting(self):
        for meeting in self._outsourcing_get_planned():
            raise self._outsourcing_get_refusal(meeting)

    @api.model
    def _outsourcing_get_shown_domain(self):
        """Return the domain of entries whose meeting the user reads or goes to."""
        meetings = self.env["outsourcing.tender.meeting"]
        shown = (
            Domain("res_model", "!=", meetings._name)
            | Domain("partner_ids", "in", self.env.user.partner_id.ids)
            | Domain("user_id", "=", self.env.uid)
        )
        if meetings.has_access("read"):
            shown |= Domain("res_id", "any!", meetings._search([]))
        return shown

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
    """Guests of a tender meeting are those of the meeting, whom its readers know.

    Core lets every employee read and delete the guests of any entry, and shows the
    entry to whoever has the token of one.
    """

    _name = "calendar.attendee"
    _inherit = ["calendar.attendee", "outsourcing.hidden.rows.mixin"]

    _outsourcing_link = "event_id"
    _outsourcing_model_field = "res_model"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        guests = super().create(vals_list)
        guests.event_id._outsourcing_check_meeting()
        return guests

    def write(self, vals):
        is_moved = not vals.keys().isdisjoint(("event_id", "partner_id"))
        if is_moved:
            self._outsourcing_check_invited()
        result = super().write(vals)
        if is_moved:
            self.event_id._outsourcing_check_meeting()
        return result

    @guards_deletion
    def _unlink_except_invited(self):
        self._outsourcing_check_invited()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_check_invited(self):
        """Refuse to take others off the entry of a meeting that invites them."""
        others = self.filtered(lambda one: one.partner_id != self.env.user.partner_id)
        for meeting in others.event_id._outsourcing_get_planned():
            guests = others.filtered(
                lambda one, at=meeting: one.event_id == at.event_id
            )
            if guests.partner_id & meeting.user_ids.partner_id:
                raise guests.event_id._outsourcing_get_refusal(meeting)

    def _outsourcing_get_own_domain(self):
        """Return the domain of the guests of entries that are the user's, too."""
        guest = Domain("event_id.partner_ids", "in", self.env.user.partner_id.ids)
        return guest | Domain("event_id.user_id", "=", self.env.uid)
