from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formatLang, plaintext2html

from ...tools.one_record import check_one
from ..base.grants import is_server_act, server_write, spend
from ..base.uninstall import guards_deletion

WHYS = [
    ("breached", "Missed its targets"),
    ("reopened", "Solution was refused"),
    ("silent", "Requester heard nothing"),
    ("repeated", "Came again"),
    ("chosen", "Chosen by the chair"),
]
PROVED = frozenset({"why", "number", "article_id", "review_id", "ticket_id"})
WORDS = frozenset({"better_way"})


class ItsmReviewCase(models.Model):
    """A ticket of a review: why it is discussed, what happened, what is better.

    Found by a query or chosen by the chair. Whoever takes part writes the better way
    while the review is a draft, and makes an article of it.
    """

    _name = "itsm.review.case"
    _description = "Case of a Review"
    _order = "review_id desc, id"
    _rec_name = "ticket_id"
    _check_company_auto = True

    review_id = fields.Many2one(
        comodel_name="itsm.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True)
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    why = fields.Selection(
        selection=WHYS, string="Discussed Because", readonly=True, default="chosen"
    )
    number = fields.Float(
        string="How Often or Long",
        readonly=True,
        aggregator=None,
        digits=(16, 1),
        help="Missed targets, refused solutions, hours of silence, or tickets of the "
        "same requester about the same service.",
    )
    better_way = fields.Text(
        string="Better Way", help="How it should have gone, and goes the next time."
    )
    article_id = fields.Many2one(
        comodel_name="itsm.article",
        string="Article of It",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    timeline = fields.Html(
        string="What Happened", compute="_compute_timeline", sanitize=False
    )

    _ticket_uniq = models.UniqueIndex(
        "(review_id, ticket_id)", "This ticket is a case of the review already."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ticket_id")
    @api.depends_context("uid", "lang")
    def _compute_timeline(self):
        for case in self:
            case.timeline = self.env["ir.qweb"]._render(
                "itsm_desk.review_timeline", {"case": case}
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_server = is_server_act(self.browse())
        spend(self.browse(), "create")
        cases = super().create(vals_list)
        if not is_server:
            cases._check_chair()
            cases.ticket_id.check_access("read")
            if any(
                case.why != "chosen" or case.number or case.article_id for case in cases
            ):
                raise AccessError(
                    self.env._("Why a ticket is discussed is found by queries.")
                )
        return cases

    def write(self, vals):
        is_server = is_server_act(self)
        spend(self)
        if not is_server:
            if PROVED.intersection(vals):
                raise AccessError(
                    self.env._("A case stays; what is written is the better way.")
                )
            self._check_part()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_chair(self):
        if not is_server_act(self):
            self._check_chair()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_create_article(self):
        """Open the draft of an article with the better way; the one that is there."""
        check_one(self)
        self.check_access("read")
        articles = self.env["itsm.article"]
        if not self.article_id:
            self._check_part()
            articles.check_access("create")
            self.ticket_id.check_access("read")
            if not self.better_way:
                raise UserError(
                    self.env._("Write down the better way first; the article says it.")
                )
            article = articles.create(
                {
                    "name": self.ticket_id.subject,
                    "body": plaintext2html(self.better_way),
                    "company_id": self.company_id.id,
                }
            )
            # sudo: which article came of the case is noted by the procedure
            server_write(self.sudo(), {"article_id": article.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsm.article",
            "res_id": self.article_id.id,
            "views": [(False, "form")],
        }

    def action_open_ticket(self):
        """Open the ticket, for whoever may read it."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsm.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_chair(self):
        for case in self:
            # sudo: the review decides, whoever asks
            review = case.sudo().review_id
            if review.state != "draft" or (
                not review.with_user(self.env.user)._may_chair()
            ):
                raise UserError(
                    self.env._(
                        "%s chooses the cases while the review is a draft.",
                        review.chair_id.name,
                    )
                )

    def _check_part(self):
        self.check_access("write")
        for case in self:
            # sudo: as above
            review = case.sudo().review_id
            if review.state != "draft":
                raise UserError(
                    self.env._("%s is done and stays as it is.", review.display_name)
                )

    def _get_number_text(self):
        """Return how often it happened, or how long it lasted, for the minutes."""
        self.ensure_one()
        if not self.number:
            return ""
        if self.why == "silent":
            hours = formatLang(self.env, self.number, digits=1)
            return self.env._("%s hours", hours)
        return f"{round(self.number)} \N{MULTIPLICATION SIGN}"

    def _get_subject(self):
        """Return what the ticket is about, for whoever reads it, else nothing."""
        self.ensure_one()
        # sudo: who reads a case; the ticket itself is asked next
        ticket = self.sudo().ticket_id.with_env(self.env)
        return ticket.subject if ticket.has_access("read") else ""

    def _get_steps(self):
        """Return the entries of the ticket for its reader: ``[{at, what, who}]``."""
        self.ensure_one()
        # sudo: who reads a case; the ticket itself is asked next
        ticket = self.sudo().ticket_id.with_env(self.env)
        if not ticket.has_access("read"):
            return None
        # sudo: entries of a ticket are read by whoever reads the ticket
        events = ticket.sudo().event_ids.sorted(lambda event: (event.at, event.id))
        kinds = dict(events._fields["kind"]._description_selection(self.env))
        return [
            {
                "at": self.company_id._itsm_format_moment(event.at),
                "what": kinds[event.kind],
                "change": " > ".join(
                    label for label in (event.old_label, event.new_label) if label
                ),
                "who": event.user_id.name or "",
            }
            for event in events
        ]
