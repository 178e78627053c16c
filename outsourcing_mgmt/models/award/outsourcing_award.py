from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_list, is_html_empty

from ...tools import procedure
from ...tools.lack import Lack, join
from ...tools.one_record import check_one
from ..base.grants import server_create, server_unlink, server_write
from ..base.groups import MANAGER, PROCUREMENT
from ..bid.outsourcing_bid_envelope import get_total
from ..messages.telling import tell_award_final
from ..vendor.listed import find_entries_of, get_listed_text, is_held
from ..work.missing import get_rows
from .award_mail import note_for_bidder
from .reference_share import get_reference, get_reference_parts


class OutsourcingAward(models.Model):
    """The decision which bid wins a tender, and why.

    Draft -> submitted -> approved -> notified -> final; annulled on the way.
    The gate submitted -> approved is a tier review by the outsourcing
    department and finance. Notifying the bidders starts the standstill; an
    open objection stops the award from becoming final.

    ============  =========================  ================================
    Action        Who                        Restriction
    ============  =========================  ================================
    edit, submit  procurement                reasons filled in
    approve       procurement, manager       after the reviews
    notify        procurement                approved
    finalise      server clock               standstill over, no objection to any
                                             award of the tender
    annul         procurement, manager       with a reason, before the order
    contract      procurement                final, without a contract
    ============  =========================  ================================
    """

    _name = "outsourcing.award"
    _description = "Award"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.numbered.mixin",
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"
    _rate_day = "final_date"

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _cancel_state = "annulled"

    _number_code = "outsourcing.award"
    _number_states = frozenset({"submitted"})
    _flow_transitions = {
        "draft": {"submitted", "annulled"},
        "submitted": {"approved", "annulled"},
        "approved": {"notified", "annulled"},
        "notified": {"final", "annulled"},
        "final": {"annulled"},
        "annulled": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "approved": "approve",
        "notified": "notify",
        "final": "finalise",
        "annulled": "annul",
    }
    _flow_groups = {
        "submit": (PROCUREMENT,),
        "approve": (PROCUREMENT, MANAGER),
        "notify": (PROCUREMENT,),
        "annul": (PROCUREMENT, MANAGER),
        "create_contract": (PROCUREMENT,),
    }
    _flow_required = {"annulled": ("annul_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "tender_id",
            "line_ids",
            "amount_total",
            "is_tie",
            "is_abnormally_low",
            "evaluation_report",
            "submitted_by_id",
            "submitted_date",
            "approved_by_id",
            "approved_date",
            "notified_by_id",
            "notified_date",
            "standstill_end",
            "final_date",
            "annul_reason",
            "annulled_by_id",
            "annulled_date",
            "contract_id",
        }
    )
    _flow_content_fields = frozenset({"bid_id", "reasons", "low_price_justification"})
    _flow_content_states = frozenset({"draft", "submitted"})
    _flow_deletable_states = frozenset()

    name = fields.Char(
        string="Reference", readonly=True, copy=False, default="/", index="trigram"
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("notified", "Notified"),
            ("final", "Final"),
            ("annulled", "Annulled"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
    )
    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="tender_id.currency_id")
    user_id = fields.Many2one(related="tender_id.user_id", store=True, index=True)

    # The winner
    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        string="Winning Bid",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('tender_id', '=', tender_id), ('rank', '=', 1)]",
    )
    partner_id = fields.Many2one(
        related="bid_id.partner_id", string="Winner", store=True, index=True
    )
    line_ids = fields.One2many(
        comodel_name="outsourcing.award.line",
        inverse_name="award_id",
        string="Awarded Services",
        copy=False,
    )
    amount_total = fields.Monetary(
        string="Amount",
        readonly=True,
        copy=False,
        help="Amount of the winning bid without taxes; the order cannot differ.",
    )
    saving_amount = fields.Monetary(
        string="Saving",
        compute="_compute_saving",
        compute_sudo=True,
        help="Reference price less the awarded amount. An award of some services is "
        "compared with their part of the reference price.",
    )
    saving_percent = fields.Float(
        string="Saving (%)",
        compute="_compute_saving",
        compute_sudo=True,
        digits=(6, 2),
    )
    reasons = fields.Html(
        help="Why this bid wins; told to all bidders.", sanitize_attributes=True
    )
    is_tie = fields.Boolean(
        string="Tie",
        readonly=True,
        help="Other bids had the same total and price; the declared rule put this one "
        "first: the higher technical score, then a lot with a logged seed.",
    )
    is_abnormally_low = fields.Boolean(
        string="Abnormally Low",
        readonly=True,
        help="The price lies far under the others and must be justified.",
    )
    low_price_justification = fields.Text(
        help="How the vendor explains the price, and why the company accepts it."
    )
    evaluation_report = fields.Html(
        readonly=True,
        copy=False,
        help="The evaluation as it was when the award was proposed.",
    )

    # Who and when
    submitted_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    submitted_date = fields.Datetime(string="Submitted On", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_date = fields.Datetime(string="Approved On", readonly=True, copy=False)
    notified_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    notified_date = fields.Datetime(string="Notified On", readonly=True, copy=False)
    standstill_end = fields.Datetime(
        string="Standstill Until",
        readonly=True,
        copy=False,
        index=True,
        help="Bidders may object until then.",
    )
    final_date = fields.Datetime(
        string="Final On", readonly=True, copy=False, index=True
    )
    annulled_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    annulled_date = fields.Datetime(string="Annulled On", readonly=True, copy=False)
    annul_reason = fields.Text(copy=False, tracking=True)
    objection_ids = fields.One2many(
        comodel_name="outsourcing.objection", inverse_name="award_id"
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )

    missing = fields.Json(
        string="Still Missing",
        compute="_compute_missing",
        help="What the next step of procurement lacks, a row each.",
    )
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_notify = fields.Boolean(compute="_compute_flow_can")
    can_finalise = fields.Boolean(compute="_compute_flow_can")
    can_annul = fields.Boolean(compute="_compute_flow_can")
    can_create_contract = fields.Boolean(compute="_compute_flow_can")

    _tender_unique = models.UniqueIndex(
        "(tender_id, bid_id) WHERE state <> 'annulled'",
        "The bid has an award already; annul it first.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "amount_total",
        "line_ids.reference_amount",
        "tender_id.reference_amount",
        "tender_id.award_by_line",
    )
    def _compute_saving(self):
        for award in self:
            reference = get_reference(award)
            saving = reference and reference - award.amount_total
            award.saving_amount = saving and award.currency_id.round(saving)
            award.saving_percent = reference and 100 * award.saving_amount / reference

    @api.depends("state", "reasons", "low_price_justification")
    @api.depends_context("uid", "lang")
    def _compute_missing(self):
        verbs = {"draft": "submit", "approved": "notify"}
        acts = self._flow_user_in(PROCUREMENT)
        for award in self:
            verb = acts and verbs.get(award.state)
            reasons = award._flow_get_reasons(verb) if verb else {}
            award.missing = get_rows(award.env, reasons.get(award.id))

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("bid_id", "tender_id")
    def _check_bid(self):
        # sudo: whoever takes the step need not read the bid.
        for award in self.sudo():
            bid = award.bid_id
            wins = bid.rank == 1
            if award.tender_id.award_by_line:
                wins = 1 in bid.line_ids.mapped("rank")
            if bid.tender_id != award.tender_id or not wins:
                raise ValidationError(
                    self.env._(
                        "%s: only a bid of the tender that ranks first wins.",
                        award.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if "bid_id" in vals:
            self._fill_from_bid()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Hand the award in for the reviews."""
        return self._take_step("submitted")

    def action_approve(self):
        """Settle the own open reviews; the last one approves the document."""
        return self._tier_approve()

    def action_notify(self):
        """Tell the bidders the result and start the standstill."""
        return self._take_step("notified")

    def action_finalise(self):
        """Make the award final after the standstill."""
        return self._take_step("final")

    def action_annul(self, reason):
        """Withdraw the award; the evaluation is open again.

        :param str reason: why
        """
        return self._take_step("annulled", annul_reason=reason)

    def action_open_annul_wizard(self):
        self._flow_check_can("annul")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_annul", self.env._("Annul the Award")
        )

    def action_create_contract(self):
        """Make the contract of final awards of one vendor, and open it."""
        if not self:
            raise UserError(
                self.env._("Choose the awards that the contract is made from.")
            )
        contract = self.env["outsourcing.contract"].create(
            {"award_ids": [fields.Command.set(self.ids)]}
        )
        return contract._get_records_action(context={})

    def action_view_contract(self):
        """Open the contract of the award."""
        check_one(self)
        self.check_access("read")
        return self.contract_id._get_records_action(context={})

    def _is_without_contract(self):
        """Whether one of the awards is final and has no contract that is alive."""
        return any(
            award.state == "final" and award.contract_id.state in (False, "cancelled")
            for award in self
        )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = {}
        for award in self:
            lacks = []
            if is_html_empty(award.reasons):
                lacks.append(Lack(self.env._("say why this bid wins."), "reasons"))
            justification = (award.low_price_justification or "").strip()
            if award.is_abnormally_low and not justification:
                text = self.env._(
                    "the price is abnormally low: write how the vendor explains it "
                    "and why it is accepted."
                )
                lacks.append(Lack(text, "low_price_justification"))
            if lacks:
                reasons[award.id] = join(lacks)
        return self._get_listed_winner_reasons() | reasons

    def _tier_get_excluded_users(self):
        """Whoever scored a bid or excluded one decides nothing that rests on it."""
        # sudo: reviewers need not read the scores of others.
        bids = self.sudo().tender_id.bid_ids
        return (
            super()._tier_get_excluded_users()
            | bids.score_ids.user_id
            | bids.disqualified_by_id
        )

    def _get_cannot_approve_reason(self):
        reasons = {}
        for award in self:
            if reason := award._tier_get_cannot_cross_reason():
                reasons[award.id] = reason
        return self._get_listed_winner_reasons() | reasons

    def _get_cannot_notify_reason(self):
        reasons = {}
        for award in self:
            others = award.tender_id._get_living_awards() - award
            waiting = others.filtered(lambda item: item.state in ("draft", "submitted"))
            if award.tender_id.state != "award_proposed":
                reasons[award.id] = self.env._(
                    "its tender is not waiting for an award."
                )
            elif waiting:
                reasons[award.id] = self.env._(
                    "bidders are told of all awards of a tender at once, and these "
                    "are not approved: %s.",
                    format_list(self.env, waiting.mapped("display_name")),
                )
        return self._get_listed_winner_reasons() | reasons

    def _get_listed_winner_reasons(self):
        """Say that a winner is on the blacklist, and how the next bid is awarded."""
        return {
            award_id: get_listed_text(entry)
            if is_held(entry)
            else self.env._(
                "%(reason)s To award to the next bid: annul this award, disqualify the "
                "bid of this vendor with the reason, and propose the award again.",
                reason=get_listed_text(entry),
            )
            for award_id, entry in find_entries_of(self, "bid_id.partner_id").items()
        }

    def _get_cannot_finalise_reason(self):
        now = fields.Datetime.now()
        reasons = {}
        for award in self:
            # One evaluation is behind all awards of a tender, and falls with each.
            # sudo: an objection stops the award also for who may not read it.
            objections = award.sudo().tender_id._get_living_awards().objection_ids
            pending = objections.filtered(
                lambda objection: objection.state == "submitted"
            )
            if pending:
                reasons[award.id] = self.env._(
                    "the objection %s is not decided.", pending[0].name
                )
            elif award.standstill_end and now < award.standstill_end:
                reasons[award.id] = self.env._(
                    "the standstill lasts until %s.",
                    award.tender_id._format_moment(award.standstill_end),
                )
        return reasons

    def _get_cannot_annul_reason(self):
        reasons = {}
        is_server = self._flow_is_system()
        # sudo: whoever annuls need not read orders and contracts.
        for award in self.sudo():
            order = award.bid_id.purchase_order_id
            contract = award.contract_id
            if contract and contract.state != "cancelled":
                reasons[award.id] = self.env._(
                    "the contract %s rests on it; cancel that first. One that is "
                    "signed is terminated, and its award stays.",
                    contract.name,
                )
            elif not is_server and order.state in ("to approve", "purchase"):
                reasons[award.id] = self.env._(
                    "the order %s is confirmed; cancel it first.", order.name
                )
        return reasons

    def _get_cannot_create_contract_reason(self):
        reasons = {}
        for award in self:
            # sudo: procurement of another company may not read the contract.
            contract = award.sudo().contract_id
            if award.state != "final":
                reasons[award.id] = self.env._(
                    "it is not final: the contract follows after the standstill."
                )
            elif contract and contract.state != "cancelled":
                reasons[award.id] = self.env._(
                    "it has its contract already: %s.", contract.name
                )
        return reasons

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        server_write(
            self,
            {
                "submitted_by_id": self.env.uid,
                "submitted_date": fields.Datetime.now(),
            },
        )
        self.filtered(lambda award: award._tier_get_definitions()).request_validation()

    def _on_enter_approved(self, origins):
        server_write(
            self,
            {"approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()},
        )
        for award in self:
            award.tender_id._plan_activity(
                "mail_activity_type_award_notify", award.tender_id.user_id, None
            )
        self.tender_id._raise_award_above()

    def _on_enter_notified(self, origins):
        fresh = self
        for tender in self.tender_id:
            # Bidders hear of all awards at once, and have one standstill.
            rest = tender._get_living_awards().filtered(
                lambda award: award.state == "approved"
            )
            server_write(rest, {"state": "notified"})
            fresh |= rest
        now = fields.Datetime.now()
        for award in self:
            tender = award.tender_id
            server_write(
                award,
                {
                    "notified_by_id": self.env.uid,
                    "notified_date": now,
                    "standstill_end": procedure.standstill_end(
                        now,
                        tender._get_rule("standstill_days"),
                        tender.company_id._outsourcing_zone(),
                    ),
                },
            )
            # sudo: whoever notifies need not read scheduled actions.
            cron = self.env.ref("outsourcing_mgmt.ir_cron_award_finalise").sudo()
            cron._trigger(at=award.standstill_end)
        for tender in self.tender_id:
            living = tender._get_living_awards()
            if not all(living.mapped("notified_date")):
                # The award that brought the rest along tells of all.
                continue
            server_write(tender, {"state": "standstill"})
            tender._finish_activities("mail_activity_type_award_notify")
            (living & fresh)._mail_result()

    def _on_enter_final(self, origins):
        server_write(self, {"final_date": fields.Datetime.now()})
        # sudo: the clock takes this step, without rights on the tender.
        for tender in self.tender_id.sudo():
            living = tender._get_living_awards()
            if all(award.state == "final" for award in living):
                tell_award_final(living)
                server_write(tender, {"state": "awarded"})

    def _on_enter_annulled(self, origins):
        server_write(
            self,
            {"annulled_by_id": self.env.uid, "annulled_date": fields.Datetime.now()},
        )
        # One evaluation is behind all awards of a tender: it opens again for all.
        # sudo: a manager annuls without rights on the other awards.
        others = self.tender_id.sudo()._get_living_awards()
        for award in others:
            server_write(
                award, {"state": "annulled", "annul_reason": self[0].annul_reason}
            )
        if not others:
            # The last one of a tender: bidders hear once that all are annulled.
            told = self.filtered("notified_date")
            for tender in told.tender_id:
                told.filtered(lambda award, own=tender: award.tender_id == own)[
                    :1
                ]._mail_annulled()
        # sudo: a manager annuls without rights on tenders and bids.
        for tender in self.tender_id.sudo():
            if tender.state in ("award_proposed", "standstill", "awarded"):
                # The race begins again with everybody who was ranked.
                server_write(
                    tender.bid_ids.filtered(lambda bid: bid.state in ("won", "lost")),
                    {"state": "ranked"},
                )
                two = tender.envelopes == "two"
                server_write(tender, {"state": "price_opened" if two else "evaluation"})

    def _on_step(self, target, origins):
        for award in self:
            self.env["outsourcing.audit.log"]._record(
                award,
                f"award_{target}",
                {"bid": award.bid_id.id, "amount": award.amount_total},
                root=award.tender_id,
            )

    # ------------------------------------------------------------
    # TELLING BIDDERS
    # ------------------------------------------------------------

    def _mail_result(self):
        """Tell each bidder the result of a tender once, winners their own award.

        On the awards of one tender that are notified now. Before 1.7 each of several
        was told alone: who won one of those has heard of it.
        """
        # sudo: addresses and bids are read for the mails, whoever notifies.
        awards = self.sudo()
        heard = (awards.tender_id._get_living_awards() - awards).bid_id
        for bid in awards._get_told_bids():
            own = awards.filtered(lambda award, bid=bid: award.bid_id == bid)
            if bid in heard and not own:
                continue
            note_for_bidder(
                awards,
                own or awards[:1],
                bid,
                "outsourcing_mgmt.mail_template_award_winner"
                if own
                else "outsourcing_mgmt.mail_template_award_loser",
            )

    def _mail_annulled(self):
        # sudo: addresses and bids are read for the mails, whoever annuls.
        award = self.sudo()
        for bid in award._get_told_bids():
            note_for_bidder(
                award, award, bid, "outsourcing_mgmt.mail_template_award_annulled"
            )

    def _get_told_bids(self):
        """Return the bids whose vendors hear of the awards of their tender."""
        return self.tender_id.bid_ids.filtered(
            lambda bid: bid.state in ("ranked", "disqualified", "won", "lost")
        )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_finalise(self):
        """Make awards final whose standstill is over and undisputed."""
        disputed = [
            ("state", "!=", "annulled"),
            ("objection_ids", "any", [("state", "=", "submitted")]),
        ]
        awards = self.search(
            [
                ("state", "=", "notified"),
                ("standstill_end", "<=", fields.Datetime.now()),
                ("tender_id", "not any", [("award_ids", "any", disputed)]),
            ],
            order="standstill_end, id",
        )
        self.env["outsourcing.tender"]._cron_each(awards, "final")

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def _fill_from_bid(self):
        """Copy the lines and the amount of the winning bid."""
        # sudo: lines are facts of the bid; nobody has the right to write them.
        for award in self.sudo():
            bid = award.bid_id
            won, amount, parts = bid.line_ids, bid.amount_total, {}
            is_low = bid.is_abnormally_low
            if award.tender_id.award_by_line:
                parts = get_reference_parts(award.tender_id)
                won = won.filtered(lambda line: line.rank == 1)
                # Before prices were judged by service, the whole bid was.
                low = bid.line_ids.filtered("is_abnormally_low")
                is_low = is_low and (not low or bool(low & won))
                amount = get_total(
                    bid, [line.product_qty * line.price_unit for line in won]
                )
            server_unlink(award.line_ids)
            server_create(
                award.line_ids.browse(),
                [
                    {
                        "award_id": award.id,
                        "tender_line_id": line.tender_line_id.id,
                        "sequence": line.sequence,
                        "product_id": line.tender_line_id.product_id.id,
                        "name": line.name,
                        "product_qty": line.product_qty,
                        "product_uom_id": line.tender_line_id.product_uom_id.id,
                        "price_unit": line.price_unit,
                        "price_subtotal": line.price_subtotal,
                        "reference_amount": parts.get(line.tender_line_id.id, 0.0),
                    }
                    for line in won
                ],
            )
            server_write(
                award,
                {
                    "amount_total": amount,
                    "is_abnormally_low": is_low,
                },
            )

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def _prepare_contract(self):
        """Return the values of a contract that says what the awards say."""
        # sudo: the tender may be hidden from whoever makes the contract.
        awards = self.sudo()
        tender = awards.tender_id[:1]
        starts = [day for day in tender.request_ids.mapped("date_start") if day]
        ends = [day for day in tender.request_ids.mapped("date_end") if day]
        return {
            "subject": tender.subject,
            "partner_id": awards.partner_id[:1].id,
            "company_id": tender.company_id.id,
            "currency_id": tender.currency_id.id,
            "category_id": tender.category_id.id,
            "amount_total": sum(awards.mapped("amount_total")),
            "date_start": min(starts, default=False),
            "date_end": max(ends, default=False),
            # Of a tender that is split, nobody knows yet who sends how many.
            "headcount_agreed": 0
            if len(tender.award_ids.partner_id) > 1
            else sum(tender.request_ids.mapped("headcount")),
            "filing_days": tender._get_rule("filing_days"),
            "filing_day_kind": tender._get_rule("filing_day_kind"),
        }


def propose_award(tender, bids):
    """Make the award of ``tender`` for the bid that ranks first.

    By line there is one for each bid that ranks first for a line.

    :param bids: the bids that may win, with sudo (outsourcing.bid)
    :return: the awards (outsourcing.award)
    """
    winners = bids.filtered(lambda bid: bid.rank == 1)
    if tender.award_by_line:
        winners = bids.filtered(lambda bid: 1 in bid.line_ids.mapped("rank"))
    awards = tender.env["outsourcing.award"]
    # The database counts an award as alive until its annulment is written.
    awards.flush_model(["state"])
    awards = server_create(
        awards,
        [
            {
                "tender_id": tender.id,
                "bid_id": bid.id,
                "is_tie": _is_tie(bid, bids),
            }
            for bid in winners
        ],
    )
    awards._fill_from_bid()
    report = tender.env["ir.qweb"]._render(
        "outsourcing_mgmt.evaluation_report_content",
        tender._prepare_report_values(),
    )
    for award in awards:
        server_write(award, {"evaluation_report": report})
    return awards


def _is_tie(winner, bids):
    """Whether other bids have the total and the price of ``winner``.

    By line: for a service that it wins.
    """
    if winner.tender_id.award_by_line:
        won = winner.line_ids.filtered(lambda line: line.rank == 1)
        others = (bids - winner).line_ids.filtered("rank")

        def measure(line):
            return line.tender_line_id, line.total_score, line.price_subtotal

        return bool(set(map(measure, won)) & set(map(measure, others)))
    measure = (winner.total_score, winner.amount_total)
    return any((bid.total_score, bid.amount_total) == measure for bid in bids - winner)
