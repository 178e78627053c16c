from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...tools.one_record import check_one
from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_write
from ..evaluation.moderation import revise


class OutsourcingScore(models.Model):
    """What one member gives one bid for one criterion.

    Draft -> submitted. Made by the system when the evaluation starts, filled in by
    the member, unchangeable once submitted. Until all scores of the tender are in,
    a member sees only the member's own scores and nobody else sees any. An upheld
    objection strikes scores: they are kept, count no more, and are given again. So does
    the member who scores again in the moderation round (``moderation``), where points
    that lie far from those of the others are explained or revised, once.
    """

    _name = "outsourcing.score"
    _description = "Score"
    _inherit = ["outsourcing.flow.mixin"]
    _order = "tender_id, bid_id, criterion_id, member_id"
    _check_company_auto = True

    _flow_transitions = {"draft": {"submitted"}, "submitted": set()}
    _flow_verbs = {"submitted": "submit"}
    _flow_personal = PERSONAL_VERBS | {"submit", "explain", "revise"}
    _flow_system_fields = frozenset(
        {
            "bid_id",
            "criterion_id",
            "member_id",
            "submitted_date",
            "struck_date",
            "struck_by_objection_id",
            "is_outlier",
            "outlier_z",
            "others_mean",
            "explanation",
            "explained_date",
            "revises_id",
        }
    )
    _flow_content_fields = frozenset({"value", "verdict", "comment"})
    _flow_content_states = frozenset({"draft"})
    _flow_deletable_states = frozenset()

    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    criterion_id = fields.Many2one(
        comodel_name="outsourcing.criterion",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    member_id = fields.Many2one(
        comodel_name="outsourcing.committee.member",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    tender_id = fields.Many2one(related="bid_id.tender_id", store=True, index=True)
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    user_id = fields.Many2one(related="member_id.user_id", store=True, index=True)
    state = fields.Selection(
        selection=[("draft", "Draft"), ("submitted", "Submitted")],
        string="Status",
        required=True,
        default="draft",
        copy=False,
        index=True,
    )
    kind = fields.Selection(related="criterion_id.kind")
    max_points = fields.Float(
        string="Maximum Points", related="criterion_id.max_points", aggregator=None
    )
    criterion_description = fields.Text(
        related="criterion_id.description", string="What to Look At"
    )
    value = fields.Float(string="Points", aggregator="avg")
    verdict = fields.Selection(
        selection=[("pass", "Pass"), ("fail", "Fail")],
        help="For a pass or fail criterion.",
    )
    comment = fields.Text(
        string="Remarks on the Score", help="Needed for zero points and for a fail."
    )
    submitted_date = fields.Datetime(readonly=True, copy=False)
    struck_date = fields.Datetime(
        string="Struck On",
        readonly=True,
        copy=False,
        help="Since then it counts no more; the member scores anew.",
    )
    struck_by_objection_id = fields.Many2one(
        comodel_name="outsourcing.objection",
        string="Struck After",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    # Moderation
    is_outlier = fields.Boolean(
        string="Far from the Others",
        readonly=True,
        copy=False,
        help="The points lie so far from those of the other members that the procedure "
        "asks for an explanation.",
    )
    outlier_z = fields.Float(
        string="Standard Deviations",
        digits=(8, 2),
        readonly=True,
        copy=False,
        aggregator=None,
        help="How many standard deviations the points lie from the mean of the others.",
    )
    others_mean = fields.Float(
        string="Mean of the Others",
        digits=(8, 2),
        readonly=True,
        copy=False,
        aggregator=None,
    )
    explanation = fields.Text(
        readonly=True, copy=False, help="Why the member keeps these points."
    )
    explained_date = fields.Datetime(string="Explained On", readonly=True, copy=False)
    revises_id = fields.Many2one(
        comodel_name="outsourcing.score",
        string="Given Instead Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    is_outlier_open = fields.Boolean(
        string="To Be Explained", compute="_compute_is_outlier_open"
    )

    can_submit = fields.Boolean(compute="_compute_flow_can")

    _score_unique = models.UniqueIndex(
        "(bid_id, criterion_id, member_id) WHERE struck_date IS NULL",
        "A member scores a bid once per criterion.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("bid_id.display_name", "criterion_id.name")
    def _compute_display_name(self):
        for score in self:
            names = [score.bid_id.display_name, score.criterion_id.name]
            score.display_name = " / ".join(filter(None, names))

    @api.depends("is_outlier", "explained_date", "struck_date")
    def _compute_is_outlier_open(self):
        for score in self:
            score.is_outlier_open = score.is_outlier and not (
                score.explained_date or score.struck_date
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("value")
    def _check_value(self):
        for score in self:
            if message := score._get_points_message(score.value):
                raise ValidationError(message)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if not self._flow_is_system():
            self._check_own()
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Hand the scores in; they cannot be changed afterwards."""
        self._check_own()
        return self._take_step("submitted")

    def action_explain(self, text):
        """Keep points that lie far from the others, and say why.

        :param str text: why; kept with the evaluation
        """
        text = self._flow_clean_reason(self._flow_field_label("explanation"), text)
        self.check_access("read")
        self._check_own()
        self._flow_check_can("explain")
        # sudo: submitted scores are frozen for their members; it was checked above
        # that the member acts, and is asked to.
        scores = self.sudo()
        server_write(
            scores, {"explanation": text, "explained_date": fields.Datetime.now()}
        )
        scores._end_moderation("explain_score")
        return True

    def action_revise(self):
        """Give points that lie far from the others once more."""
        self.check_access("read")
        self._check_own()
        self._flow_check_can("revise")
        # sudo: as above.
        scores = self.sudo()
        revise(scores)
        scores._end_moderation("revise_score")
        return True

    def action_open_explain_wizard(self):
        self._check_own()
        self._flow_check_can("explain")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_explain", self.env._("Explain the Points")
        )

    def action_view_bid(self):
        """Open the bid that is scored, with its files and prices."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "outsourcing.bid",
            "res_id": self.bid_id.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_own(self):
        """Raise unless the member acts; ``sudo()`` does not change who acts."""
        # sudo: who a score belongs to is judged also where it may not be read.
        if any(score.user_id != self.env.user for score in self.sudo()):
            raise AccessError(
                self.env._("A score belongs to its member; nobody else touches it.")
            )

    def _get_cannot_explain_reason(self):
        reasons = {}
        # sudo: a portal expert may not read the tender.
        for score in self.sudo():
            if not score.is_outlier_open:
                reasons[score.id] = self.env._(
                    "only points that lie far from those of the others are explained "
                    "or given again, once, when all scores are in."
                )
            elif score.tender_id.state != "evaluation":
                reasons[score.id] = self.env._("the tender is not in evaluation.")
        return reasons

    def _get_cannot_revise_reason(self):
        return self._get_cannot_explain_reason()

    def _end_moderation(self, verb):
        """Note what was done, and show the ranking when nobody is asked any more."""
        for member, scores in self.grouped("member_id").items():
            tender = member.tender_id
            tender._audit(verb, {"member": member.id, "number": len(scores)})
            tender.invalidate_recordset(["score_ids"])
            if not tender._get_waiting_scores().filtered(
                lambda score, member=member: score.member_id == member
            ):
                tender._finish_activities(
                    "mail_activity_type_tender_score", member.user_id
                )
            tender._refresh_scoring()

    def _get_cannot_submit_reason(self):
        reasons = {}
        # sudo: a portal expert may not read the tender and the bid.
        for score in self.sudo():
            member = score.member_id
            if not member.is_open_to_bids:
                reason = self.env._("declare first that you have no conflict.")
            elif score.tender_id.state != "evaluation":
                reason = self.env._("the tender is not in evaluation.")
            elif score.bid_id.state not in ("qualified", "ranked"):
                reason = self.env._("the bid is not evaluated any more.")
            else:
                reason = score._get_incomplete_reason()
            if reason:
                reasons[score.id] = reason
        return reasons

    def _get_points_message(self, points):
        """Return why the criterion does not take ``points``, or an empty text."""
        self.ensure_one()
        most = self.max_points
        if self.kind != "scored" or 0 <= points <= most:
            return ""
        return self.env._(
            "%(criterion)s: give between 0 and %(most)s points.",
            criterion=self.criterion_id.name,
            most=most,
        )

    def _get_incomplete_reason(self):
        self.ensure_one()
        if self.kind == "pass_fail":
            if not self.verdict:
                return self.env._("choose pass or fail.")
            needs_comment = self.verdict == "fail"
        else:
            needs_comment = not self.value or self.revises_id
        if needs_comment and not (self.comment or "").strip():
            return self.env._("say why in the comment.")
        return ""

    def _on_enter_submitted(self, origins):
        """Record that members handed in, without the points, and rank when all are."""
        server_write(self, {"submitted_date": fields.Datetime.now()})
        # sudo: a member has no rights on the tender, its log and its activities.
        for member, scores in self.sudo().grouped("member_id").items():
            tender = member.tender_id
            tender._audit("submit_scores", {"member": member.id, "number": len(scores)})
            pending = tender._get_pending_scores()
            if member not in pending.member_id:
                tender._finish_activities(
                    "mail_activity_type_tender_score", member.user_id
                )
            tender._refresh_scoring()
