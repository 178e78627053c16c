import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

from ...tools import addendum as rules
from ...tools import sealing
from ..base.grants import server_write
from ..base.groups import PROCUREMENT


class OutsourcingTenderDocument(models.Model):
    """A document of a tender file: notice, specification, draft of the contract.

    Draft -> published -> superseded. It is published together with the tender;
    after that a new document, or a new version of one, comes only with an
    addendum. What was published is never changed nor deleted; the SHA-256 lets
    a bidder prove which text it had.
    """

    _name = "outsourcing.tender.document"
    _description = "Tender Document"
    _inherit = ["outsourcing.author.part.mixin"]
    _order = "tender_id, sequence, id"
    _check_company_auto = True

    _author_parent = "tender_id"
    _author_parent_field = "document_ids"

    _flow_transitions = {
        "draft": {"published"},
        "published": {"superseded"},
        "superseded": set(),
    }
    _flow_verbs = {"published": "proceed", "superseded": "proceed"}
    _flow_required = {"published": ("file",)}
    _flow_system_fields = frozenset({"version", "sha256", "size", "published_at"})
    _flow_content_fields = frozenset(
        {
            "tender_id",
            "addendum_id",
            "supersedes_id",
            "document_type",
            "name",
            "file",
            "file_name",
        }
    )
    _flow_content_states = frozenset({"draft"})

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    addendum_id = fields.Many2one(
        comodel_name="outsourcing.tender.addendum",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        domain="[('tender_id', '=', tender_id), ('state', '=', 'draft')]",
        help="Needed once the tender is published: documents then change only by "
        "an addendum.",
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, help="Title that vendors read.")
    document_type = fields.Selection(
        selection=[
            ("notice", "Notice"),
            ("specification", "Specification"),
            ("contract_draft", "Draft of the contract"),
            ("other", "Other"),
        ],
        required=True,
        default="specification",
    )
    file = fields.Binary(attachment=True, copy=True)
    file_name = fields.Char()
    size = fields.Integer(
        string="Size (bytes)", compute="_compute_sha256", store=True, aggregator=None
    )
    sha256 = fields.Char(string="SHA-256", compute="_compute_sha256", store=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("published", "Published"),
            ("superseded", "Superseded"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
    )
    published_at = fields.Datetime(string="Published On", readonly=True, copy=False)
    version = fields.Integer(
        compute="_compute_version", store=True, recursive=True, aggregator=None
    )
    supersedes_id = fields.Many2one(
        comodel_name="outsourcing.tender.document",
        string="Replaces",
        index="btree_not_null",
        copy=False,
        check_company=True,
        domain="[('tender_id', '=', tender_id), ('state', '=', 'published')]",
        help="The published version that this one takes the place of.",
    )

    _supersedes_unique = models.UniqueIndex(
        "(supersedes_id) WHERE supersedes_id IS NOT NULL",
        "A document has one next version.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("file")
    def _compute_sha256(self):
        for document in self:
            content = base64.b64decode(
                document.with_context(bin_size=False).file or b""
            )
            document.size = len(content)
            document.sha256 = sealing.digest(content) if content else False

    @api.depends("supersedes_id.version")
    def _compute_version(self):
        for document in self:
            document.version = document.supersedes_id.version + 1

    @api.depends("name", "version")
    def _compute_display_name(self):
        for document in self:
            name = document.name or ""
            document.display_name = (
                f"{name} (v{document.version})" if document.version > 1 else name
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("tender_id", "addendum_id", "supersedes_id")
    def _check_origin(self):
        for document in self.filtered(lambda document: document.state == "draft"):
            addendum = document.addendum_id
            if document.tender_id.state != "draft" and addendum.state != "draft":
                raise ValidationError(
                    self.env._(
                        "%(tender)s is published: a document is added or replaced by "
                        "an addendum. Create the addendum and add the document there.",
                        tender=document.tender_id.display_name,
                    )
                )
            for origin in (addendum, document.supersedes_id):
                if origin and origin.tender_id != document.tender_id:
                    raise ValidationError(
                        self.env._(
                            '%(document)s: "%(origin)s" belongs to another tender.',
                            document=document.name,
                            origin=origin.display_name,
                        )
                    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _publish(self):
        """Publish drafts and supersede the versions that they replace."""
        if not self:
            return
        server_write(
            self, {"state": "published", "published_at": fields.Datetime.now()}
        )
        old = self.supersedes_id.filtered(lambda version: version.state == "published")
        if old:
            server_write(old, {"state": "superseded"})

    def _get_type_label(self):
        """Return the kind of document in the reader's language."""
        self.ensure_one()
        return dict(self._fields["document_type"]._description_selection(self.env)).get(
            self.document_type
        )

    def _get_cannot_proceed_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids,
            self.env._(
                "documents are published with the tender, or with an addendum to it."
            ),
        )


class OutsourcingTenderAddendum(models.Model):
    """A change of a published tender, told to every bidder at once.

    Draft -> published -> superseded (by a later addendum that replaces it).
    Publishing publishes its documents, moves the deadline where the rules ask
    for it, asks vendors who sealed a bid to confirm or replace it, and mails
    all of them. Written and published by procurement, never changed after.
    """

    _name = "outsourcing.tender.addendum"
    _description = "Tender Addendum"
    _inherit = ["outsourcing.flow.mixin", "mail.thread"]
    _order = "tender_id, number, id"
    _check_company_auto = True

    _flow_transitions = {
        "draft": {"published"},
        "published": {"superseded"},
        "superseded": set(),
    }
    _flow_verbs = {"published": "publish", "superseded": "supersede"}
    _flow_groups = {"publish": (PROCUREMENT,)}
    _flow_system_fields = frozenset(
        {"number", "published_at", "published_by_id", "old_deadline", "bid_deadline"}
    )
    _flow_content_fields = frozenset(
        {
            "tender_id",
            "subject",
            "body",
            "document_ids",
            "new_deadline",
            "new_question_deadline",
            "supersedes_id",
        }
    )
    _flow_content_states = frozenset({"draft"})

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('state', '=', 'published')]",
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    number = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Given when it is published."
    )
    subject = fields.Char(required=True, tracking=True)
    body = fields.Html(string="What Changes", sanitize_attributes=True)
    document_ids = fields.One2many(
        comodel_name="outsourcing.tender.document",
        inverse_name="addendum_id",
        string="Documents",
    )
    new_deadline = fields.Datetime(
        string="New Bid Deadline",
        help="Leave empty to keep the deadline; it still moves when bidders would "
        "have fewer days left than the procedure asks for.",
    )
    new_question_deadline = fields.Datetime()
    supersedes_id = fields.Many2one(
        comodel_name="outsourcing.tender.addendum",
        string="Replaces",
        index="btree_not_null",
        check_company=True,
        domain="[('tender_id', '=', tender_id), ('state', '=', 'published')]",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("published", "Published"),
            ("superseded", "Superseded"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    published_at = fields.Datetime(string="Published On", readonly=True, copy=False)
    published_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    old_deadline = fields.Datetime(string="Deadline Before", readonly=True, copy=False)
    bid_deadline = fields.Datetime(string="Deadline After", readonly=True, copy=False)

    can_publish = fields.Boolean(compute="_compute_flow_can")

    _number_unique = models.UniqueIndex(
        "(tender_id, number) WHERE number > 0", "The number of an addendum is unique."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("number", "subject")
    def _compute_display_name(self):
        for addendum in self:
            title = (
                self.env._("Addendum %s", addendum.number)
                if addendum.number
                else self.env._("Addendum")
            )
            addendum.display_name = f"{title}: {addendum.subject or ''}"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("new_deadline", "tender_id")
    def _check_new_deadline(self):
        for addendum in self.filtered(lambda item: item.state == "draft"):
            current = addendum.tender_id.bid_deadline
            if addendum.new_deadline and current and addendum.new_deadline < current:
                raise ValidationError(
                    self.env._(
                        "%s: an addendum never shortens the time to bid.",
                        addendum.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_publish(self):
        """Tell every bidder, publish the documents and extend the deadline."""
        return self._take_step("published")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_publish_reason(self):
        reasons = {}
        for addendum in self:
            if not addendum.tender_id._is_bidding_open():
                reasons[addendum.id] = self.env._(
                    "bids are no longer received for %s, so nothing can change.",
                    addendum.tender_id.display_name,
                )
            elif is_html_empty(addendum.body) and not addendum.document_ids:
                reasons[addendum.id] = self.env._(
                    "say what changes, or add a document."
                )
            elif addendum.document_ids.filtered(lambda document: not document.file):
                reasons[addendum.id] = self.env._("a document has no file yet.")
        return reasons

    def _get_cannot_supersede_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("publish the addendum that replaces it.")
        )

    def _on_enter_published(self, origins):
        """Number the addendum, publish its documents, move the dates, tell bidders."""
        for addendum in self:
            tender, now = addendum.tender_id, fields.Datetime.now()
            old = tender.bid_deadline
            deadline = rules.extended_deadline(
                old,
                now,
                tender._get_rule("addendum_extension_days"),
                tender.company_id._outsourcing_zone(),
                addendum.new_deadline,
            )
            numbers = tender.addendum_ids.mapped("number")
            server_write(
                addendum,
                {
                    "number": max(numbers, default=0) + 1,
                    "published_at": now,
                    "published_by_id": self.env.uid,
                    "old_deadline": old,
                    "bid_deadline": deadline,
                },
            )
            addendum.document_ids._publish()
            if addendum.supersedes_id.state == "published":
                server_write(addendum.supersedes_id, {"state": "superseded"})
            tender._apply_addendum(addendum)
            self.env["outsourcing.audit.log"]._record(
                addendum,
                "addendum_published",
                {
                    "number": addendum.number,
                    "bid_deadline": fields.Datetime.to_string(deadline),
                    "documents": {
                        str(document.id): document.sha256
                        for document in addendum.document_ids
                    },
                },
                root=tender,
            )
            tender._mail_vendors(
                "outsourcing_mgmt.mail_template_addendum", addendum=addendum
            )
