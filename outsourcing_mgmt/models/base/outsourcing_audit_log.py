from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.json import json_default

from ...tools import audit_chain


class OutsourcingAuditLog(models.Model):
    """One step of a procedure, chained by hash to the step before it.

    The chain belongs to a root document (a tender with its bids and award, a
    contract with its parts). Rows are appended by :meth:`_record` only; no
    user, nor the system, changes or deletes one through the ORM, and
    :meth:`verify` proves that nobody did so behind its back. Details never
    hold sealed or private content. Read by those who may read the root.
    """

    _name = "outsourcing.audit.log"
    _description = "Audit Log"
    _order = "id desc"
    _rec_name = "verb"
    _log_access = False

    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document",
        model_field="res_model",
        required=True,
        readonly=True,
    )
    seq = fields.Integer(string="Step", required=True, readonly=True, aggregator=None)
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
    verb = fields.Char(required=True, readonly=True, index=True)
    details = fields.Json(readonly=True)
    details_text = fields.Text(string="Facts", compute="_compute_details_text")
    prev_hash = fields.Char(string="Previous Hash", required=True, readonly=True)
    hash = fields.Char(required=True, readonly=True)

    _step_unique = models.UniqueIndex(
        "(res_model, res_id, seq)", "A step of the audit log is recorded once."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("details")
    def _compute_details_text(self):
        for step in self:
            pairs = sorted((step.details or {}).items())
            step.details_text = "\n".join(f"{key}: {value}" for key, value in pairs)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        raise AccessError(self._append_only_message())

    def write(self, vals):
        raise AccessError(self._append_only_message())

    def unlink(self):
        raise AccessError(self._append_only_message())

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su and not kwargs.get("bypass_access"):
            domain = Domain(domain) & self._readable_domain()
        return super()._search(domain, *args, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self or result:
            return result
        readable = self.browse()
        for name, rows in self.sudo().grouped("res_model").items():
            if name in self.env:
                documents = self.env[name].browse(rows.mapped("res_id")).exists()
                visible = set(documents._filtered_access("read").ids)
                readable |= rows.filtered(lambda row, ids=visible: row.res_id in ids)
        forbidden = self - readable.sudo(False)
        if forbidden:
            return forbidden, lambda: AccessError(
                self.env._("You may not read the document of this step.")
            )
        return None

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
        for part in record.sudo():
            self._append(part, root.sudo() if root else part, verb, details or {})

    @api.model
    def verify(self, res_model, res_id):
        """Recompute the chain of one document.

        :return: ``{"valid": bool, "steps": int, "broken_at": step or None,
            "head": last hash}``
        """
        if res_model not in self.env:
            raise UserError(self.env._("There are no documents “%s”.", res_model))
        self.env[res_model].browse(res_id).check_access("read")
        # The whole chain is needed whatever rows the reader may see.
        rows = self.sudo().search(
            [("res_model", "=", res_model), ("res_id", "=", res_id)], order="seq"
        )
        broken = audit_chain.first_break(
            (row.seq, row.prev_hash, row.hash, row._get_payload()) for row in rows
        )
        return {
            "valid": broken is None,
            "steps": len(rows),
            "broken_at": broken,
            "head": rows[-1:].hash or audit_chain.GENESIS,
        }

    @api.model
    def _append(self, part, root, verb, details):
        """Insert the next row of the chain of ``root``.

        Two transactions that append at once want the same step number. Under
        REPEATABLE READ the second then fails to serialise, and is tried again
        with the first one's row in sight.
        """
        last = self.env.execute_query(
            SQL(
                "SELECT seq, hash FROM outsourcing_audit_log"
                " WHERE res_model = %s AND res_id = %s ORDER BY seq DESC LIMIT 1",
                root._name,
                root.id,
            )
        )
        seq, prev_hash = last[0] if last else (0, audit_chain.GENESIS)
        company = root.company_id if "company_id" in root._fields else root.browse()
        values = {
            "res_model": root._name,
            "res_id": root.id,
            "seq": seq + 1,
            "recorded_at": fields.Datetime.now(),
            "user_id": self.env.uid,
            "company_id": company.id or None,
            "part_model": part._name,
            "part_id": part.id,
            "name": part.display_name or "",
            "verb": verb,
            "details": audit_chain.canonical(details),
            "prev_hash": prev_hash,
        }
        values["hash"] = audit_chain.link(prev_hash, self._make_payload(values))
        self.env.execute_query(
            SQL(
                "INSERT INTO outsourcing_audit_log (%s) VALUES %s"
                " ON CONFLICT (res_model, res_id, seq) DO NOTHING RETURNING id",
                SQL(", ").join(SQL.identifier(name) for name in values),
                tuple(values.values()),
            )
        )

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

    def _get_payload(self):
        self.ensure_one()
        return self._make_payload(
            {
                "res_model": self.res_model,
                "res_id": self.res_id,
                "seq": self.seq,
                "recorded_at": self.recorded_at,
                "user_id": self.user_id.id,
                "company_id": self.company_id.id or None,
                "part_model": self.part_model,
                "part_id": self.part_id,
                "name": self.name or "",
                "verb": self.verb,
                "details": audit_chain.canonical(self.details or {}),
            }
        )

    @api.model
    def _readable_domain(self):
        """Limit the log to documents that the user may read."""
        models_used = self.env.execute_query(
            SQL("SELECT DISTINCT res_model FROM outsourcing_audit_log")
        )
        domain = Domain.FALSE
        for (name,) in models_used:
            if name in self.env and self.env[name].has_access("read"):
                documents = self.env[name].with_context(active_test=False)
                domain |= Domain("res_model", "=", name) & Domain(
                    "res_id", "in", documents._search([])
                )
        return domain

    def _append_only_message(self):
        return self.env._("The audit log is append-only; nothing in it changes.")
