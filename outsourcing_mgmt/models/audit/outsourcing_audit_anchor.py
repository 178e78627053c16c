import csv
import io
import logging

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL, split_every

from ...tools import audit_chain
from ..base.grants import server_create
from ..base.groups import AUDITOR
from .chaining import chain_waiting

_logger = logging.getLogger(__name__)
BATCH = 1000
TRIES = 5
"""How often ends that grow while they are anchored are read."""


class OutsourcingAuditHead(models.Model):
    """Where the chain of a document ends: how many steps, and the last hash.

    Written when steps are chained. A chain is shown to be complete only by what is
    kept outside of it: rows that are deleted from its end leave the rest valid.
    """

    _name = "outsourcing.audit.head"
    _inherit = "outsourcing.log.mixin"
    _description = "End of an Audit Chain"
    _order = "recorded_at desc, id desc"
    _rec_name = "name"
    _log_access = False

    name = fields.Char(string="Document Name", readonly=True)
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, index=True, ondelete="restrict"
    )
    steps = fields.Integer(required=True, readonly=True, aggregator=None)
    head = fields.Char(string="Last Hash", required=True, readonly=True)
    recorded_at = fields.Datetime(
        string="Last Step On", required=True, readonly=True, index=True
    )
    anchored_steps = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Steps that were mailed to the auditors by the daily job.",
    )

    _document_unique = models.UniqueIndex(
        "(res_model, res_id)", "A document has one audit chain."
    )
    _not_anchored = models.Index("(id) WHERE anchored_steps < steps")


class OutsourcingAuditAnchor(models.Model):
    """The end of a chain as it was mailed to the auditors on one day.

    Whoever changes rows, ends and anchors in the database still meets the mails.
    """

    _name = "outsourcing.audit.anchor"
    _inherit = "outsourcing.log.mixin"
    _description = "Anchor of an Audit Chain"
    _order = "id desc"
    _rec_name = "name"
    _log_access = False

    name = fields.Char(string="Document Name", readonly=True)
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, index=True, ondelete="restrict"
    )
    steps = fields.Integer(required=True, readonly=True, aggregator=None)
    head = fields.Char(string="Last Hash", required=True, readonly=True)
    anchored_at = fields.Datetime(required=True, readonly=True, index=True)
    digest = fields.Char(
        required=True,
        readonly=True,
        help="SHA-256 over all lines of the mail that this one was part of.",
    )

    _document_index = models.Index("(res_model, res_id, steps)")

    # ------------------------------------------------------------
    # SCHEDULED ACTIONS
    # ------------------------------------------------------------

    @api.model
    def _cron_anchor(self):
        """Mail the ends of the chains that grew, and name those that were shortened.

        Each batch is anchored and mailed in one transaction: a job that is stopped
        goes on with the rest.
        """
        cron = self.env["ir.cron"]
        # sudo: the job reads the chains of all documents.
        heads = self.env["outsourcing.audit.head"].sudo()
        # A document that cannot be chained now is anchored tomorrow.
        chain_waiting(self.env)
        _tell_broken(heads)
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM outsourcing_audit_head"
                " WHERE anchored_steps < steps ORDER BY id"
            )
        )
        cron._commit_progress(remaining=len(rows))
        for ids in split_every(BATCH, [row[0] for row in rows]):
            _anchor_batch(heads.browse(ids))
            if not cron._commit_progress(len(ids)):
                break


def _anchor_batch(heads):
    """Anchor ends of chains; those that grow at this moment are read again.

    :raise OperationalError: they grew each time; the next run anchors them
    """
    for left in reversed(range(TRIES)):
        try:
            # SQL: locked before they are read, so that none grows until the commit.
            heads.env.execute_query(
                SQL(
                    "SELECT id FROM outsourcing_audit_head WHERE id = ANY(%s)"
                    " ORDER BY id FOR UPDATE",
                    heads.ids,
                )
            )
            _anchor(heads)
            return
        except OperationalError as error:
            if not left:
                raise
            _logger.info("Ends of audit chains are read again: %s", error)
            heads.env.cr.rollback()
            heads.env.invalidate_all(flush=False)


