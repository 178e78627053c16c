import base64
import json
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_list

from ...tools import upload
from ..base.grants import server_create, server_write, without_defaults
from ..base.groups import MANAGER, OFFICER
from ..base.outsourcing_flow_mixin import is_visible
from ..base.uninstall import guards_deletion
from ..messages.scheduling import schedule_each

SERVER_FIELDS = frozenset({"is_listed", "settled_by_id", "settled_on", "worker_id"})
PAPER_TYPES = ("jpeg", "jpg", "pdf", "png")
TODO_TYPE = "mail.mail_activity_data_todo"


class OutsourcingContractExit(models.Model):
    """The handover at the end of a contract: what comes back, and who received it.

    open -> signed; or dropped when the contract is renewed after all. Started by the
    server when a contract in effect expires or is terminated, with the usual points and
    the workers on site. ``vendor_quality`` holds the payment of the last period until
    it is signed.

    =======  =================  ====================================================
    Action   Who                Restriction
    =======  =================  ====================================================
    start    the server         one for each contract
    write    officer, manager   while it is open
    sign     officer, manager   there are points, and every point is settled; what is
                                missing has a note, and was called so by another
                                person; who handed over for the vendor is named, and
                                the vendor signed: this list in the portal, or the
                                paper that is attached; points are not deleted. Where
                                it is written why the vendor does not sign: a manager,
                                not who wrote that
    =======  =================  ====================================================
    """

    _name = "outsourcing.contract.exit"
    _description = "Handover at the End of a Contract"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "due_date desc, id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    _flow_transitions = {
        "open": {"signed", "dropped"},
        "signed": set(),
        "dropped": set(),
    }
    _flow_verbs = {"signed": "sign", "dropped": "drop"}
    _flow_groups = {"sign": (OFFICER, MANAGER)}
    _flow_required = {"signed": ("handed_over_by",)}
    _flow_system_fields = frozenset(
        {
            "absence_by_id",
            "contract_id",
            "last_day",
            "signed_by_id",
            "signed_copy_hash",
            "signed_on",
            "vendor_signed_by",
            "vendor_signed_hash",
            "vendor_signed_on",
        }
    )
    _flow_content_fields = frozenset(
        {
            "absence_reason",
            "due_date",
            "handed_over_by",
            "line_ids",
            "note",
            "owner_id",
            "signed_copy",
            "signed_copy_name",
        }
    )
    _flow_content_states = frozenset({"open"})
    _flow_deletable_states = frozenset()

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="contract_id.partner_id")
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True
    )
    state = fields.Selection(
        selection=[
            ("open", "In Handover"),
            ("signed", "Signed"),
            ("dropped", "Not Needed"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Receives It",
        index=True,
        check_company=True,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    last_day = fields.Date(
        string="Last Day of Service",
        readonly=True,
        help="When the contract ended. The bill of the period with this day is paid "
        "after the handover is signed.",
    )
    due_date = fields.Date(string="Sign Until", index=True, tracking=True)
    line_ids = fields.One2many(
        comodel_name="outsourcing.contract.exit.line",
        inverse_name="exit_id",
        string="Points of the Handover",
    )
    waiting_count = fields.Integer(
        string="Open Points", compute="_compute_waiting_count"
    )
    handed_over_by = fields.Char(
        string="Handed Over By",
        tracking=True,
        help="Who handed over for the vendor.",
    )
    note = fields.Text(string="Remarks")
    signed_by_id = fields.Many2one(
        comodel_name="res.users", string="Received By", copy=False, readonly=True
    )
    signed_on = fields.Datetime(copy=False, readonly=True)
    signed_copy = fields.Binary(
        string="Signed Paper",
        copy=False,
        attachment=True,
        help="The list with both signatures. Not needed where the vendor has signed it "
        "in the portal.",
    )
    signed_copy_name = fields.Char(copy=False)
    signed_copy_hash = fields.Char(
        string="Signed Paper SHA-256", copy=False, readonly=True
    )
    vendor_signed_by = fields.Char(
        string="Signed for the Vendor By", copy=False, readonly=True
    )
    vendor_signed_on = fields.Datetime(
        string="Vendor Signed On", copy=False, readonly=True
    )
    vendor_signed_hash = fields.Char(
        string="List Signed by the Vendor",
        copy=False,
        readonly=True,
        help="SHA-256 of what the list said when the vendor signed it.",
    )

    absence_reason = fields.Text(
        string="Why the Vendor Does Not Sign",
        copy=False,
        tracking=True,
        help="For a vendor that is gone or refuses: a manager signs in its place, and "
        "not who writes this.",
    )
    absence_by_id = fields.Many2one(
        comodel_name="res.users", string="Written By", copy=False, readonly=True
    )

    can_sign = fields.Boolean(compute="_compute_flow_can")

    _one_for_contract = models.UniqueIndex(
        "(contract_id) WHERE state != 'dropped'",
        "The contract has a handover already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("line_ids.result")
    def _compute_waiting_count(self):
        for leaving in self:
            leaving.waiting_count = len(
                leaving.line_ids.filtered(lambda line: line.result == "waiting")
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if "absence_reason" in vals and not self._flow_is_system():
            is_said = is_visible(vals["absence_reason"] or "")
            server_write(self, {"absence_by_id": is_said and self.env.uid})
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sign(self):
        """Confirm, in the own name, that all was received or is accounted for."""
        return self._take_step("signed")

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_sign_reason(self):
        reasons = {}
        for leaving in self:
            lines = leaving.line_ids
            waiting = lines.filtered(lambda line: line.result == "waiting")
            silent = lines.filtered(
                lambda line: line.result == "missing" and not (line.note or "").strip()
            )
            mine = lines.filtered(
                lambda line: (
                    line.result == "missing" and line.settled_by_id == self.env.user
                )
            )
            texts = []
            if not lines:
                texts.append(
                    self.env._("it has no points. Write down what was handed over.")
                )
            if waiting:
                texts.append(
                    self.env._(
                        "say what became of: %s.",
                        format_list(self.env, waiting.mapped("name")),
                    )
                )
            if silent:
                texts.append(
                    self.env._(
                        "write what follows from what is missing: %s.",
                        format_list(self.env, silent.mapped("name")),
                    )
                )
            if mine:
                texts.append(
                    self.env._(
                        "you called it missing, so somebody else signs: %s.",
                        format_list(self.env, mine.mapped("name")),
                    )
                )
            if unsigned := leaving._get_unsigned_reason():
                texts.append(unsigned)
            if texts:
                reasons[leaving.id] = " ".join(texts)
        return reasons

    def _get_unsigned_reason(self):
        """Say why the vendor's signature does not cover the list, or nothing."""
        self.ensure_one()
        if self.signed_copy:
            content = base64.b64decode(self.with_context(bin_size=False).signed_copy)
            name = upload.clean_name(self.signed_copy_name) or "signed.pdf"
            if upload.extension(name) in PAPER_TYPES and not upload.problem(
                name, content
            ):
                return ""
            return self.env._(
                "its signed paper cannot be read. Attach a PDF, PNG or JPEG of at most "
                "%s MB.",
                upload.MAX_FILE_BYTES // upload.MEGABYTE,
            )
        is_signed = self.vendor_signed_hash == self._get_content_hash()
        if self.absence_by_id and not is_signed:
            if self._flow_user_in(MANAGER) and self.absence_by_id != self.env.user:
                return ""
            return self.env._(
                "the vendor does not sign it, and %s wrote why: another person, a "
                "manager, signs.",
                self.absence_by_id.name,
            )
        if not self.vendor_signed_on:
            return self.env._(
                "the vendor has not signed it. The vendor signs the list in the portal "
                "once each point has an answer, or attach the paper that both parties "
                "signed. Where the vendor is gone or refuses, write why; then a "
                "manager signs."
            )
        if not is_signed:
            return self.env._(
                "it changed after the vendor signed it. The vendor signs it again in "
                "the portal, or attach the paper that both parties signed."
            )
        return ""

    def _get_content_hash(self):
        """Return the SHA-256 of what the list says."""
        self.ensure_one()
        said = {
            "contract": self.contract_id.id,
            "last_day": str(self.last_day or ""),
            "points": [
                [line.id, line.kind, line.name, line.result, line.note or ""]
                for line in self.line_ids.sorted("id")
            ],
        }
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _get_cannot_drop_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("only a renewal of the contract makes it needless.")
        )

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _flow_find_missing(self, target, state, vals):
        missing = super()._flow_find_missing(target, state, vals)
        if target == "signed" and self and all(self.mapped("absence_by_id")):
            # Nobody handed over for a vendor that is gone.
            label = self._flow_field_label("handed_over_by")
            missing = [name for name in missing if name != label]
        return missing

    def _on_enter_signed(self, origins):
        server_write(
            self, {"signed_by_id": self.env.uid, "signed_on": fields.Datetime.now()}
        )
        for leaving in self.with_context(bin_size=False):
            if leaving.signed_copy:
                content = base64.b64decode(leaving.signed_copy)
                server_write(leaving, {"signed_copy_hash": sha256(content).hexdigest()})
            missing = leaving.line_ids.filtered(lambda line: line.result == "missing")
            self.env["outsourcing.audit.log"]._record(
                leaving,
                "handed_over",
                {
                    "points": len(leaving.line_ids),
                    "missing": missing.mapped("name"),
                    "handed_over_by": leaving.handed_over_by,
                    "signed_copy": leaving.signed_copy_hash or "",
                    "vendor_signed": leaving.vendor_signed_by or "",
                    "vendor_absent": leaving.absence_reason or "",
                    "content": leaving._get_content_hash(),
                },
                root=leaving.contract_id,
            )
        # sudo: whoever signs need not settle the activities of others.
        self.sudo().activity_feedback([TODO_TYPE])

    def _on_enter_dropped(self, origins):
        self.activity_unlink([TODO_TYPE])


class OutsourcingContractExitLine(models.Model):
    """One point of a handover: an asset, an account, documents, knowledge, a worker.

    Obeys the handover: it changes only while that is open. Who settled a point, and
    when, is noted; the point of a worker is settled when the worker has left. What the
    server listed is not deleted nor made another point: what does not apply is settled
    with a note.
    """

    _name = "outsourcing.contract.exit.line"
    _description = "Point of a Handover"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "exit_id, sequence, id"

    _flow_parent = "exit_id"
    _flow_parent_lines = "line_ids"

    exit_id = fields.Many2one(
        comodel_name="outsourcing.contract.exit",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="exit_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=[
            ("asset", "Asset"),
            ("account", "Account or access"),
            ("document", "Documents"),
            ("knowledge", "Knowledge"),
            ("worker", "Worker"),
            ("other", "Other"),
        ],
        required=True,
        default="asset",
    )
    name = fields.Char(string="What", required=True)
    worker_id = fields.Many2one(
        comodel_name="outsourcing.worker",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    result = fields.Selection(
        selection=[
            ("waiting", "Waiting"),
            ("done", "Received"),
            ("missing", "Missing"),
        ],
        required=True,
        default="waiting",
    )
    note = fields.Char(
        string="What Follows", help="For what is missing: who pays, what is done."
    )
    is_listed = fields.Boolean(
        string="Listed by the Server",
        readonly=True,
        copy=False,
        help="A usual point, or the point of a worker on site. It is not deleted.",
    )
    settled_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Settled By",
        readonly=True,
        copy=False,
    )
    settled_on = fields.Datetime(string="Settled On", readonly=True, copy=False)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("result", "worker_id")
    def _check_worker_left(self):
        for line in self.filtered(lambda item: item.result == "done"):
            # sudo: whoever settles points need not read the worker.
            worker = line.sudo().worker_id
            if worker.state == "on_site":
                raise ValidationError(
                    self.env._(
                        "%s is on site. Record on the worker that the person has "
                        "left: that settles the point.",
                        worker.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.browse()._flow_is_system():
            for vals in vals_list:
                if any(vals.get(name) for name in SERVER_FIELDS):
                    self._refuse_listing()
            self = without_defaults(self, SERVER_FIELDS)
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.result != "waiting")._note_settled()
        return lines

    def write(self, vals):
        if not self._flow_is_system():
            if SERVER_FIELDS.intersection(vals):
                self._refuse_listing()
            if {"exit_id", "kind", "name"}.intersection(vals):
                self._check_not_listed()
        if "result" not in vals:
            return super().write(vals)
        changing = self.filtered(lambda line: line.result != vals["result"])
        result = super().write(vals)
        changing._note_settled()
        return result

    @guards_deletion
    def _unlink_except_listed(self):
        if not self._flow_is_system():
            self._check_not_listed()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _refuse_listing(self):
        """Refuse what only the server says of a point."""
        raise AccessError(
            self.env._(
                "The server alone lists workers and the usual points, and notes who "
                "settled a point."
            )
        )

    def _note_settled(self):
        """Note who settled the points, and when: the user who acts now."""
        for line in self:
            is_settled = line.result != "waiting"
            server_write(
                line,
                {
                    "settled_by_id": is_settled and self.env.uid,
                    "settled_on": is_settled and fields.Datetime.now(),
                },
            )

    def _check_not_listed(self):
        if kept := self.filtered("is_listed"):
            raise UserError(
                self.env._(
                    "%s: every handover has this point. Settle it, with a note where "
                    "there is nothing to hand over.",
                    format_list(self.env, kept.mapped("name")),
                )
            )


def start_exits(contracts):
    """Open the handover of contracts that were in effect and have ended now."""
    env = contracts.env
    # sudo: whoever ends a contract has no right to make handovers or activities.
    exits = env["outsourcing.contract.exit"].sudo()
    has_one = exits.search(
        [("contract_id", "in", contracts.ids), ("state", "!=", "dropped")]
    ).contract_id
    contracts = contracts.sudo() - has_one  # sudo: as above
    if not contracts:
        return
    last_days = {
        contract: contract.termination_date or contract.date_end
        for contract in contracts
    }
    leavings = server_create(
        exits,
        [
            {
                "contract_id": contract.id,
                "owner_id": contract.owner_id.id,
                "last_day": last_day,
                "due_date": last_day,
            }
            for contract, last_day in last_days.items()
        ],
    )
    server_create(
        leavings.line_ids,
        [
            {**point, "exit_id": leaving.id}
            for leaving in leavings
            for point in _prepare_points(leaving.contract_id)
        ],
    )
    summary = env._("Receive what the vendor hands over, and sign")
    schedule_each(
        TODO_TYPE,
        [
            (
                leaving,
                {
                    "date_deadline": leaving.last_day,
                    "summary": summary,
                    "user_id": leaving.owner_id.id or env.uid,
                },
            )
            for leaving in leavings
        ],
    )


def _prepare_points(contract):
    """Return the values of the usual points, and of the workers on site."""
    env = contract.env
    points = {
        "asset": env._("Keys, badges and equipment"),
        "account": env._("User accounts and access rights are closed"),
        "document": env._("Documents, records and passwords"),
        "knowledge": env._("Open work and know-how"),
    }
    workers = contract.worker_ids.filtered(lambda worker: worker.state == "on_site")
    return [
        {"is_listed": True, "kind": kind, "name": name} for kind, name in points.items()
    ] + [
        {
            "is_listed": True,
            "kind": "worker",
            "name": env._("%s leaves", worker.display_name),
            "worker_id": worker.id,
            "sequence": 20,
        }
        for worker in workers
    ]


def settle_workers(workers):
    """Settle the points of workers who have left."""
    # sudo: whoever records that a worker leaves need not write handovers.
    lines = workers.env["outsourcing.contract.exit.line"].sudo()
    lines = lines.search(
        [
            ("worker_id", "in", workers.ids),
            ("result", "=", "waiting"),
            ("exit_id.state", "=", "open"),
        ]
    )
    server_write(lines, {"result": "done"})


def drop_exits(contracts):
    """Give up the open handovers of contracts that go on after all."""
    # sudo: whoever renews a contract need not write handovers.
    exits = contracts.env["outsourcing.contract.exit"].sudo()
    exits = exits.search([("contract_id", "in", contracts.ids), ("state", "=", "open")])
    server_write(exits, {"state": "dropped"})
