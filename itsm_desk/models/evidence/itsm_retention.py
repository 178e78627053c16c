import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.grants import server_write
from ..base.selections import ENDED_STATES
from . import blanking

BATCH = 200
"""Tickets that are done between two commits."""
MOST_SEARCHES = 5000
"""So many questions of a company end in one run."""

_logger = logging.getLogger(__name__)

SETTINGS = {
    "text_forgotten_at": "itsm_keep_text_months",
    "people_forgotten_at": "itsm_keep_people_months",
}
"""``{stamp of a ticket: months of its company}``"""


class ItsmRetention(models.AbstractModel):
    """Ends what the company keeps for a time only.

    Texts: descriptions, answers of requesters, messages and their mails, files, reasons
    of refusals. Personal figures: whose work the minutes are, whom a rating is about
    and its comment; the figures of days lose them where they are counted
    (``kpi_counting``). Questions that were typed into forms end with the texts. A
    ticket itself, its times, steps and owners, and what was found and done, stay.

    The job takes ended tickets in batches, marks each with what it does to it in one
    transaction, and stops when its time is over; the next run goes on.
    """

    _name = "itsm.retention"
    _description = "Retention of Texts and Personal Figures"

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_forget(self):
        """Forget what has had its time, and end requests that nobody decided on."""
        self.env["itsm.redaction"]._expire()
        self._forget_searches()
        failed = set()
        batches = self._find_batches(failed)
        stamp, tickets = next(batches, (None, None))
        while tickets:
            done = tickets.try_lock_for_update()
            failed.update((tickets - done).ids)
            for ticket in done:
                if not self._forget(ticket, stamp):
                    failed.add(ticket.id)
            following = next(batches, (None, ()))
            if not self.env["ir.cron"]._commit_progress(
                len(tickets), remaining=len(following[1])
            ):
                return
            stamp, tickets = following

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _find_batches(self, failed):
        """Yield ``(stamp, tickets)``, each when the batch before it is done.

        :param set failed: ids of tickets that are left for the next run
        """
        for stamp, setting in SETTINGS.items():
            # sudo: the job looks at all companies
            for company in self.env["res.company"].sudo().search([(setting, ">", 0)]):
                months = company._itsm_get_months()[setting]
                if not months:
                    continue
                limit = fields.Datetime.now() - relativedelta(months=months)
                waiting = (
                    Domain("company_id", "=", company.id)
                    & Domain("state", "in", ENDED_STATES)
                    & Domain(stamp, "=", False)
                )
                for tickets in self._find_closed(waiting, limit, failed):
                    yield stamp, tickets
                for tickets in self._find_stopped(waiting, limit):
                    yield stamp, tickets

    @api.model
    def _find_closed(self, waiting, limit, failed):
        """Yield what was closed before ``limit``, by the index of what waits."""
        closed = waiting & Domain("closed_at", "<", limit)
        while tickets := self.env["itsm.ticket"].search(
            closed & Domain("id", "not in", list(failed)),
            order="closed_at, id",
            limit=BATCH,
        ):
            yield tickets

    @api.model
    def _find_stopped(self, waiting, limit):
        """Yield what was refused, cancelled or taken over before ``limit``.

        Such tickets have no time of closing: their entries tell it, which are read for
        some tickets at a time.
        """
        # Whatever was stopped before was filed before.
        stopped = waiting & Domain("closed_at", "=", False)
        stopped &= Domain("create_date", "<", limit)
        last = 0
        while tickets := self.env["itsm.ticket"].search(
            stopped & Domain("id", ">", last), order="id", limit=BATCH
        ):
            last = tickets[-1].id
            ended = self.env["itsm.ticket.event"]._read_group(
                [
                    ("ticket_id", "in", tickets.ids),
                    ("kind", "in", ("state", "taken_over")),
                    ("new_value", "in", ENDED_STATES),
                ],
                ["ticket_id"],
                having=[("at:max", "<", limit)],
            )
            due = tickets.browse([ticket.id for (ticket,) in ended])
            if due:
                yield due.sorted("id")

    @api.model
    def _forget_searches(self):
        """End what was typed into forms of tickets, filed or not."""
        # sudo: the job looks at all companies
        for company in (
            self.env["res.company"].sudo().search([("itsm_keep_text_months", ">", 0)])
        ):
            months = company._itsm_get_months()["itsm_keep_text_months"]
            if not months:
                continue
            typed = self.env["itsm.search.log"].search(
                [
                    ("company_id", "=", company.id),
                    (
                        "create_date",
                        "<",
                        fields.Datetime.now() - relativedelta(months=months),
                    ),
                    "|",
                    ("question", "!=", False),
                    ("words", "!=", False),
                ],
                order="create_date, id",
                limit=MOST_SEARCHES,
            )
            server_write(typed, {"question": False, "words": False})

    @api.model
    def _forget(self, ticket, stamp):
        """Forget texts or people of one ticket, whole or not at all.

        :return: whether it was done
        """
        try:
            with self.env.cr.savepoint():
                if stamp == "text_forgotten_at":
                    _forget_texts(ticket)
                else:
                    _forget_people(ticket)
                server_write(ticket, {stamp: fields.Datetime.now()})
        except Exception:
            _logger.exception("Ticket %s: %s was not done", ticket.id, stamp)
            return False
        return True


def _forget_texts(ticket):
    mark = ticket.env._("(Removed: the time for which texts are kept is over.)")
    # What people said in a conversation themselves is theirs and stays there.
    messages = blanking.get_messages(ticket) | blanking.get_said(ticket, True)
    # sudo: the files of a ticket end with its texts, whoever added them
    files = ticket.env["ir.attachment"].sudo()
    files = messages.attachment_ids | files.search(
        [
            ("res_model", "=", "itsm.ticket"),
            ("res_id", "=", ticket.id),
            ("res_field", "=", False),
        ]
    )
    blanking.blank_reasons(ticket, None, mark)
    blanking.blank_queue(ticket, messages, None)
    blanking.blank_messages(messages, mark)
    removed = blanking.blank_descriptions(ticket, mark)
    blanking.forget_words(ticket, removed)
    blanking.blank_answers(ticket, mark)
    blanking.blank_files(files, ticket, mark)


def _forget_people(ticket):
    server_write(ticket, {"rating_comment": False})
    # sudo: ratings and work are evidence, which ends here
    ticket = ticket.sudo()
    ratings = ticket.env["rating.rating"]
    ratings = ratings.search([("itsm_ticket_id", "=", ticket.id)])
    server_write(ratings, {"rated_partner_id": False, "feedback": False})
    server_write(ticket.work_line_ids, {"user_id": False, "note": False})
