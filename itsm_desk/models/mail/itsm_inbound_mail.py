import base64
import email
import email.policy
import hashlib
import logging
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, plaintext2html

from ...tools.mail_head import read_subject
from ...tools.typed_number import read_number
from ..base.current_mail import STORM_LIMIT
from ..base.grants import server_create
from . import mail_content
from .own_links import clean_raw

_logger = logging.getLogger(__name__)

LOG_DAYS = 180
"""Days for which mails that became tickets or answers stay in the list."""
HAND_FIELDS = frozenset({"team_id", "partner_id", "ticket_id"})
"""What somebody who files a mail by hand chooses."""
LONGEST_SUBJECT = 500
MOST_RECIPIENTS = 20
"""Addresses of a mail that the list shows."""
WAITING = ("failed", "ignored")


class ItsmInboundMail(models.Model):
    """One mail that reached the desk, and what became of it.

    The gateway enters each mail under its Message-ID before it files it: the second
    of two jobs that fetch it from two mailboxes at once finds the entry and stops.
    The raw text is kept where no ticket holds the mail.

    ===========  ======================================================
    failed       could not be filed; waits for somebody of the desk
    ignored      opened nothing by the rules; can be filed by hand
    filed        became a ticket
    answered     was added to a ticket
    logged       sent by a program about a ticket
    dismissed    somebody looked at it and needs no ticket
    ===========  ======================================================

    Nobody creates or deletes entries, and people write only where a mail that waits
    shall go. Technicians file the mails of their teams and those of no team.
    """

    _name = "itsm.inbound.mail"
    _description = "Received Mail"
    _order = "received_at desc, id desc"
    _rec_name = "subject"

    message_id = fields.Char(string="Message-ID", required=True, readonly=True)
    received_at = fields.Datetime(
        string="Received", required=True, readonly=True, index=True
    )
    written_at = fields.Char(
        string="Date in the Mail",
        readonly=True,
        help="As its program wrote it. Another mail under the same Message-ID has "
        "another date.",
    )
    sender = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    recipients = fields.Char(readonly=True)
    kind = fields.Selection(
        selection=[
            ("person", "Written by a Person"),
            ("list", "Through a Mailing List"),
            ("vacation", "Absence Notice"),
            ("bounce", "Delivery Report"),
            ("receipt", "Receipt"),
            ("alarm", "Report of a Program"),
            ("newsletter", "Newsletter"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        selection=[
            ("failed", "Could Not Be Filed"),
            ("ignored", "Not Filed"),
            ("filed", "New Ticket"),
            ("answered", "Answer"),
            ("logged", "Logged"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    note = fields.Text(string="Why", readonly=True)
    is_unproven = fields.Boolean(
        string="Sender Not Proven",
        readonly=True,
        help="Our mail server found that the sender is another than it claims.",
    )
    is_by_subject = fields.Boolean(
        string="By Its Subject Alone",
        readonly=True,
        help="Nothing but its subject says that a program sent it. Where it was not "
        "filed, the lead finds it in the check of the next morning.",
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        index="btree_not_null",
        help="Where the ticket goes. Empty: to the first team of the company.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Requester",
        index="btree_not_null",
        help="Empty: the sender.",
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="Ticket",
        index="btree_not_null",
        help="Choose a ticket to add the mail to it; without one a new ticket is made.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        readonly=True,
    )
    handled_by_id = fields.Many2one(
        comodel_name="res.users", string="Filed or Dismissed by", readonly=True
    )
    raw = fields.Binary(string="Raw Mail", attachment=True, readonly=True)
    raw_name = fields.Char(readonly=True)

    _message_id_uniq = models.Constraint(
        "UNIQUE (message_id)", "This mail was received before."
    )
    _sender_idx = models.Index("(sender, received_at)")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Received mails are entered by the mail gateway only.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and set(vals) - HAND_FIELDS:
            raise AccessError(
                self.env._(
                    "Of a received mail you choose team, requester and ticket; the "
                    "rest is what the mail server said."
                )
            )
        if not self.env.su:
            self._check_waiting()
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_file_by_hand(self):
        """Make a ticket of each mail, or add it to the ticket that was chosen.

        :return: the action that opens the ticket, for one mail; else True
        """
        self._check_handler()
        for entry in self:
            ticket = entry.ticket_id
            if ticket:
                ticket.check_access("read")
            else:
                ticket = entry._make_ticket()
            entry._attach_to(ticket, is_filed=entry.ticket_id and entry._file_into())
            entry._close("answered" if entry.ticket_id else "filed", ticket)
        if len(self) > 1:
            return True
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsm.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    def action_dismiss(self):
        """Say that a mail needs no ticket."""
        self._check_handler()
        for entry in self:
            entry._close("dismissed", entry.env["itsm.ticket"])
        return True

    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    @api.model
    def _enter(self, mail):
        """Enter a mail, or return no record for one that was entered before.

        A mail that failed may come again. Devices give all their mails one Message-ID:
        under another date it is another mail, which gets an id of its own.

        :param CurrentMail mail: gets the id under which it is entered
        """
        head = mail.head
        mail.message_id = head.message_id or f"<{uuid.uuid4()}@received>"
        values = {
            "message_id": mail.message_id,
            "written_at": head.written_at or None,
            "received_at": fields.Datetime.now(),
            "create_date": fields.Datetime.now(),
            "create_uid": self.env.uid,
            "sender": next((item for item in head.senders if "@" in item), None),
            "subject": head.subject[:LONGEST_SUBJECT] or self.env._("(no subject)"),
            "recipients": ", ".join(head.recipients[:MOST_RECIPIENTS]),
            "state": "ignored",
        }
        entry = self._insert(values)
        if entry or not head.written_at:
            return entry
        known = self.search([("message_id", "=", mail.message_id)], limit=1)
        if known.written_at and known.written_at != head.written_at:
            date = head.written_at.encode("utf-8", "replace")
            digest = hashlib.sha256(date).hexdigest()[:12]
            mail.message_id = f"<{digest}.{mail.message_id.strip('<>')}>"
            entry = self._insert({**values, "message_id": mail.message_id})
        return entry

    @api.model
    def _insert(self, values):
        """Insert an entry, and return it, or none where its Message-ID is taken."""
        self.flush_model()
        # SQL: of two transactions that enter the same mail at the same time the
        # database lets one wait and then refuses it as out of date, so that it is
        # tried again and finds the entry. The ORM has no insert that tells whether
        # the row was there.
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO itsm_inbound_mail (%(names)s) VALUES (%(values)s)"
                " ON CONFLICT (message_id) DO UPDATE"
                " SET received_at = EXCLUDED.received_at"
                " WHERE itsm_inbound_mail.state = 'failed'"
                " AND COALESCE(itsm_inbound_mail.written_at, EXCLUDED.written_at)"
                " IS NOT DISTINCT FROM EXCLUDED.written_at RETURNING id",
                names=SQL(", ").join(map(SQL.identifier, values)),
                values=SQL(", ").join(SQL("%s", value) for value in values.values()),
            )
        )
        entry = self.browse(rows[0][0] if rows else [])
        entry.invalidate_recordset(flush=False)
        return entry

    def _read_words(self):
        """Return what a kept mail says, with its subject, as far as it can be read."""
        self.ensure_one()
        try:
            raw = base64.b64decode(self.raw or b"")
            message = email.message_from_bytes(raw, policy=email.policy.SMTP)
            mail_content.prepare(message)
            words = mail_content.find_all_text(message)
            return f"{read_subject(message)}\n{words}"
        except Exception:
            # What a mail holds is written by anybody; one that failed may fail again.
            _logger.info("Mail %s cannot be read", self.message_id, exc_info=True)
            return self.subject or ""

    def _finish(self, mail, raw):
        """Write what became of the mail.

        :param CurrentMail mail: what the gateway found out
        """
        ticket_id = next(iter(mail.filed or mail.touched), False) or mail.ticket_id
        ticket = self.env["itsm.ticket"].browse(ticket_id or [])
        team = ticket.team_id or self._get_team(mail.team_id)
        state = "filed" if mail.filed else "answered" if mail.touched else mail.outcome
        if not state:
            mail.note = self.env._("The same mail is on a ticket already.")
        vals = {
            "state": state or "ignored",
            "kind": mail.kind,
            "note": mail.note or False,
            "is_unproven": not mail.is_proven,
            "is_by_subject": mail.is_by_subject,
            "ticket_id": ticket.id,
            "team_id": team.id,
            "company_id": (ticket.company_id or team.company_id).id,
        }
        if vals["state"] == "ignored":
            vals |= self._prepare_raw(raw, ticket)
        self.write(vals)

    def _keep_failed(self, raw, error, team_id):
        """Keep a mail that could not be filed.

        :param bytes raw: the mail
        :param Exception error: what happened
        :param int team_id: the team that it was sent to, or 0
        """
        team = self._get_team(team_id)
        self.write(
            {
                "state": "failed",
                "note": _describe(error)[:2000],
                "team_id": team.id,
                "company_id": team.company_id.id,
                **self._prepare_raw(raw),
            }
        )

    def _tell_failed(self, error):
        """Tell the desk of a mail that waits; it waits also where that fails."""
        try:
            with self.env.cr.savepoint():
                self._tell(
                    self.team_id,
                    self.env._("Mail could not be filed: %s", self.subject),
                    self.env._(
                        "A mail of %(sender)s reached the service desk and could not "
                        "be filed: %(reason)s. It is kept under Received Mails, where "
                        "it can be made a ticket by hand.",
                        sender=self.sender or self.env._("an unknown sender"),
                        reason=_describe(error)[:300],
                    ),
                )
        except Exception:
            # Whatever stops it: raised from here, the mail itself would be lost.
            _logger.info("Nobody was told of mail %s", self.message_id, exc_info=True)

    @api.model
    def _get_storm_limit(self):
        """Return how many mails an hour of one sender are taken for a person's."""
        # sudo: the gateway's user reads no parameters
        parameters = self.env["ir.config_parameter"].sudo()
        limit = parameters.get_param("itsm_desk.mail_storm_limit") or ""
        return read_number(limit) or STORM_LIMIT

    @api.model
    def _is_storm(self, mail, ticket):
        """Whether the sender wrote more in an hour than people do; tell the desk once.

        Such mails are filed as others. Only what we send by ourselves stops, whatever
        the mails say about who wrote them: two programs would answer each other.

        :param CurrentMail mail: the mail
        :param ticket: the ticket that it is about; none: it makes one
        """
        limit = self._get_storm_limit()
        count = self._count_recent(mail.head.sender, ticket, limit + 2)
        if count == limit + 1:
            self._tell_storm(mail, ticket, limit)
        return count > limit

    @api.model
    def _count_recent(self, sender, ticket, limit):
        """Return how many mails of ``sender`` came within an hour, at most ``limit``.

        :param ticket: the ticket that they are about; none: those that made tickets
        """
        start = fields.Datetime.now() - timedelta(hours=1)
        place = [("ticket_id", "=", ticket.id)] if ticket else [("state", "=", "filed")]
        # The mail that is being filed counts, too, and has no place yet.
        return 1 + self.search_count(
            [("sender", "=", sender), ("received_at", ">=", start), *place],
            limit=limit,
        )

    @api.model
    def _tell_storm(self, mail, ticket, limit):
        """Tell the desk that nothing of ours answers a sender by itself for a while.

        :param CurrentMail mail: the first mail that is not answered
        :param ticket: the ticket that it is about; none: it makes one
        """
        text = self.env._(
            "%(sender)s wrote more than %(limit)s mails within an hour. They are "
            "filed, but no automatic mail answers them until it is quieter: two "
            "programs may be answering each other.",
            sender=mail.head.sender,
            limit=limit,
        )
        team = ticket.team_id
        if ticket:
            ticket._message_log(body=text)
        else:
            team = self._get_team(mail.team_id)
        self._tell(team, self.env._("Many mails of %s", mail.head.sender), text)

    @api.model
    def _tell(self, team, subject, body):
        """Send a message to the lead of a team, else to the managers of the desk."""
        # sudo: the gateway's user reads neither teams nor groups
        team = team.sudo()
        people = team.leader_id
        if not people:
            # sudo: as above
            group = self.env.ref("itsm_desk.group_itsm_manager").sudo()
            people = group.all_user_ids.filtered(
                lambda user: (
                    user.active and (not team or team.company_id in user.company_ids)
                )
            )
        root = self.env.ref("base.user_root")
        # sudo: nobody writes it; OdooBot is its author
        thread = self.env["mail.thread"].with_user(root).sudo()
        if people:
            thread.message_notify(
                partner_ids=people.partner_id.ids, subject=subject, body=body
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_team(self, team_id):
        return self.env["itsm.team"].browse(team_id or []).exists()

    def _prepare_raw(self, raw, ticket=None):
        # sudo: what it quotes is taken out, whoever hands it in
        tickets = ticket.sudo() if ticket else self.env["itsm.ticket"]
        return {
            "raw": base64.b64encode(clean_raw(self.env, raw, tickets)),
            "raw_name": f"mail-{self.id}.eml",
        }

    def _check_handler(self):
        """Refuse people who do not work at the desk, and mails that do not wait."""
        self.check_access("write")
        self._check_waiting()

    def _check_waiting(self):
        done = self.filtered(lambda entry: entry.state not in WAITING)
        if done:
            raise UserError(
                self.env._(
                    '"%(subject)s" does not wait any more: %(state)s.',
                    subject=done[0].subject,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        done[0].state
                    ],
                )
            )

    def _close(self, state, ticket):
        # sudo: people write only where a mail goes; who did it follows from the act
        self.sudo().write(
            {
                "state": state,
                "ticket_id": ticket.id,
                "handled_by_id": self.env.uid,
            }
        )

    def _make_ticket(self):
        """Return a new ticket of the mail's requester."""
        self.ensure_one()
        company = self.team_id.company_id or self.company_id or self.env.company
        partner = self.partner_id
        if not partner and self.sender:
            # sudo: technicians make no contacts; this one is who wrote
            threads = self.env["mail.thread"].sudo()
            partner = threads._partner_find_from_emails_single(
                [self.sender], filter_found=lambda found: found.active
            )
        if not partner:
            raise UserError(
                self.env._(
                    '"%s" names no sender: choose the requester first.', self.subject
                )
            )
        values = {
            "subject": self.subject,
            "description": plaintext2html(self._read_text()),
            "partner_id": partner.id,
            "company_id": company.id,
            "channel": "mail",
        }
        if self.team_id:
            values["team_id"] = self.team_id.id
        # sudo: filed for the sender, as the gateway would have done
        return server_create(self.env["itsm.ticket"].sudo(), values)

    def _file_into(self):
        """Add the mail to the chosen ticket as if it came now; return whether it was.

        Its files are unpacked, and it resumes, reopens or follows up as others do.
        """
        # sudo: files of fields are read through their record
        raw = base64.b64decode(self.sudo().raw or b"")
        threads = self.env["mail.thread"]
        return bool(raw) and threads._itsm_file_into(
            raw, self.message_id, self.ticket_id
        )

    def _attach_to(self, ticket, is_filed=False):
        """Say in the chatter of a ticket who filed the mail, which is put there, too.

        :param bool is_filed: whether its text and its files are there already
        """
        # sudo: the mail belongs to whoever reads the ticket, not to who files it
        entry = self.sudo()
        if not entry.raw:
            return
        files = [] if is_filed else [(entry.raw_name, base64.b64decode(entry.raw))]
        ticket.sudo().message_post(  # sudo: as above
            body=self.env._("Mail of %s, filed by hand.", entry.sender or "?"),
            attachments=files,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    def _read_text(self):
        """Return the text of the raw mail as far as it can be read."""
        # sudo: files of fields are read through their record
        raw = base64.b64decode(self.sudo().raw or b"")
        try:
            return mail_content.find_text(
                email.message_from_bytes(raw, policy=email.policy.compat32)
            )
        except Exception:
            # Whatever made it fail in the gateway may fail here again. The raw mail
            # is added to the ticket.
            return self.env._("See the attached mail.")

    @api.autovacuum
    def _gc_received(self):
        """Forget entries of mails that tickets hold."""
        limit = fields.Datetime.now() - timedelta(days=LOG_DAYS)
        old = self.search(
            [
                ("received_at", "<", limit),
                ("state", "in", ("filed", "answered", "logged", "ignored")),
            ],
            limit=1000,
        )
        # sudo: nobody deletes entries; the job forgets what other records hold
        old.sudo().unlink()
        return len(old), len(old) == 1000


def _describe(error):
    """Return what an error says; of one that is not ours, also its kind."""
    if isinstance(error, (UserError, ValueError)) and str(error):
        return str(error)
    return f"{type(error).__name__}: {error}"