def _anchor(heads):
    """Anchor the ends of chains and mail them to the auditors of each company."""
    now = fields.Datetime.now()
    for company, group in heads.grouped("company_id").items():
        text = _make_list(group)
        digest = audit_chain.digest(text)
        server_create(
            heads.env["outsourcing.audit.anchor"],
            [
                {
                    "res_model": head.res_model,
                    "res_id": head.res_id,
                    "name": head.name,
                    "company_id": head.company_id.id,
                    "steps": head.steps,
                    "head": head.head,
                    "anchored_at": now,
                    "digest": digest,
                }
                for head in group
            ],
        )
        _mail(
            company,
            heads.env._("Audit chains: %s documents went on", len(group)),
            heads.env._(
                "Keep this mail: it proves later that no step was taken off the end of "
                "an audit chain. The list attached names each document that went on "
                "since the last mail, with the number of its steps and its last hash. "
                "SHA-256 of the list: %s",
                digest,
            ),
            text,
        )
    # The ends are append-only for the ORM.
    heads.env.execute_query(
        SQL(
            "UPDATE outsourcing_audit_head SET anchored_steps = steps"
            " WHERE id = ANY(%s) RETURNING id",
            heads.ids,
        )
    )
    heads.invalidate_recordset(["anchored_steps"])


def _tell_broken(heads):
    """Mail the documents whose chain is shorter than its end or an anchor says."""
    rows = heads.env.execute_query_dict(
        SQL(
            """
            SELECT known.res_model, known.res_id, known.name, known.company_id,
                   max(known.steps) AS steps
              FROM (
                    SELECT res_model, res_id, name, company_id, steps, head
                      FROM outsourcing_audit_head
                     UNION ALL
                    SELECT res_model, res_id, name, company_id, steps, head
                      FROM outsourcing_audit_anchor
                   ) known
              LEFT JOIN outsourcing_audit_log log
                ON log.res_model = known.res_model
               AND log.res_id = known.res_id
               AND log.seq = known.steps
             WHERE log.hash IS DISTINCT FROM known.head
             GROUP BY 1, 2, 3, 4
             ORDER BY 1, 2
            """
        )
    )
    companies = heads.env["res.company"]
    for company_id in {row["company_id"] for row in rows}:
        found = [row for row in rows if row["company_id"] == company_id]
        company = companies.browse(company_id or [])
        _logger.error("Audit chains were shortened or changed: %s", found)
        _mail(
            company,
            heads.env._("Audit chains broken: %s documents", len(found)),
            heads.env._(
                "The last steps of these documents are missing or were changed behind "
                "the system. Compare them with the lists that were mailed before, and "
                "with the hashes on printed documents: %s",
                ", ".join(
                    f"{row['name']} ({row['res_model']} {row['res_id']}, "
                    f"{row['steps']})"
                    for row in found[:50]
                ),
            ),
        )


def _make_list(heads):
    """Return the ends of chains as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["model", "id", "document", "steps", "head"])
    for head in heads.sorted(lambda head: (head.res_model, head.res_id)):
        # A name that begins like a formula is one for a spreadsheet.
        name = head.name or ""
        name = f"'{name}" if name[:1] in ("=", "+", "-", "@") else name
        writer.writerow([head.res_model, head.res_id, name, head.steps, head.head])
    return stream.getvalue()


def _mail(company, subject, text, attachment=None):
    """Mail the auditors of a company; those of every company where it is empty."""
    # sudo: the job looks up who is in the group of auditors.
    users = company.env.ref(AUDITOR).sudo().all_user_ids
    users = users.filtered(
        lambda user: (
            user.active and user.email and (not company or company in user.company_ids)
        )
    )
    if not users:
        _logger.warning("No auditor to mail to: %s", subject)
        return
    files = company.env["ir.attachment"]
    if attachment:
        files = files.create(
            {
                "name": "audit-chains.csv",
                "raw": attachment.encode(),
                "mimetype": "text/csv",
            }
        )
    company.env["mail.mail"].create(
        {
            "subject": subject,
            "body_html": Markup("<p>%s</p>") % text,
            "recipient_ids": [Command.set(users.partner_id.ids)],
            "attachment_ids": [Command.set(files.ids)],
            "email_from": (company or company.env.company).email_formatted,
        }
    )
