from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

from ...tools import addendum as rules
from ..base.grants import server_write
from ..base.groups import OFFICER, PROCUREMENT
from .outsourcing_tender_addendum_change import apply_changes
from .tender_file import publish_tender_file


class OutsourcingTenderDocument(models.Model):
    """A document of a tender file: notice, specification, draft of the contract.

    Draft -> published -> superseded. It is published together with the tender;
    after that a new document, or a new version of one, comes only with an
    addendum. What was published is never changed nor deleted; the SHA-256 lets
    a bidder prove which text it had.
    """

    _name = "outsourcing.tender.document"
    _description = "Tender Document"
    _inherit = ["outsourcing.versioned.file.mixin", "outsourcing.author.part.mixin"]
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
    _flow_system_fields = frozenset(
        {"version", "sha256", "size", "published_at", "file_number"}
    )
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
    _flow_closing_fields = frozenset({"sequence"})

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
            ("tender_file", "Tender file"),
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
    file_number = fields.Char(
        string="Number of the File",
        readonly=True,
        copy=False,
        help="Set on the tender file alone, which the publication makes.",
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
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("document_type", "file_number")
    def _check_tender_file(self):
        for document in self:
            if (document.document_type == "tender_file") != bool(document.file_number):
                raise ValidationError(
                    self.env._(
                        "%s: the tender file is made by the publication and by each "
                        "addendum. Choose another kind for this document.",
                        document.name,
                    )
                )

    @api.constrains("tender_id", "addendum_id", "supersedes_id")
    def _check_origin(self):
        for document in self.filtered(lambda document: document.state == "draft"):
            # Made by the publication and by an addendum, which are done by then.
            if document.file_number:
                continue
            if document.supersedes_id.file_number:
                raise ValidationError(
                    self.env._(
                        "%s: the next tender file is made by the addendum itself.",
                        document.supersedes_id.file_number,
                    )
                )
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
    Publishing changes services and criteria, publishes its documents, moves the
    deadline where the rules ask for it, asks vendors who sealed a bid to confirm or
    replace it, and mails all of them. Published by procurement, never changed after.
    What changes services or criteria was signed off before by an officer who wrote
    no part of it, like the tender file itself.
    """

    _name = "outsourcing.tender.addendum"
    _description = "Tender Addendum"
    _inherit = ["outsourcing.author.mixin", "mail.thread"]
    _order = "tender_id, number, id"
    _check_company_auto = True

    _flow_transitions = {
        "draft": {"published"},
        "published": {"superseded"},
        "superseded": set(),
    }
    _flow_verbs = {"published": "publish", "superseded": "supersede"}
    _flow_groups = {"publish": (PROCUREMENT,), "sign_off": (OFFICER,)}
    _flow_system_fields = frozenset(
        {
            "number",
            "published_at",
            "published_by_id",
            "old_deadline",
            "bid_deadline",
            "signed_off_by_id",
            "signed_off_at",
        }
    )
    _flow_content_fields = frozenset(
        {
            "tender_id",
            "subject",
            "body",
            "change_ids",
            "document_ids",
            "new_deadline",
            "new_question_deadline",
            "supersedes_id",
            "reference_price_id",
            "price_statement",
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
    change_ids = fields.One2many(
        comodel_name="outsourcing.tender.addendum.change",
        inverse_name="addendum_id",
        string="Changed Services and Criteria",
        copy=False,
    )
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
    signed_off_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Signed Off By",
        readonly=True,
        copy=False,
        help="The officer who agreed to changed services and criteria.",
    )
    signed_off_at = fields.Datetime(string="Signed Off On", readonly=True, copy=False)
    changes_services = fields.Boolean(
        compute="_compute_changes_services",
        compute_sudo=True,
        help="Services or quantities change, which the reference price was set for.",
    )
    reference_price_id = fields.Many2one(
        comodel_name="outsourcing.reference.price",
        string="New Reference Price",
        index="btree_not_null",
        check_company=True,
        copy=False,
        domain="[('state', '=', 'approved')]",
        ondelete="restrict",
        help="For the changed services; its commitment takes the place of the one in "
        "the notice.",
    )
    price_statement = fields.Text(
        string="Why the Reference Price Still Holds",
        copy=False,
        help="In place of a new one. Whoever signs the addendum off agrees to it.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Company"
    )
    estimated_amount = fields.Monetary(
        string="Estimate After the Change",
        compute="_compute_changes_services",
        compute_sudo=True,
        currency_field="company_currency_id",
        help="The estimate at the publication, scaled with the quantities. The policy "
        "is judged by it.",
    )
    old_deadline = fields.Datetime(string="Deadline Before", readonly=True, copy=False)
    bid_deadline = fields.Datetime(string="Deadline After", readonly=True, copy=False)

    can_publish = fields.Boolean(compute="_compute_flow_can")
    can_sign_off = fields.Boolean(compute="_compute_flow_can")

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

    @api.depends(
        *("change_ids.subject", "change_ids.operation", "change_ids.product_qty"),
        *("change_ids.product_id", "change_ids.product_uom_id"),
        *("change_ids.before", "state", "tender_id.rules"),
    )
    def _compute_changes_services(self):
        for addendum in self:
            changes = addendum.change_ids
            is_draft = addendum.state == "draft"
            addendum.changes_services = any(
                change._changes_service(
                    change._get_now() if is_draft else change.before or {}
                )
                for change in changes
            )
            addendum.estimated_amount = (
                addendum._get_new_estimate()
                if addendum.changes_services and is_draft
                else (addendum.tender_id.rules or {}).get("estimated_amount") or 0.0
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("new_deadline", "new_question_deadline", "tender_id")
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
            asked, current = (
                addendum.new_question_deadline,
                addendum.tender_id.question_deadline,
            )
            if asked and current and asked < current:
                raise ValidationError(
                    self.env._(
                        "%s: an addendum never shortens the time to ask.",
                        addendum.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_publish(self):
        """Tell every bidder, publish the documents and extend the deadline."""
        return self._take_step("published")

    def action_sign_off(self):
        """Agree, as an officer, to the changed services and criteria."""
        self.check_access("read")
        self._flow_check_can("sign_off")
        # sudo: an officer signs what procurement wrote; the rule above judges it.
        for addendum in self.sudo():
            server_write(
                addendum,
                {
                    "signed_off_by_id": self.env.uid,
                    "signed_off_at": fields.Datetime.now(),
                },
            )
            self.env["outsourcing.audit.log"]._record(
                addendum, "addendum_signed_off", root=addendum.tender_id
            )
        return True

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        signed = self.filtered("signed_off_by_id")
        server_write(signed, {"signed_off_by_id": False, "signed_off_at": False})
        return result

    def _may_approve(self, user):
        return user.has_group(OFFICER)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_sign_off_reason(self):
        reasons = {}
        for addendum in self:
            if addendum.state != "draft" or not addendum.change_ids:
                reasons[addendum.id] = self.env._(
                    "only changes of services and criteria are signed off, before the "
                    "addendum is published."
                )
            elif addendum.signed_off_by_id:
                reasons[addendum.id] = self.env._("it is signed off already.")
            elif self.env.user in addendum._get_authors():
                reasons[addendum.id] = self.env._(
                    "you wrote a part of it, so another officer signs it off."
                )
            elif problem := addendum._get_change_problem():
                reasons[addendum.id] = problem
        return reasons

    def _get_change_problem(self):
        """Say what is wrong with the changes, or return an empty string."""
        self.ensure_one()
        for change in self.change_ids:
            if problem := change._get_incomplete_reason():
                return problem
        tender = self.tender_id
        lines = self.change_ids.filtered(lambda item: item.subject == "line")
        removed = lines.filtered(lambda item: item.operation == "remove").line_id
        added = lines.filtered(lambda item: item.operation == "add")
        if not tender.line_ids - removed and not added:
            return self.env._("no service would be left.")
        if self.changes_services and (problem := self._get_price_problem()):
            return problem
        criteria = self.change_ids - lines
        if not criteria:
            return ""
        kept = tender.criterion_ids - criteria.criterion_id
        new = criteria.filtered(lambda item: item.operation != "remove")
        weight = sum(kept.mapped("weight")) + sum(new.mapped("weight"))
        kinds = [*kept.mapped("kind"), *new.mapped("kind")]
        if weight != 10000:
            return self.env._(
                "the weights of the criteria would sum to %s %%, not to 100 %%.",
                weight / 100,
            )
        if kinds.count("price") != 1:
            return self.env._("there must be exactly one price criterion.")
        if "record" in new.mapped("kind") and "record" not in (
            tender.criterion_ids.mapped("kind")
        ):
            return self.env._(
                "past quality is frozen with the publication: a criterion of it does "
                "not come later."
            )
        if any(item.kind == "pass_fail" and item.weight for item in new):
            return self.env._("a pass or fail criterion carries no weight.")
        return ""

    def _get_new_estimate(self):
        """Return the estimate of the publication, scaled with the quantities."""
        # sudo: whoever publishes need not read the requests.
        addendum = self.sudo()
        estimate = (addendum.tender_id.rules or {}).get("estimated_amount") or 0.0
        return rules.scaled_estimate(estimate, addendum._get_estimated_services())

    def _get_estimated_services(self):
        """Return ``(own estimate, quantity before, quantity after)`` of each service.

        The own estimate is that of the request; quantities count in the same unit.
        """
        changes = {row.line_id: row for row in self.change_ids if row.line_id}
        services = []
        for line in self.tender_id.line_ids:
            change, after = changes.get(line), line.product_qty
            if change:
                after = change._get_quantity_after()
            own = line.request_line_id
            share = own.price_unit * line.product_qty if own else 0.0
            services.append((share, line.product_qty, after))
        added = self.change_ids.filtered(
            lambda row: row.subject == "line" and row.operation == "add"
        )
        return services + [(0.0, 0.0, row.product_qty) for row in added]

    def _get_price_problem(self):
        """Say what price, ceiling or policy would not fit the changed services."""
        # sudo: prices and requests are judged whole, whoever signs off or publishes.
        tender, price = self.sudo().tender_id, self.sudo().reference_price_id
        company = tender.company_id
        needed, is_below = tender.procedure_id._get_needed(
            self.estimated_amount, company, tender._get_publication_day()
        )
        if is_below and not tender.is_below_policy:
            return self.env._(
                "the estimate would be %(amount)s, and for that the policy asks for "
                '"%(procedure)s". Cancel the tender and publish it anew.',
                amount=company.currency_id.format(self.estimated_amount),
                procedure=needed.name or self.env._("another procedure"),
            )
        if not price:
            if (self.price_statement or "").strip():
                return ""
            return self.env._(
                "the reference price was set for other services or quantities: choose "
                "a new approved one, or state why the one of before still holds."
            )
        if price.state != "approved" or not price.approved_date:
            return self.env._(
                "finance has not approved the reference price %s.", price.display_name
            )
        if tender.request_ids - price.request_ids:
            return self.env._(
                "the reference price %s is not for all of the requests.",
                price.display_name,
            )
        if price.currency_id != tender.currency_id:
            return self.env._(
                "the reference price %s is in another currency.", price.display_name
            )
        if price._count_sources() < (tender._get_rule("min_price_sources") or 0):
            return self.env._(
                "the reference price %s rests on too few sources.", price.display_name
            )
        return ""

    def _get_cannot_publish_reason(self):
        reasons = {}
        for addendum in self:
            if not addendum.tender_id._is_bidding_open():
                reasons[addendum.id] = self.env._(
                    "bids are no longer received for %s, so nothing can change.",
                    addendum.tender_id.display_name,
                )
            elif (
                is_html_empty(addendum.body)
                and not addendum.document_ids
                and not addendum.change_ids
            ):
                reasons[addendum.id] = self.env._(
                    "say what changes, or add a document."
                )
            elif problem := addendum._get_change_problem():
                reasons[addendum.id] = problem
            elif addendum.change_ids and not addendum.signed_off_by_id:
                reasons[addendum.id] = self.env._(
                    "it changes services or criteria: an officer who wrote no part of "
                    "it signs it off first."
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

    def _take_price(self):
        """Bind the tender to the new reference price and estimate, if services change.

        Before the changes take effect.

        :return: what of it is written into the chain of the tender
        """
        self.ensure_one()
        if not any(row._changes_service(row._get_now()) for row in self.change_ids):
            return {}
        # sudo: the tender is frozen, and procurement writes no reference prices.
        tender, price = self.tender_id.sudo(), self.reference_price_id.sudo()
        amount = self._get_new_estimate()
        terms = {"estimate": amount, "statement": self.price_statement or ""}
        values = {"rules": {**(tender.rules or {}), "estimated_amount": amount}}
        if price:
            before = tender.reference_price_id
            terms |= {"commitment": price.commitment, "before": before.commitment}
            values["reference_price_id"] = price.id
            server_write(before, {"state": "approved"})
            server_write(price, {"state": "used"})
        server_write(tender, values)
        return terms

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
            terms = addendum._take_price()
            apply_changes(addendum)
            addendum.document_ids._publish()
            if addendum.supersedes_id.state == "published":
                server_write(addendum.supersedes_id, {"state": "superseded"})
            tender._apply_addendum(addendum)
            publish_tender_file(tender, addendum)
            self.env["outsourcing.audit.log"]._record(
                addendum,
                "addendum_published",
                {
                    "number": addendum.number,
                    "bid_deadline": fields.Datetime.to_string(deadline),
                    "changes": addendum.change_ids.mapped("summary"),
                    **terms,
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
