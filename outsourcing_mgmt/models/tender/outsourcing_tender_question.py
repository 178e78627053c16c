from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools import disclosure, sealing
from ..base.grants import server_write
from ..base.groups import OFFICER, PROCUREMENT


class OutsourcingTenderQuestion(models.Model):
    """A question of a vendor about a tender, answered to all of them.

    New -> answered. Asked in the portal before the question deadline. Every
    vendor reads question and answer; who asked is known to the outsourcing
    department and procurement only, so that bidders do not learn of each
    other. The published text is written by whoever answers: it starts empty, and
    neither it nor the answer may name who asked.
    """

    _name = "outsourcing.tender.question"
    _description = "Tender Question"
    _inherit = ["outsourcing.flow.mixin"]
    _order = "tender_id, asked_at, id"
    _rec_name = "question"
    _check_company_auto = True

    _flow_transitions = {"new": {"answered"}, "answered": set()}
    _flow_verbs = {"answered": "answer"}
    _flow_groups = {"answer": (OFFICER, PROCUREMENT)}
    _flow_required = {"answered": ("public_question", "answer")}
    _flow_system_fields = frozenset(
        {
            "tender_id",
            "partner_id",
            "question",
            "asked_at",
            "asked_key",
            "answered_at",
            "answered_by_id",
        }
    )
    _flow_content_fields = frozenset({"public_question", "answer"})
    _flow_content_states = frozenset({"new"})
    _flow_deletable_states = frozenset()

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Asked By",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        groups="outsourcing_mgmt.group_outsourcing_officer,"
        "outsourcing_mgmt.group_outsourcing_procurement",
        help="Never shown to other vendors.",
    )
    question = fields.Text(
        string="Question as Asked",
        required=True,
        readonly=True,
        groups="outsourcing_mgmt.group_outsourcing_officer,"
        "outsourcing_mgmt.group_outsourcing_procurement",
    )
    public_question = fields.Text(
        string="Question",
        help="What all vendors read. Write it in your own words, without anything that "
        "tells who asked.",
    )
    answer = fields.Text(help="Mailed to every vendor when you publish it.")
    state = fields.Selection(
        selection=[("new", "New"), ("answered", "Answered")],
        required=True,
        default="new",
        copy=False,
        index=True,
    )
    asked_at = fields.Datetime(string="Asked On", readonly=True, index=True)
    asked_key = fields.Char(
        readonly=True,
        copy=False,
        export_string_translation=False,
        groups="outsourcing_mgmt.group_outsourcing_officer,"
        "outsourcing_mgmt.group_outsourcing_procurement",
        help="Of the vendor and its words: what is sent twice is one question.",
    )
    answered_at = fields.Datetime(string="Answered On", readonly=True, copy=False)
    answered_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )

    can_answer = fields.Boolean(compute="_compute_flow_can")

    _asked_uniq = models.UniqueIndex("(asked_key) WHERE asked_key IS NOT NULL")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("public_question")
    def _compute_display_name(self):
        for question in self:
            question.display_name = (
                question.public_question or self.env._("Question %s", question.id)
            )[:80]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_answer(self, answer=None):
        """Publish the answer to all vendors.

        :param str answer: the answer, unless it is written already
        """
        return self._take_step("answered", **({"answer": answer} if answer else {}))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_answer_reason(self):
        reasons = {}
        for question in self:
            if not question.tender_id._is_bidding_open():
                reasons[question.id] = self.env._(
                    "bids are no longer received, so questions are not answered any "
                    "more."
                )
            elif reason := question._get_told_reason():
                reasons[question.id] = reason
        return reasons

    def _get_told_reason(self):
        """Say what question and answer tell of who asked, or return an empty text."""
        names = self._get_names_told()
        return names and self.env._(
            "the text for all vendors tells who asked (%(names)s). Write question and "
            "answer without it.",
            names=format_list(self.env, names),
        )

    def _get_names_told(self):
        """Return what question and answer tell of who asked.

        :rtype: list of str
        """
        self.ensure_one()
        # sudo: whoever answers need not read all contacts and users of the vendor.
        question = self.sudo()
        vendor = question.partner_id.commercial_partner_id
        contacts = question.partner_id | vendor | vendor.child_ids
        logins = contacts.user_ids.mapped("login")
        names = dict.fromkeys(
            text
            for text in (
                *contacts.mapped("name"),
                *contacts.mapped("email"),
                *contacts.mapped("phone"),
                *contacts.mapped("website"),
                *contacts.mapped("vat"),
                *logins,
            )
            if text
        )
        tender = question.tender_id
        return disclosure.find_names(
            f"{question.public_question or ''} {question.answer or ''}",
            names,
            " ".join(
                filter(
                    None,
                    (tender.subject, *tender.line_ids.mapped("name")),
                )
            ),
        )

    def _on_enter_answered(self, origins):
        # Again, as the answer may have come with the step.
        if reasons := [reason for item in self if (reason := item._get_told_reason())]:
            raise UserError("\n".join(reasons))
        server_write(
            self,
            {
                "answered_at": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
            },
        )
        for question in self:
            self.env["outsourcing.audit.log"]._record(
                question,
                "question_answered",
                {
                    "question": sealing.digest(question.public_question or ""),
                    "answer": sealing.digest(question.answer or ""),
                },
                root=question.tender_id,
            )
            question.tender_id._mail_vendors(
                "outsourcing_mgmt.mail_template_answer", question=question
            )
        self.tender_id._finish_question_activity()
