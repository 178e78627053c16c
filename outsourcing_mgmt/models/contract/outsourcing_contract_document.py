import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...tools import upload
from ..base.grants import server_create, server_write
from ..base.groups import MANAGER, OFFICER
from ..base.uninstall import guards_deletion
from .contract_ties import ANNEX_KINDS
from .outsourcing_contract import IN_FORCE

_logger = logging.getLogger(__name__)

DOCUMENT_TYPE = "outsourcing_mgmt.mail_activity_type_contract_document"
VENDOR_KINDS = ("signed_copy", *ANNEX_KINDS)
"""What the vendor reads in the portal."""
COPY_TYPES = ("jpeg", "jpg", "pdf", "png")


class OutsourcingContractDocument(models.Model):
    """A file of a contract: the signed copy, an annex, a certificate of the vendor.

    current -> superseded, by the next version. A file is never changed: what is wrong
    gets a new version. Its SHA-256 is compared every night, before it is downloaded,
    and before the contract is decided on. A signed copy that was uploaded for what the
    contract says now counts for its signature; annexes and price lists are signed with
    the contract, and the vendor reads them in the portal. One that is added while the
    contract is signed voids the signature of the vendor.

    =========  =============================  =======================================
    Action     Who                            Restriction
    =========  =============================  =======================================
    add        procurement, officer, manager  a PDF or image for a signed copy; once the
                                              contract is signed, what replaces an
                                              annex, a price list or the signed copy
                                              names the approved amendment
    supersede  the server                     when the next version is added
    delete     manager                        after the retention date of the contract
    =========  =============================  =======================================
    """

    _name = "outsourcing.contract.document"
    _description = "Contract Document"
    _inherit = ["outsourcing.versioned.file.mixin", "outsourcing.flow.mixin"]
    _order = "contract_id, sequence, document_type, version desc, id desc"
    _check_company_auto = True

    _flow_transitions = {"current": {"superseded"}, "superseded": set()}
    _flow_verbs = {"superseded": "supersede"}
    _flow_personal = frozenset()
    _flow_system_fields = frozenset({"alerted_for", "content_hash", "uploaded_by_id"})
    _flow_content_fields = frozenset(
        {
            "amendment_id",
            "contract_id",
            "date_issue",
            "document_type",
            "file",
            "file_name",
            "name",
            "supersedes_id",
        }
    )
    _flow_content_states = frozenset()
    _flow_closing_fields = frozenset({"date_expiry", "sequence"})
    _flow_deletable_states = frozenset({"current", "superseded"})

    name = fields.Char(required=True, help="What the file is, in words.")
    state = fields.Selection(
        selection=[("current", "Version in Use"), ("superseded", "Superseded")],
        default="current",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True
    )
    document_type = fields.Selection(
        selection=[
            ("signed_copy", "Signed copy"),
            ("annex", "Annex"),
            ("price_list", "Price list"),
            ("certificate", "Certificate or insurance"),
            ("minutes", "Minutes"),
            ("letter", "Letter"),
            ("other_document", "Other document"),
        ],
        string="Kind of File",
        required=True,
        default="annex",
        index=True,
    )
    sequence = fields.Integer(default=10)
    file = fields.Binary(attachment=True, required=True)
    file_name = fields.Char()
    size = fields.Integer(
        string="Size (bytes)", compute="_compute_sha256", store=True, aggregator=None
    )
    sha256 = fields.Char(string="SHA-256", compute="_compute_sha256", store=True)
    date_issue = fields.Date(string="Date on the Document")
    date_expiry = fields.Date(
        string="Valid Until",
        index=True,
        help="For certificates and insurances: the owner of the contract is reminded.",
    )
    version = fields.Integer(
        compute="_compute_version", store=True, recursive=True, aggregator=None
    )
    supersedes_id = fields.Many2one(
        comodel_name="outsourcing.contract.document",
        string="Replaces",
        index="btree_not_null",
        copy=False,
        check_company=True,
        domain="[('contract_id', '=', contract_id), ('state', '=', 'current'),"
        " ('document_type', '=', document_type)]",
        help="The version that this one takes the place of.",
    )
    amendment_id = fields.Many2one(
        comodel_name="outsourcing.contract.amendment",
        string="By Amendment",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        check_company=True,
        domain="[('contract_id', '=', contract_id), ('state', '=', 'approved')]",
        help="The approved amendment that changes what was signed.",
    )
    alerted_for = fields.Date(
        string="Expiry Announced For",
        copy=False,
        readonly=True,
        help="The last day about which the owner of the contract was asked.",
    )
    uploaded_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True, string="Added By"
    )
    content_hash = fields.Char(
        string="Content of the Contract",
        copy=False,
        readonly=True,
        help="SHA-256 of what the contract said when a signed copy was added.",
    )

    _supersedes_unique = models.UniqueIndex(
        "(supersedes_id) WHERE supersedes_id IS NOT NULL",
        "A document has one next version.",
    )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("contract_id", "supersedes_id", "document_type")
    def _check_version(self):
        for document in self.filtered("supersedes_id"):
            before = document.supersedes_id
            if (
                before.contract_id != document.contract_id
                or before.document_type != document.document_type
            ):
                raise ValidationError(
                    self.env._(
                        '"%(name)s" cannot replace "%(before)s": a version is of the '
                        "same contract and kind.",
                        name=document.name,
                        before=before.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # The step that keeps the copy of a signature records it itself.
        is_server = self.browse()._flow_is_system()
        for vals in vals_list:
            before = self.browse(vals.get("supersedes_id") or [])
            if before and before.state != "current":
                raise UserError(
                    self.env._(
                        '"%s" has a later version already: replace that one.',
                        before.display_name,
                    )
                )
        documents = super().create(vals_list)
        for document in documents:
            document._check_file()
            if not is_server:
                document._check_signed()
        documents._note_added(is_server)
        return documents

    @guards_deletion
    def _unlink_except_retained(self):
        if not self._flow_user_in(MANAGER):
            raise UserError(
                self.env._(
                    "%s: documents of contracts are kept. Add a new version instead.",
                    self._flow_names(),
                )
            )
        for document in self:
            # sudo: whoever deletes need not read all of the contract.
            contract = document.contract_id.sudo()
            day = contract.retention_date
            if not day or day >= contract.company_id._outsourcing_today():
                raise UserError(
                    self.env._(
                        "%(document)s is kept until %(day)s, the retention date of "
                        "%(contract)s. Add a new version instead.",
                        document=document.display_name,
                        day=format_date(self.env, day)
                        if day
                        else self.env._("some years after its end"),
                        contract=contract.name,
                    )
                )
            self.env["outsourcing.audit.log"]._record(
                document,
                "document_deleted",
                {"name": document.name, "sha256": document.sha256},
                root=contract,
            )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_supersede_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(self.ids, self.env._("add its next version."))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_file(self):
        """Refuse files that cannot be read or kept."""
        self.ensure_one()
        name = upload.clean_name(self.file_name) or self.name
        content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        is_copy = self.document_type == "signed_copy"
        if (is_copy and upload.extension(name) not in COPY_TYPES) or (
            not content or upload.problem(name, content)
        ):
            raise UserError(
                self.env._(
                    '"%(name)s" cannot be kept. Upload a file of at most %(size)s MB; '
                    "a signed copy is a PDF, PNG or JPEG.",
                    name=name,
                    size=upload.MAX_FILE_BYTES // upload.MEGABYTE,
                )
            )

    def _check_signed(self):
        """Refuse another version of what was signed, unless an amendment says so."""
        self.ensure_one()
        # sudo: whoever adds a file may not read all of contract and amendments.
        document = self.sudo()
        contract, amendment = document.contract_id, document.amendment_id
        if amendment and (
            amendment.contract_id != contract or amendment.state != "approved"
        ):
            raise UserError(
                self.env._(
                    '"%(name)s": name an approved amendment of %(contract)s.',
                    name=document.name,
                    contract=contract.name,
                )
            )
        if (
            document.supersedes_id
            and document.document_type in VENDOR_KINDS
            and contract.state not in ("draft", "to_sign")
            and not amendment
        ):
            raise UserError(
                self.env._(
                    '"%(name)s" was signed with %(contract)s, and no other version '
                    "takes its place. Name the approved amendment that changes it.",
                    name=document.supersedes_id.display_name,
                    contract=contract.name,
                )
            )

    @api.model
    def _alert_expiry(self, company, last):
        """Ask owners of contracts in force for documents that end until ``last``.

        Once for each document and day. What a contract before it brought along counts
        for the one that renewed it.
        """
        documents = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "current"),
                ("date_expiry", "<=", last),
                ("contract_id.state", "in", (*IN_FORCE, "renewed")),
            ],
            order="date_expiry, id",
        )
        for document in documents:
            if document.alerted_for == document.date_expiry:
                continue
            try:
                with self.env.cr.savepoint():
                    document._alert_owner()
            except Exception:
                _logger.exception("The expiry of %s was not announced", document)

    def _alert_owner(self):
        """Ask the owner of the contract, or of the one that renewed it."""
        self.ensure_one()
        contract, seen = self.contract_id, self.contract_id.browse()
        while contract.state == "renewed" and contract not in seen:
            seen |= contract
            contract = contract._get_successor()
        if contract.state not in IN_FORCE:
            return
        user = contract.owner_id
        if not user or not self.with_user(user).has_access("read"):
            # Whoever only owns the contract reads no documents.
            user = contract._flow_get_users_of(OFFICER)[:1] or user
        contract.activity_schedule(
            DOCUMENT_TYPE,
            date_deadline=self.date_expiry,
            summary=self.env._("Ask the vendor for the next version: %s", self.name),
            user_id=user.id or self.env.uid,
        )
        server_write(self, {"alerted_for": self.date_expiry})

    def _note_added(self, is_recorded):
        """Stamp new documents, supersede what they replace, and record them.

        :param bool is_recorded: whether the chain of the contract says it already
        """
        for document in self:
            # sudo: whoever adds a file may not read all that the contract rests on.
            contract = document.contract_id.sudo()
            stamps = {"uploaded_by_id": self.env.uid}
            # What was signed before it was sent to sign says nothing of what was sent.
            if document.document_type == "signed_copy" and contract.state == "to_sign":
                stamps["content_hash"] = contract._get_content_hash()
            server_write(document, stamps)
            server_write(document.supersedes_id, {"state": "superseded"})
            if document.document_type in ANNEX_KINDS and contract.state == "to_sign":
                contract._void_signature(
                    self.env._(
                        'The signature of %(name)s is void: "%(document)s" was added.',
                        name=contract.vendor_signed_by,
                        document=document.display_name,
                    )
                )
            if is_recorded:
                continue
            self.env["outsourcing.audit.log"]._record(
                document,
                "document_added",
                {
                    "name": document.name,
                    "kind": document.document_type,
                    "sha256": document.sha256,
                    "version": document.version,
                },
                root=contract,
            )


