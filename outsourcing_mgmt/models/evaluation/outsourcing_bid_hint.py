from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_create, server_write
from .hint_search import find_pending

HEARING_DAYS = 2
"""A vendor who does not answer within these calendar days was heard."""


class OutsourcingBidHint(models.Model):
    """Something that bids of different vendors have in common, as a reason to ask.

    Open -> explained | confirmed. Found by the server when bids and prices are open:
    the same author, program or file, telephone, bank account or mail domain, the same
    prices, winning by turns. Read by the committee and the auditors alone; what is
    confirmed also by procurement and the manager, who decide what follows. Nothing is
    excluded by itself, and the vendors are heard before a hint is confirmed, none of
    them told of the other.

    ========  ==============================  ================================
    Action    Who                             Restriction
    ========  ==============================  ================================
    find      the server                      opened, before the award
    hear      a member without conflict       open
    explain   a member without conflict       with the explanation
    confirm   a member without conflict       every vendor concerned was heard
    ========  ==============================  ================================
    """

    _name = "outsourcing.bid.hint"
    _description = "Hint at Bids Made Together"
    _inherit = ["outsourcing.flow.mixin"]
    _order = "tender_id desc, is_strong desc, id"
    _check_company_auto = True

    _flow_transitions = {
        "open": {"explained", "confirmed"},
        "explained": set(),
        "confirmed": set(),
    }
    _flow_verbs = {"explained": "explain", "confirmed": "confirm"}
    _flow_personal = PERSONAL_VERBS | {"explain", "confirm", "hear"}
    # Nobody has write rights on a hint; the rules judge who is in the committee.
    _flow_step_access = "read"
    _flow_required = {"explained": ("conclusion",), "confirmed": ("conclusion",)}
    _flow_system_fields = frozenset(
        {
            "tender_id",
            "kind",
            "value",
            "evidence",
            "bid_ids",
            "is_strong",
            "conclusion",
            "decided_by_id",
            "decided_date",
        }
    )
    _flow_deletable_states = frozenset()

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    kind = fields.Selection(
        selection=[
            ("file", "Same file"),
            ("author", "Same author of files"),
            ("program", "Same program"),
            ("phone", "Same telephone"),
            ("account", "Same bank account"),
            ("domain", "Same mail domain"),
            ("price", "Same prices"),
            ("ratio", "Prices in a fixed ratio"),
            ("rotation", "Winning by turns"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    is_strong = fields.Boolean(
        string="Strong",
        readonly=True,
        help="Rarely the same by chance: file, bank account, prices.",
    )
    value = fields.Char(
        string="In Common", readonly=True, help="What the bids have in common."
    )
    evidence = fields.Json(
        string="Where It Was Found",
        readonly=True,
        help="Where it was found in each bid.",
    )
    text = fields.Text(string="Evidence", compute="_compute_text")
    bid_ids = fields.Many2many(
        comodel_name="outsourcing.bid",
        relation="outsourcing_bid_hint_bid_rel",
        column1="hint_id",
        column2="bid_id",
        string="Bids",
        readonly=True,
    )
    state = fields.Selection(
        selection=[
            ("open", "To Be Examined"),
            ("explained", "Explained"),
            ("confirmed", "Confirmed"),
        ],
        string="Status",
        required=True,
        default="open",
        copy=False,
        index=True,
    )
    hearing_ids = fields.One2many(
        comodel_name="outsourcing.bid.hearing",
        inverse_name="hint_id",
        string="Vendors Heard",
        readonly=True,
    )
    conclusion = fields.Text(
        copy=False, help="Why it is harmless, or why it is not; by the committee."
    )
    decided_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    decided_date = fields.Datetime(string="Decided On", readonly=True, copy=False)

    can_hear = fields.Boolean(compute="_compute_flow_can")
    can_explain = fields.Boolean(compute="_compute_flow_can")
    can_confirm = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("kind", "value")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for hint in self:
            hint.display_name = f"{kinds.get(hint.kind, '')}: {hint.value or ''}"

    @api.depends("evidence", "bid_ids")
    def _compute_text(self):
        for hint in self:
            # sudo: whoever reads the hint reads the names of its bidders.
            names = {bid.id: bid.partner_id.name for bid in hint.sudo().bid_ids}
            hint.text = "\n".join(
                f"{names.get(bid, '')}: {where}" for bid, where in hint.evidence or ()
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_explain(self, text):
        """Settle the hint as harmless.

        :param str text: why
        """
        return self._take_step("explained", conclusion=text)

    def action_confirm(self, reason):
        """Hold the hint to be right, after every vendor was heard.

        :param str reason: why; what follows is decided by procurement
        """
        return self._take_step("confirmed", conclusion=reason)

    def action_hear(self, question=None):
        """Ask each vendor concerned, apart from the others, in the portal.

        :param str question: by default one that names no other vendor
        """
        self.check_access("read")
        self._flow_check_can("hear")
        question = self._flow_clean_text(self.env._("Question"), question)
        # sudo: nobody has write rights; it was checked above who acts, and when.
        for hint in self.sudo():
            hint._hear(question or hint._get_question())
        return True

    def action_open_explain_wizard(self):
        self._flow_check_can("explain")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_explain", self.env._("Explain the Hint")
        )

    def action_open_confirm_wizard(self):
        self._flow_check_can("confirm")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_confirm", self.env._("Confirm the Hint")
        )

    # ------------------------------------------------------------
    # RULES AND HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _get_committee_reason(self):
        """Say which hints the acting user does not decide on."""
        reasons = {}
        # sudo: who is in the committee is asked for every user.
        for hint in self.sudo():
            members = hint.tender_id.committee_ids.filtered("is_open_to_bids")
            if self.env.user not in members.filtered("is_voting").user_id:
                reasons[hint.id] = self.env._(
                    "only a voting member of its committee without a conflict of "
                    "interest decides on it."
                )
        return reasons

    def _get_cannot_hear_reason(self):
        reasons = self._get_committee_reason()
        # sudo: as in the function above.
        for hint in self.sudo().filtered(lambda item: item.id not in reasons):
            if hint.state != "open":
                reasons[hint.id] = self.env._("it is decided already.")
            elif not hint.bid_ids - hint.hearing_ids.bid_id:
                reasons[hint.id] = self.env._("its vendors are asked already.")
        return reasons

    def _get_cannot_explain_reason(self):
        return self._get_committee_reason()

    def _get_cannot_confirm_reason(self):
        reasons = self._get_committee_reason()
        limit = fields.Datetime.now() - timedelta(days=HEARING_DAYS)
        # sudo: as in the function above.
        for hint in self.sudo().filtered(lambda item: item.id not in reasons):
            heard = hint.hearing_ids.filtered(
                lambda hearing: hearing.answered_at or hearing.asked_at <= limit
            )
            if unheard := hint.bid_ids - heard.bid_id:
                reasons[hint.id] = self.env._(
                    "hear the vendors first: %(names)s. Each is asked, and has "
                    "%(days)s days to answer.",
                    names=format_list(
                        self.env, unheard.partner_id.mapped("display_name")
                    ),
                    days=HEARING_DAYS,
                )
        return reasons

    def _on_step(self, target, origins):
        server_write(
            self, {"decided_by_id": self.env.uid, "decided_date": fields.Datetime.now()}
        )
        for hint in self:
            hint.tender_id._audit(f"hint_{target}", {"hint": hint.id})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_question(self):
        """Return a question that tells nothing of the other bids."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "The committee examines whether the bids were made independently. Please "
            "explain in your own words how your bid was made, by whom and with which "
            "files and prices. The point in question: %s.",
            kinds[self.kind],
        )

    # ------------------------------------------------------------
    # SCHEDULED ACTIONS
    # ------------------------------------------------------------

    @api.model
    def _cron_find(self):
        """Compare opened bids, and prices, that were not compared yet."""
        find_pending(self.env)

    def _hear(self, question):
        self.ensure_one()
        fresh = self.bid_ids - self.hearing_ids.bid_id
        server_create(
            self.env["outsourcing.bid.hearing"],
            [
                {
                    "hint_id": self.id,
                    "bid_id": bid.id,
                    "question": question,
                    "asked_by_id": self.env.uid,
                    "asked_at": fields.Datetime.now(),
                }
                for bid in fresh
            ],
        )
        self.tender_id._audit("hint_heard", {"hint": self.id, "bids": fresh.ids})
        for bid in fresh:
            self.tender_id._mail_partners(
                "outsourcing_mgmt.mail_template_bid_hearing",
                bid._get_told_partners(),
                bid=bid,
            )


class OutsourcingBidHearing(models.Model):
    """What a vendor is asked about its bid, and what it answers in the portal.

    Asked -> answered, once, by who acts for the vendor. Read with its hint; a vendor
    reads its own question and never the hint.
    """

    _name = "outsourcing.bid.hearing"
    _description = "Hearing of a Bidder"
    _inherit = ["outsourcing.flow.mixin"]
    _order = "id"
    _check_company_auto = True

    _flow_transitions = {"asked": {"answered"}, "answered": set()}
    _flow_verbs = {"answered": "answer"}
    _flow_required = {"answered": ("answer",)}
    _flow_system_fields = frozenset(
        {
            "hint_id",
            "bid_id",
            "question",
            "asked_by_id",
            "asked_at",
            "answer",
            "answered_by_id",
            "answered_at",
        }
    )
    _flow_deletable_states = frozenset()

    hint_id = fields.Many2one(
        comodel_name="outsourcing.bid.hint",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="hint_id.company_id", store=True, index=True)
    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    state = fields.Selection(
        selection=[("asked", "Asked"), ("answered", "Answered")],
        string="Status",
        required=True,
        default="asked",
        copy=False,
        index=True,
    )
    question = fields.Text(required=True, readonly=True)
    asked_by_id = fields.Many2one(comodel_name="res.users", readonly=True)
    asked_at = fields.Datetime(string="Asked On", required=True, readonly=True)
    answer = fields.Text(readonly=True, copy=False)
    answered_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    answered_at = fields.Datetime(string="Answered On", readonly=True, copy=False)

    _once = models.UniqueIndex("(hint_id, bid_id)", "A vendor is asked once.")

    def _is_answerable(self):
        """Whether the vendor may still answer."""
        self.ensure_one()
        return self.state == "asked" and self.hint_id.state == "open"

    def _get_cannot_answer_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("only the vendor answers, in the portal.")
        )


def find_hearings(bid):
    """Return what the vendor of ``bid`` was asked; of one who may act for it.

    :param bid: outsourcing.bid, with sudo
    """
    hearings = bid.env["outsourcing.bid.hearing"]
    return hearings.search([("bid_id", "=", bid.id)])


def write_answer(bid, hearing_id, text):
    """Answer for the vendor of ``bid``, once.

    :param bid: outsourcing.bid whose vendor acts, with sudo
    """
    hearing = find_hearings(bid).filtered(lambda item: item.id == hearing_id)
    text = bid._flow_clean_text(bid.env._("Answer"), (text or "")[:4000])
    if hearing.state == "answered" and text and hearing.answer == text:
        # A second click.
        return
    if not hearing or not hearing._is_answerable():
        raise UserError(bid.env._("This question is answered or closed already."))
    if not text:
        raise UserError(bid.env._("Write your answer."))
    server_write(
        hearing,
        {
            "state": "answered",
            "answer": text,
            "answered_by_id": bid.env.uid,
            "answered_at": fields.Datetime.now(),
        },
    )
    hearing.hint_id.tender_id._audit("hint_answered", {"hint": hearing.hint_id.id})
