from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.json import json_default

from ...tools import audit_chain
from ...tools.mail_table import MAIL_LAYOUT
from ..base.acting_person import is_acting_in_process
from ..base.grants import check_caller
from ..base.groups import AUDITOR
from ..integrity.kept_files import find_changed, record_change
from .chaining import chain_document, chain_waiting, find_waiting, is_overdue

JOB = "outsourcing_mgmt.ir_cron_audit_chain"
"""Is missing while the module is installed; it looks each minute, too."""


class OutsourcingAuditLog(models.Model):
    """One step of a procedure, chained by hash to the step before it.

    The chain belongs to a root document (a tender with its bids and award, a
    contract with its parts). Rows are appended by :meth:`_record` only, and chained
    in their order by a job right after the commit (``chaining``). Nobody,
    administrators included, changes or deletes one through the ORM, and
    :meth:`verify` finds what was changed in the database behind its back once it
    was chained, rows taken off the end included: the number of steps and the last
    hash of each document are kept in ``outsourcing.audit.head``, mailed daily as
    ``outsourcing.audit.anchor``, and printed on the documents. SQL that reaches a row
    while it waits leaves no trace (SECURITY.md). Details never hold sealed or private
    content.

    A row is read by those who may read the root and the part that took the step;
    its details by those who may read the bids that they name, too.
    """

    _name = "outsourcing.audit.log"
    _inherit = "outsourcing.log.mixin"
    _description = "Audit Log"
    _order = "id desc"
    _rec_name = "verb"
    _log_access = False

    seq = fields.Integer(
        string="Step",
        readonly=True,
        aggregator=None,
        help="Empty for a step that waits for its place in the chain; a job gives it "
        "within a minute.",
    )
    recorded_at = fields.Datetime(required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, index=True, ondelete="restrict"
    )
    part_model = fields.Char(
        readonly=True, help="Model of the part of the document that took the step."
    )
    part_id = fields.Many2oneReference(model_field="part_model", readonly=True)
    name = fields.Char(string="Document Name", readonly=True)
    verb = fields.Char(string="Action", required=True, readonly=True, index=True)
    # The column is read and written by SQL: a field of it could be searched, grouped
    # and exported by users who may not read what it says.
    details = fields.Json(compute="_compute_details", compute_sudo=False)
    details_text = fields.Text(
        string="Facts", compute="_compute_details_text", compute_sudo=False
    )
    prev_hash = fields.Char(string="Previous Hash", readonly=True)
    hash = fields.Char(readonly=True)

    _step_unique = models.UniqueIndex(
        "(res_model, res_id, seq)", "A step of the audit log is recorded once."
    )
    _waiting = models.Index("(res_model, res_id) WHERE seq IS NULL")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_details(self):
        stored = self._read_details()
        hidden = self.browse() if self.env.su else self._get_hidden(stored)
        for step in self:
            step.details = False if step in hidden else stored.get(step.id, False)

    @api.depends("details")
    @api.depends_context("uid")
    def _compute_details_text(self):
        for step in self:
            pairs = sorted((step.details or {}).items())
            step.details_text = "\n".join(f"{key}: {value}" for key, value in pairs)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def init(self):
        super().init()
        # Not a stored field; see above.
        self.env.execute_query(
            SQL(
                "ALTER TABLE outsourcing_audit_log"
                " ADD COLUMN IF NOT EXISTS details jsonb"
            )
        )

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self or result:
            return result
        forbidden = self - self._filter_part_readable()
        if forbidden:
            return forbidden, lambda: AccessError(
                self.env._("You may not read the record that took this step.")
            )
        return None

    # ------------------------------------------------------------
    # WHO READS WHAT
    # ------------------------------------------------------------

    @api.model
    def _readable_domain(self):
        """Return the domain of the rows whose document and part the user may read."""
        own = self.env["outsourcing.audit.log"]
        # sudo: only the names of models are read, to ask for the rights on each.
        groups = own.sudo()._read_group([], ["part_model"])
        domain = Domain.FALSE
        for (name,) in groups:
            if name in self.env and self.env[name].has_access("read"):
                parts = self.env[name].with_context(active_test=False)
                domain |= Domain("part_model", "=", name) & Domain(
                    "part_id", "in", parts._search([])
                )
        return super()._readable_domain() & domain

    def _filter_part_readable(self):
        """Return the rows whose part the user may read."""
        # sudo: the rights on a row follow from its part, which is looked up here.
        parts = {row.id: (row.part_model, row.part_id) for row in self.sudo()}
        readable = self._get_readable(parts.values())
        return self.filtered(lambda row: parts[row.id] in readable)

    @api.model
    def _get_readable(self, pairs):
        """Return those of the pairs ``(model, id)`` whose record the user may read."""
        ids = {}
        for name, record_id in pairs:
            ids.setdefault(name, set()).add(record_id)
        return {
            (name, record.id)
            for name, record_ids in ids.items()
            if name in self.env and self.env[name].has_access("read")
            for record in self.env[name]
            .browse(sorted(record_ids))
            .exists()
            ._filtered_access("read")
        }

    def _get_hidden(self, stored):
        """Return the rows whose details name bids that the user may not read."""
        named = {
            row.id: [("outsourcing.bid", bid_id) for bid_id in _get_bids(details)]
            for row, details in ((row, stored.get(row.id)) for row in self)
        }
        readable = self._get_readable(
            {pair for pairs in named.values() for pair in pairs}
        )
        return self.filtered(lambda row: not readable.issuperset(named[row.id]))

    def _read_details(self):
        """Return ``{row id: details}`` as they are stored."""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, details FROM outsourcing_audit_log WHERE id = ANY(%s)",
                    self.ids,
                )
            )
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _record(self, record, verb, details=None, root=None):
        """Append one step per record of ``record``.

        :param record: the document, or the part of it, that took the step
        :param str verb: what was done
        :param dict details: facts that every reader of the root may know
        :param root: document that owns the chain; by default the record itself
        """
        self._record_rows(
            [(root or part, part, verb, details or {}) for part in record]
        )

    @api.model
    def _record_each(self, root, steps):
        """Append several steps to the log of one document, in their order.

        :param root: document that owns the chain
        :param steps: list of ``(part, verb, details)``, see :meth:`_record`
        """
        self._record_rows([(root, *step) for step in steps])

    @api.model
    def _record_rows(self, rows):
        """Append steps to the logs of several documents, in their order.

        :param rows: list of ``(root, part, verb, details)``, see :meth:`_record`
        """
        if rows:
            # sudo: whoever takes a step need not read all of what the rows name.
            self._append([(row[0].sudo(), row[1].sudo(), *row[2:]) for row in rows])

    @api.model
    @api.readonly
    def verify(self, res_model, res_id):
        """Recompute the chain of one document.

        :return: ``{"valid": bool, "steps": int, "broken_at": step or None,
            "head": last hash, "waiting": int}``. Steps that wait for their place are
            counted; the first one that waited too long counts as broken.
        """
        if not isinstance(res_model, str) or res_model not in self.env:
            raise UserError(self.env._('There are no documents "%s".', res_model))
        if not isinstance(res_id, int) or isinstance(res_id, bool):
            raise UserError(self.env._("Say by its number which document is checked."))
        self.env[res_model].browse(res_id).check_access("read")
        domain = [("res_model", "=", res_model), ("res_id", "=", res_id)]
        # sudo: the reader of the document, checked above, proves its whole chain.
        steps = self.sudo().search(domain, order="seq, id")
        rows = steps.filtered("seq")
        waiting = steps - rows
        # sudo: as above, for what is known of the chain elsewhere.
        ends = self.env["outsourcing.audit.head"].sudo().search(domain)
        # sudo: as above.
        anchors = self.env["outsourcing.audit.anchor"].sudo().search(domain)
        hashes = rows.mapped("hash")
        known = [(end.steps, end.head) for end in (*ends, *anchors)]
        if rows and (not ends or ends.steps < len(rows)):
            # The end itself was deleted or turned back.
            known.append((len(rows), None))
        broken = [
            audit_chain.first_break(
                (row.seq, row.prev_hash, row.hash, payload)
                for row, payload in zip(
                    rows, rows._get_payloads(rows.mapped("seq")), strict=True
                )
            ),
            audit_chain.first_missing(hashes, known),
            len(rows) + 1 if is_overdue(waiting) else None,
        ]
        broken = min(filter(None, broken), default=None)
        return {
            "valid": broken is None,
            "steps": len(steps),
            "expected": max((end for end, _head in known), default=0) + len(waiting),
            "waiting": len(waiting),
            "anchors": len(anchors),
            "broken_at": broken,
            "head": rows[-1:].hash or audit_chain.GENESIS,
        }

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_chain(self):
        """Chain the rows that wait; what remains is left to the next run."""
        chain_waiting(self.env)

    @api.model
    def _cron_check_files(self, limit=50):
        """Compare every file with its digest and tell the auditors of changed ones.

        Commits after each ``limit`` records, so that it can be stopped at any point.
        """
        for name, domain in (
            ("outsourcing.tender.document", [("state", "!=", "draft")]),
            ("outsourcing.contract", [("signed_copy_hash", "!=", False)]),
            ("outsourcing.contract.document", []),
            ("outsourcing.contract.exit", [("signed_copy_hash", "!=", False)]),
            ("outsourcing.contract.guarantee", [("document_hash", "!=", False)]),
            ("outsourcing.bid", [("technical_opened_at", "!=", False)]),
        ):
            records = self.env[name].search(domain, order="id")
            for start in range(0, len(records), limit):
                batch = records[start : start + limit]
                if name == "outsourcing.bid":
                    changed = batch.filtered(lambda bid: bid._has_changed_files())
                    changed |= find_changed(batch)
                else:
                    changed = find_changed(batch)
                for record in changed:
                    record_change(record)
                    self._tell_auditors(record)
                self.env.invalidate_all()
                left = len(records) - start - len(batch)
                self.env["ir.cron"]._commit_progress(len(batch), remaining=left)

    @api.model
    def _tell_auditors(self, record):
        """Tell the auditors of its company that a file of ``record`` was changed."""
        # sudo: the job need not read who is an auditor.
        group = self.env.ref(AUDITOR).sudo()
        auditors = group.all_user_ids.filtered(
            lambda user: user.active and record.company_id in user.company_ids
        )
        # sudo: by schedule the company writes, and not the robot.
        company = record.sudo().company_id
        sender = {"email_from": company.email_formatted} if company.email else {}
        for user in auditors:
            env = self.with_context(lang=user.lang or self.env.lang).env
            env["mail.thread"].message_notify(
                partner_ids=user.partner_id.ids,
                subject=env._("A file was changed: %s", record.display_name),
                body=env._(
                    "%s: a file no longer matches the SHA-256 that was kept with it. "
                    "Compare it with your copy and ask who has access to the server.",
                    record.display_name,
                ),
                author_id=self.env.ref("base.partner_root").id,
                email_layout_xmlid=MAIL_LAYOUT,
                force_email_company=company,
                **sender,
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_end(self, record):
        """Return the end of the chain of a document, as it is printed on it.

        Steps that wait are chained first. A connection that only reads fails here
        with ReadOnlySqlTransaction, and Odoo tries again on the primary.

        :return: outsourcing.audit.head with sudo, empty for a document without steps
        """
        if find_waiting(self.env, (record._name, record.id)):
            chain_document(self.env, record._name, record.id)
        # sudo: the end tells nothing of the steps, and is printed for its readers.
        heads = self.env["outsourcing.audit.head"].sudo()
        return heads.search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    @api.model
    def _append(self, steps):
        """Add rows to logs, which wait for their place in the chain.

        Transactions that add rows at once do not wait for each other. The job that
        chains them is triggered by the commit; the loader of the demo data and tests
        chain at once, by the same functions.

        :param steps: list of ``(root, part, verb, details)``
        """
        details = [step[3] for step in steps]
        check_caller(self)
        texts = audit_chain.canonical_each(details)
        rows = [
            {
                "res_model": root._name,
                "res_id": root.id,
                "recorded_at": fields.Datetime.now(),
                "user_id": self.env.uid,
                "company_id": _get_company_id(root),
                "part_model": part._name,
                "part_id": part.id,
                "name": part.display_name or "",
                "verb": verb,
                "details": text,
            }
            for (root, part, verb, _details), text in zip(steps, texts, strict=True)
        ]
        # SQL: "details" is no field that could be searched; see above.
        self.env.execute_query(
            SQL(
                "INSERT INTO outsourcing_audit_log (%s) VALUES %s RETURNING id",
                SQL(", ").join(SQL.identifier(name) for name in rows[0]),
                SQL(", ").join(SQL("%s", tuple(row.values())) for row in rows),
            )
        )
        roots = dict.fromkeys(step[0] for step in steps)
        if is_acting_in_process():
            for root in roots:
                chain_document(self.env, root._name, root.id)
        elif job := self.env.ref(JOB, raise_if_not_found=False):
            # sudo: whoever takes a step need not read scheduled actions.
            job.sudo()._trigger()

    @api.model
    def _get_last(self, res_model, res_id):
        """Return ``(steps, hash)`` of the chain so far.

        The end counts where rows were deleted: the next step then leaves a gap, and
        does not hide them.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT seq, hash FROM (SELECT seq, hash FROM outsourcing_audit_log"
                " WHERE res_model = %(model)s AND res_id = %(id)s AND seq IS NOT NULL"
                " ORDER BY seq DESC LIMIT 1) last_row UNION ALL"
                " SELECT steps, head FROM outsourcing_audit_head"
                " WHERE res_model = %(model)s AND res_id = %(id)s",
                model=res_model,
                id=res_id,
            )
        )
        return max(rows, key=lambda row: row[0], default=(0, audit_chain.GENESIS))

    @api.model
    def _make_payload(self, values):
        """Return what the hash covers: every column but the hashes."""
        payload = {
            name: values[name]
            for name in values
            if name not in ("hash", "prev_hash", "details")
        }
        payload["recorded_at"] = json_default(values["recorded_at"])
        payload["details"] = values["details"]
        return payload

    def _get_payloads(self, numbers):
        """Return what the hashes of the rows cover, as steps of these numbers."""
        details = audit_chain.canonical_each([row.details or {} for row in self])
        return [
            self._make_payload(
                {
                    "res_model": row.res_model,
                    "res_id": row.res_id,
                    "seq": seq,
                    "recorded_at": row.recorded_at,
                    "user_id": row.user_id.id,
                    "company_id": row.company_id.id or None,
                    "part_model": row.part_model,
                    "part_id": row.part_id,
                    "name": row.name or "",
                    "verb": row.verb,
                    "details": text,
                }
            )
            for row, seq, text in zip(self, numbers, details, strict=True)
        ]


def _get_company_id(document):
    """Return the id of the company of a document, or None."""
    company = document["company_id"] if "company_id" in document._fields else None
    return company.id or None if company else None


def _get_bids(details):
    """Return the ids of the bids that details of a step are about."""
    details = details or {}
    bids = details.get("bids") or {}
    return {int(bid_id) for bid_id in (*bids, details.get("bid")) if bid_id}
