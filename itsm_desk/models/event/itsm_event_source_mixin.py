from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_list, frozendict, ormcache

from .ticket_proof import find_differences

MOST_SHOWN = 10
"""Tickets that differ of which the result of a check tells the columns."""


class ItsmEventSourceMixin(models.AbstractModel):
    """Records how a ticket begins and each change of what is measured.

    The ticket calls :mod:`recording` where it is created and stored: whatever route a
    change takes, it is recorded after the write and before anything that follows from
    a step. So the entries of a ticket have the order in which things happened.

    A fact that is computed from other columns is recorded with the write of those. It
    must not be computed from columns of other records.
    """

    _name = "itsm.event.source.mixin"
    _description = "Source of Ticket Events"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_check_history(self):
        """Derive the columns again from the entries and say where they differ.

        Supervisors and managers do it: what differs names clocks and people.
        """
        self.check_access("read")
        self._check_history_reader()
        differences = find_differences(self)
        wrong = self.filtered(lambda ticket: ticket.id in differences)
        # sudo: counted only; find_differences() has just read them
        entries = self.sudo().event_ids
        text = self.env._(
            "%(tickets)s tickets were derived again from %(entries)s entries: all "
            "columns and clocks follow from them.",
            tickets=len(self),
            entries=len(entries),
        )
        if wrong:
            lines = [
                ticket._event_describe(differences[ticket.id])
                for ticket in wrong[:MOST_SHOWN]
            ]
            if len(wrong) > MOST_SHOWN:
                lines.append(self.env._("%s more differ.", len(wrong) - MOST_SHOWN))
            text = "\n".join(lines)
        title = self.env._("Check of %s tickets", len(self))
        if len(self) == 1:
            title = self.env._("Check of %s", self.name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "message": text,
                "type": "danger" if wrong else "success",
                "sticky": bool(wrong),
            },
        }

    def _check_history_reader(self):
        if not self.env.user.has_group("itsm_desk.group_itsm_supervisor"):
            raise AccessError(
                self.env._(
                    "Tickets are compared with their history by supervisors and "
                    "managers of the service desk. Ask one of them."
                )
            )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_check_history(self, hours=48, limit=500):
        """Check the tickets that something happened to in the last hours.

        The desk's managers get an activity on each ticket that differs.

        :param int hours: how far back, longer than the interval of the job
        :param int limit: tickets checked before the progress is committed
        """
        since = fields.Datetime.now() - timedelta(hours=hours)
        groups = self.env["itsm.ticket.event"]._read_group(
            [("clock_id", "=", False), ("at", ">=", since)], ["ticket_id"]
        )
        todo = sorted(ticket.id for (ticket,) in groups)
        for start in range(0, len(todo), limit):
            tickets = self.browse(todo[start : start + limit])
            for ticket_id, found in find_differences(tickets).items():
                self.browse(ticket_id)._event_report_difference(found)
            left = len(todo) - start - len(tickets)
            if not self.env["ir.cron"]._commit_progress(len(tickets), remaining=left):
                break

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _event_report_difference(self, found):
        """Ask the desk's managers to look at a ticket that differs, once."""
        xmlid = "itsm_desk.mail_activity_type_history"
        if self.activity_search([xmlid]):
            return
        for user in self._get_manager_deciders():
            self.activity_schedule(
                xmlid,
                user_id=user.id,
                summary=self.env._("Columns and history differ: %s", self.name),
                note=self._event_describe(found),
            )

    def _event_describe(self, found):
        """Return the differences of one ticket in words."""
        self.ensure_one()
        return self.env._(
            "%(ticket)s is not as its entries say: %(columns)s.",
            ticket=self.display_name,
            columns=format_list(
                self.env,
                [
                    f"{name} ({stored or '-'} / {derived or '-'})"
                    for name, (stored, derived) in found.items()
                ],
            ),
        )

    @api.model
    @ormcache()
    def _event_get_facts(self):
        """Return ``{field: kind of fact}``: the columns that are recorded."""
        return frozendict(
            team_id="team",
            support_level="level",
            priority="priority",
            user_id="owner",
            state="state",
            first_response_at="answer",
        )

    @api.model
    @ormcache()
    def _event_get_trigger_fields(self):
        """Return the fields whose writes may change a fact."""
        return self._get_source_fields(self._event_get_facts())

    @api.model
    def _get_source_fields(self, names):
        """Return ``names`` with the fields of the model that these are computed from.

        A recomputed field does not pass through ``write``.
        """
        found, todo = set(), set(names)
        while todo:
            name = todo.pop()
            found.add(name)
            paths = self.pool.field_depends[self._fields[name]]
            todo.update({path.partition(".")[0] for path in paths} - found)
        return frozenset(found)
