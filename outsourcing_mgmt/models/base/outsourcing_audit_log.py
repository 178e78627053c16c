from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.json import json_default

from ...tools import audit_chain


class OutsourcingAuditLog(models.Model):
    """One step of a procedure, chained by hash to the step before it.

    The chain belongs to a root document (a tender with its bids and award, a
    contract with its parts). Rows are appended by :meth:`_record` only. Nobody,
    administrators included, changes or deletes one through the ORM, and
    :meth:`verify` finds what was changed in the database behind its back. Details
    never hold sealed or private content. Read by those who may read the root.
    """

    _name = "outsourcing.audit.log"
    _inherit = "outsourcing.log.mixin"
    _description = "Audit Log"
    _order = "id desc"
    _rec_name = "verb"
    _log_access = False

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
    verb = fields.Char(string="Action", required=True, readonly=True, index=True)
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
        # sudo: whoever takes a step need not read all of what the row names.
        for part in record.sudo():
            # sudo: as above, for the document that owns the chain.
            self._append(part, root.sudo() if root else part, verb, details or {})

    @api.model
    def verify(self, res_model, res_id):
        """Recompute the chain of one document.

        :return: ``{"valid": bool, "steps": int, "broken_at": step or None,
            "head": last hash}``
        """
        if res_model not in self.env:
            raise UserError(self.env._('There are no documents "%s".', res_model))
        self.env[res_model].browse(res_id).check_access("read")
        # sudo: the reader of the document, checked above, proves its whole chain.
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
        # sudo: the chain goes on whoever takes the step; rows never change.
        last = self.sudo().search(
            [("res_model", "=", root._name), ("res_id", "=", root.id)],
            order="seq desc",
            limit=1,
        )
        prev_hash = last.hash or audit_chain.GENESIS
        company = root.company_id if "company_id" in root._fields else root.browse()
        values = {
            "res_model": root._name,
            "res_id": root.id,
            "seq": last.seq + 1,
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
        # SQL, because the ORM has no ON CONFLICT: a plain INSERT would fail with a
        # unique violation, which Odoo reports instead of trying again.
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
