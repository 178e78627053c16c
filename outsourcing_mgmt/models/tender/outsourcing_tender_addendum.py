from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

from ...tools import addendum as rules
from ..base.outsourcing_grant import server_write


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
        return self.write({"state": "published"})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_publish_reason(self):
        if not self._flow_user_in("outsourcing_mgmt.group_outsourcing_procurement"):
            return dict.fromkeys(
                self.ids, self.env._("only procurement publishes an addendum.")
            )
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

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "published":
            for addendum in self:
                addendum._take_effect()
        return result

    def _take_effect(self):
        self.ensure_one()
        tender, now = self.tender_id, fields.Datetime.now()
        old = tender.bid_deadline
        deadline = rules.extended_deadline(
            old, now, tender._get_rule("addendum_extension_days"), self.new_deadline
        )
        numbers = tender.addendum_ids.mapped("number")
        server_write(
            self,
            {
                "number": max(numbers, default=0) + 1,
                "published_at": now,
                "published_by_id": self.env.uid,
                "old_deadline": old,
                "bid_deadline": deadline,
            },
        )
        self.document_ids._publish()
        if self.supersedes_id.state == "published":
            server_write(self.supersedes_id, {"state": "superseded"})
        tender._apply_addendum(self)
        tender._mail_vendors("outsourcing_mgmt.mail_template_addendum", addendum=self)