def find_signed_copy(contract):
    """Return the signed copy that was uploaded for what the contract says now."""
    # sudo: whoever signs need not read the documents; the copy is compared.
    copies = contract.sudo().document_ids.filtered(
        lambda item: item.document_type == "signed_copy" and item.state == "current"
    )
    if not copies:
        return copies
    wanted = contract._get_content_hash()
    return copies.filtered(lambda item: item.content_hash == wanted)[:1]


def keep_signed_copies(contracts):
    """List the copies with which contracts were signed among their documents."""
    # sudo: whoever records a signature need not add documents.
    contracts = contracts.sudo().with_context(bin_size=False)
    for contract in contracts.filtered("signed_copy"):
        copies = contract.document_ids.filtered(
            lambda item: item.document_type == "signed_copy"
        )
        digest = contract.signed_copy_hash
        if digest in copies.mapped("sha256"):
            continue
        server_create(
            contract.env["outsourcing.contract.document"],
            [
                {
                    "contract_id": contract.id,
                    "document_type": "signed_copy",
                    "name": contract.env._("Signed copy of %s", contract.name),
                    "file": contract.signed_copy,
                    "file_name": contract.signed_copy_name,
                    "supersedes_id": copies.filtered(
                        lambda item: item.state == "current"
                    )[:1].id,
                    "date_issue": contract.signed_date,
                }
            ],
        )
