from odoo import api, fields, models

from ..base.grants import server_write
from ..base.groups import OFFICER, PROCUREMENT


class OutsourcingTenderQuestion(models.Model):
    """A question of a vendor about a tender, answered to all of them.

    New -> answered. Asked in the portal before the question deadline. Every
    vendor reads question and answer; who asked is known to the outsourcing
    department and procurement only, so that bidders do not learn of each
    other.
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
        required=True,
        help="What all vendors read. Take out whatever tells who asked.",
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
    answered_at = fields.Datetime(string="Answered On", readonly=True, copy=False)
    answered_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )

    can_answer = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("public_question")
    def _compute_display_name(self):
        for question in self:
            question.display_name = (question.public_question or "")[:80]

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
        return {
            question.id: self.env._(
                "bids are no longer received, so questions are not answered any more."
            )
            for question in self
            if not question.tender_id._is_bidding_open()
        }

    def _on_enter_answered(self, origins):
        server_write(
            self,
            {
                "answered_at": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
            },
        )
        for question in self:
            question.tender_id._mail_vendors(
                "outsourcing_mgmt.mail_template_answer", question=question
            )
        self.tender_id._finish_question_activity()
