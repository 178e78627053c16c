from odoo import api, models
from odoo.tools import formatLang

from ...tools.one_record import check_one
from ..award.reference_share import get_reference
from ..base.groups import MANAGER, OFFICER, PROCUREMENT
from ..bid.vendor import get_declaration
from ..work.missing import get_rows
from .evaluation_bundle import get_bundle, get_digest
from .tender_file import get_annexes, is_joined

PHASES = {
    "draft": "file",
    **dict.fromkeys(("published", "closed"), "bidding"),
    **dict.fromkeys(("opened", "evaluation", "price_opened"), "evaluation"),
    **dict.fromkeys(("award_proposed", "standstill"), "award"),
    **dict.fromkeys(("awarded", "contracted"), "contract"),
    **dict.fromkeys(("failed", "cancelled"), "ended"),
}
"""What the status bar shows of the states."""


class OutsourcingTender(models.Model):
    """What a tender shows: the next step, the comparison, its documents."""

    _inherit = "outsourcing.tender"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_bid_count(self):
        # sudo: a number alone; the rules of the procedure need it for every user.
        bids = self.env["outsourcing.bid"].sudo()
        groups = bids._read_group(
            [
                ("tender_id", "in", self.ids),
                ("state", "not in", ("draft", "withdrawn")),
            ],
            ["tender_id"],
            ["__count"],
        )
        counts = {tender.id: count for tender, count in groups}
        for tender in self:
            tender.bid_count = counts.get(tender.id, 0)

    def _compute_invitation_count(self):
        counts = dict(
            self.env["outsourcing.tender.invitation"]._read_group(
                [("tender_id", "in", self.ids)], ["tender_id"], ["__count"]
            )
        )
        for tender in self:
            tender.invitation_count = counts.get(tender, 0)

    def _compute_open_question_count(self):
        counts = dict(
            self.env["outsourcing.tender.question"]._read_group(
                [("tender_id", "in", self.ids), ("state", "=", "new")],
                ["tender_id"],
                ["__count"],
            )
        )
        for tender in self:
            tender.open_question_count = counts.get(tender, 0)

    @api.depends("committee_ids.state")
    def _compute_has_proposed_members(self):
        for tender in self:
            tender.has_proposed_members = "proposed" in tender.committee_ids.mapped(
                "state"
            )

    @api.depends("score_ids.state")
    def _compute_scoring_progress(self):
        total, done = {}, {}
        for tender, state, count in self.env["outsourcing.score"]._read_group(
            [
                ("tender_id", "in", self.ids),
                ("member_id.is_voting", "=", True),
                ("struck_date", "=", False),
            ],
            ["tender_id", "state"],
            ["__count"],
        ):
            total[tender.id] = total.get(tender.id, 0) + count
            if state == "submitted":
                done[tender.id] = count
        for tender in self:
            count = total.get(tender.id)
            tender.scoring_progress = (
                100 * done.get(tender.id, 0) / count if count else 0
            )

    @api.depends("award_ids.state")
    def _compute_award_id(self):
        for tender in self:
            tender.award_id = tender._get_living_awards()[:1]

    def _compute_purchase_order_count(self):
        # sudo: readers of the tender see the number, purchase users the orders.
        orders = self.env["purchase.order"].sudo()
        counts = dict(
            orders._read_group(
                [("outsourcing_tender_id", "in", self.ids)],
                ["outsourcing_tender_id"],
                ["__count"],
            )
        )
        for tender in self:
            tender.purchase_order_count = counts.get(tender, 0)

    def _compute_purchase_group_id(self):
        for tender in self:
            # sudo: readers of the tender see the group, purchase users the orders.
            orders = tender.sudo().purchase_order_ids
            # sudo: taken back, so that the orders stay with those who may read them.
            tender.purchase_group_id = orders.purchase_group_id[:1].sudo(False)

    @api.depends(
        "reference_amount",
        "award_ids.state",
        "award_ids.amount_total",
        "award_ids.line_ids.reference_amount",
    )
    def _compute_saving(self):
        """Bidders know the award from its notice on; before it nothing is told."""
        for tender in self:
            told = tender.award_ids.filtered(
                lambda award: award.state in ("notified", "final")
            )
            living = tender._get_living_awards()
            amount = percent = 0.0
            if told and told == living and (reference := get_reference(told)):
                amount = reference - sum(told.mapped("amount_total"))
                percent = 100 * amount / reference
            tender.saving_amount, tender.saving_percent = amount, percent

    @api.depends("state")
    def _compute_phase(self):
        for tender in self:
            tender.phase = PHASES[tender.state]

    @api.depends("state", "is_scoring_complete", "bid_ids.state", "bid_ids.rank")
    @api.depends_context("uid", "lang")
    def _compute_comparison(self):
        for tender in self:
            tender.comparison = tender.is_opened and self.env["ir.qweb"]._render(
                "outsourcing_mgmt.evaluation_comparison",
                tender._prepare_report_values(),
            )

    @api.depends(
        *("state", "is_scoring_complete", "few_bids_date", "bid_deadline"),
        *("committee_ids.conflict_state", "committee_ids.state"),
        *("committee_ids.attended_at", "committee_ids.prices_attended_at"),
    )
    @api.depends_context("uid", "lang")
    def _compute_next_step(self):
        steps = self._get_next_steps()
        # Others read what is next; the reasons speak to those who act.
        acting = self._flow_user_in(PROCUREMENT, OFFICER, MANAGER)
        for tender in self:
            # Bids are closed by the clock before the job has written it.
            state = tender.state if tender.state != "published" else tender.state_now
            text, verb, actor = steps.get(state, ("", None, None))
            # sudo: who reads no award learns that its contract is due, and no more.
            tender.is_contract_due = (
                state == "contracted" and tender.sudo().award_ids._is_without_contract()
            )
            if state == "contracted" and not tender.is_contract_due:
                text = ""
            is_two = tender.envelopes == "two" and not tender.is_price_opened
            if tender.state == "evaluation" and is_two:
                part = "prices" if tender.is_scoring_complete else "two"
                text, verb, actor = steps[f"evaluation_{part}"]
            elif tender.state == "evaluation" and tender.is_scoring_complete:
                text, verb, actor = steps["price_opened"]
            if acting and verb == "propose_award" and tender.is_scoring_complete:
                text = tender._get_listed_winner_text() or text
            tender.next_step = text
            # sudo: members do not read the award, only what it waits for.
            record = tender if actor is None else tender.sudo()[actor]
            asked = acting and verb and record
            reasons = record._flow_get_reasons(verb) if asked else {}
            reason = reasons.get(record.id, "")
            if tender.state == "draft" and asked and not reason:
                tender.next_step = self.env._("The file is complete: publish it.")
            tender.blocked_reason = reason
            tender.missing = get_rows(tender.env, reason)

    @api.depends_context("uid")
    def _compute_hint_count(self):
        Hint = self.env["outsourcing.bid.hint"]
        counts = {}
        if Hint.has_access("read"):
            counts = dict(
                Hint._read_group(
                    [("tender_id", "in", self.ids)], ["tender_id"], ["__count"]
                )
            )
        for tender in self:
            tender.hint_count = counts.get(tender, 0)

    @api.depends(
        "state",
        "committee_ids.state",
        "committee_ids.conflict_state",
        "committee_ids.attended_at",
        "committee_ids.prices_attended_at",
    )
    @api.depends_context("uid")
    def _compute_my_member(self):
        mine = self.env["outsourcing.committee.member"].search(
            [
                ("tender_id", "in", self.ids),
                ("user_id", "=", self.env.uid),
                ("state", "=", "appointed"),
            ]
        )
        owed = {
            tender.id: count
            for tender, count in self.env["outsourcing.score"]._read_group(
                [
                    ("tender_id", "in", self.ids),
                    ("user_id", "=", self.env.uid),
                    ("state", "=", "draft"),
                ],
                ["tender_id"],
                ["__count"],
            )
        }
        unusual = {
            tender.id: count
            for tender, count in self.env["outsourcing.score"]._read_group(
                [
                    ("tender_id", "in", self.ids),
                    ("user_id", "=", self.env.uid),
                    ("is_outlier", "=", True),
                    ("explained_date", "=", False),
                    ("struck_date", "=", False),
                ],
                ["tender_id"],
                ["__count"],
            )
        }
        for tender in self:
            member = mine.filtered(lambda item, tender=tender: item.tender_id == tender)
            tender.my_member_id = member[:1]
            tender.my_can_declare = member[:1].conflict_state == "none"
            tender.my_can_withdraw = member[:1].can_withdraw
            tender.my_can_attend = member[:1].can_attend
            tender.my_score_count = owed.get(tender.id, 0)
            tender.my_outlier_count = unusual.get(tender.id, 0)

    def _search_my_can_attend(self, operator, value):
        """Find the tenders whose opening the current user may now confirm to attend."""
        if operator != "in":
            return NotImplemented
        members = self.env["outsourcing.committee.member"].search(
            [
                ("user_id", "=", self.env.uid),
                ("state", "=", "appointed"),
                ("tender_id.state", "in", ("published", "closed", "evaluation")),
            ]
        )
        return [("id", "in", members.filtered("can_attend").tender_id.ids)]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_declare_clear(self):
        """Declare for oneself, from the tender, that there is no conflict."""
        return self.my_member_id.action_declare(has_conflict=False)

    def action_declare_conflict(self):
        """Declare for oneself, from the tender, that there is a conflict."""
        return self.my_member_id.action_declare(has_conflict=True)

    @api.readonly
    def get_evaluation_bundle(self):
        """Return rules, bids, scores and ranking as one document with its SHA-256.

        ``tools/recompute.py`` re-computes the ranking from it without Odoo.
        """
        return get_bundle(self)

    def action_export_evaluation(self):
        """Download the document from which a script re-computes the ranking."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/outsourcing/tender/{self.id}/evaluation.json",
            "target": "download",
        }

    def action_confirm_presence(self):
        """Confirm for oneself, from the tender, to be present at its opening."""
        return self.my_member_id.action_attend()

    def action_view_hints(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_bid_hint_action"
        )
        return {**action, "domain": [("tender_id", "=", self.id)], "context": {}}

    def action_view_my_scores(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_score_my_action"
        )
        action["domain"] = [
            ("tender_id", "=", self.id),
            ("user_id", "=", self.env.uid),
        ]
        action["context"] = {"search_default_group_by_bid": True}
        return action

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_next_steps(self):
        """Return ``{state: (what is next, verb, field of the acting record)}``."""
        return {
            "draft": (
                self.env._(
                    "Complete the file, have it signed off by an officer, publish it."
                ),
                "publish",
                None,
            ),
            "published": (
                self.env._("Vendors bid. The tender closes by itself at the deadline."),
                "close",
                None,
            ),
            "closed": (
                self.env._("Open the bids before the committee."),
                "open",
                None,
            ),
            "opened": (
                self.env._(
                    "Check the bids, disqualify what is not in order, start the "
                    "evaluation."
                ),
                "start_evaluation",
                None,
            ),
            "evaluation": (
                self.env._("The committee scores; then propose the award."),
                "propose_award",
                None,
            ),
            "evaluation_two": (
                self.env._("The committee scores; then open the prices."),
                "open_prices",
                None,
            ),
            "evaluation_prices": (
                self.env._("All scores are in: open the prices before the committee."),
                "open_prices",
                None,
            ),
            "price_opened": (
                self.env._("All scores are in: propose the award."),
                "propose_award",
                None,
            ),
            "award_proposed": (
                self.env._("Give the reasons on the award, have it reviewed, notify."),
                None,
                "award_id",
            ),
            "standstill": (
                self.env._("Bidders may object; then the award becomes final."),
                "finalise",
                "award_id",
            ),
            "awarded": (
                self.env._("Confirm the order of the winner."),
                "confirm_order",
                None,
            ),
            "contracted": (
                self.env._("Create the contract of the award, and send it to sign."),
                None,
                None,
            ),
        }

    def _get_visible_bids(self):
        """Return the bids that the acting user may read, best first.

        A search, not ``bid_ids``: the field may hold what another environment
        of the transaction has read.
        """
        self.ensure_one()
        bids = self.env["outsourcing.bid"].search(
            [("tender_id", "=", self.id), ("technical_opened_at", "!=", False)]
        )
        return bids.sorted(lambda bid: (not bid.rank, bid.rank, bid.id))

    def _get_opening_records(self):
        """Return the frozen records of the openings that the acting user may read."""
        self.ensure_one()
        return self.env["outsourcing.opening.record"].search(
            [("tender_id", "=", self.id)], order="id"
        )

    def _get_rule_texts(self):
        """Return how bids are judged, as the notice and the tender file print it.

        :return: list of dicts with ``label`` and ``text``
        """
        self.ensure_one()
        # sudo: members are counted and not named, whoever reads the notice.
        members = self.sudo().committee_ids.filtered("is_voting")
        price = self.criterion_ids.filtered(lambda item: item.kind == "price")[:1]
        rows = [(self.env._("Points of the price"), self._get_price_rule(price))]
        for record in self.criterion_ids.filtered(lambda item: item.kind == "record"):
            text = self.env._(
                "The mean quality score of the vendor in the 12 months before the "
                "publication, out of 100, frozen with it. Without a record: %g %% of "
                "the points.",
                record.no_record_percent,
            )
            rows.append((record.name, text))
        rows.append((self.env._("Price ceiling"), self._get_ceiling_rule()))
        if self._get_scored_criteria():
            text = self.env._(
                "%s voting members; the points of a criterion are the mean of theirs.",
                len(members),
            )
            if experts := members.filtered(lambda item: item.role == "expert"):
                text = self.env._(
                    "%(count)s voting members, %(experts)s of them experts; the points "
                    "of a criterion are the mean of theirs.",
                    count=len(members),
                    experts=len(experts),
                )
            rows.append((self.env._("Committee"), text))
        if self.min_bidders > 1:
            text = self.env._(
                "With fewer than %s valid bids the tender fails, unless the "
                "outsourcing manager approves an exception.",
                self.min_bidders,
            )
            rows.append((self.env._("Fewest bids"), text))
        text = self.env._(
            "Of equal totals the lower price is first, then the higher technical "
            "score, then a lot whose seed is recorded."
        )
        rows.append((self.env._("Equal totals"), text))
        mean = self._get_rule("abnormally_low_mean_percent")
        next_higher = self._get_rule("abnormally_low_next_percent")
        if mean and next_higher:
            text = self.env._(
                "A price %(mean)g %% or more under the mean of the others, or "
                "%(next)g %% or more under the next higher one, must be explained "
                "before it wins.",
                mean=mean,
                next=next_higher,
            )
            rows.append((self.env._("Abnormally low price"), text))
        if self.standstill_days:
            text = self.env._(
                "Bidders may object in the %s calendar days after the notice of the "
                "award.",
                self.standstill_days,
            )
            rows.append((self.env._("Standstill"), text))
        if percent := self._get_rule("performance_guarantee_percent"):
            text = self.env._("%g %% of the contract, before it is signed.", percent)
            rows.append((self.env._("Performance guarantee"), text))
        return [{"label": label, "text": text} for label, text in rows]

    def _get_price_rule(self, criterion):
        """Say how the points of a price are computed."""
        if self.award_by_line and criterion.price_formula == "linear":
            return self.env._(
                "For each service: its lowest price gets all points, twice that price "
                "none, with a straight line in between."
            )
        if self.award_by_line:
            return self.env._(
                "For each service: its lowest price gets all points, each other one "
                "the share lowest price / its price."
            )
        if criterion.price_formula == "linear":
            return self.env._(
                "The lowest price gets all points, the reference price none, with a "
                "straight line in between."
            )
        return self.env._(
            "The lowest price gets all points, each other one the share lowest price / "
            "its price."
        )

    def _get_ceiling_rule(self):
        """Say what becomes of bids above the reference price."""
        if not self.has_price_ceiling:
            return self.env._("Bids above the reference price are evaluated, too.")
        if self._takes_partial_bids():
            return self.env._(
                "The best bids for all services together may not be above the "
                "reference price; no bid is rejected for its own total."
            )
        return self.env._("A bid above the reference price is rejected.")

    def _get_contract_drafts(self):
        """Return the drafts of the contract whose pages end the tender file."""
        return self._get_annexes().filtered(
            lambda document: (
                document.document_type == "contract_draft" and is_joined(document)
            )
        )

    def _get_annexes(self):
        """Return the documents that the tender file names."""
        self.ensure_one()
        return get_annexes(self)

    def _get_bid_declaration(self):
        """Return what each vendor declares with its bid."""
        return get_declaration(self.env)

    def _prepare_report_values(self):
        """Return what the comparison and the printed reports show.

        Means of scores only once all are in; prices only once they are open.
        """
        self.ensure_one()
        bids = self._get_visible_bids()
        means = self._get_means() if self.is_scoring_complete and bids else {}
        rows = [
            {
                "criterion": criterion,
                "cells": [self._format_cell(means, criterion, bid) for bid in bids],
            }
            for criterion in self.criterion_ids
        ]
        return {
            "tender": self,
            "bids": bids,
            "rows": rows,
            "places": self._prepare_places(bids),
            "outliers": self._get_outliers(),
            # sudo: the report names all members, whoever prints it.
            "members": self.sudo().committee_ids.filtered("is_voting"),
        }

    def _get_outliers(self):
        """Return the points far from the others that the reader may read of."""
        scores = self.env["outsourcing.score"]
        if not self.is_scoring_complete or not scores.has_access("read"):
            return scores
        return scores.search(
            [("tender_id", "=", self.id), ("is_outlier", "=", True)], order="id"
        )

    def _prepare_places(self, bids):
        """Return the bids for each service, best first, where each is awarded alone."""
        if not (self.award_by_line and self.is_price_opened):
            return []
        ranked = bids.line_ids.filtered(
            lambda line: line.rank and line.bid_id.state != "disqualified"
        ).grouped("tender_line_id")
        unoffered = self._get_unoffered_lines()
        return [
            {
                "name": line.name,
                "lines": ranked.get(line, bids.line_ids.browse()).sorted("rank"),
                "is_unoffered": line in unoffered,
            }
            for line in self.line_ids
            if line in ranked or line in unoffered
        ]

    def _prepare_outcome_values(self, bids):
        """Return what the evaluation report recommends, and who signs it.

        Awards are shown to those who may read them, losers with the awards.

        :param bids: outsourcing.bid that the reader may read, best first
        """
        awards = self.env["outsourcing.award"].search(
            [("tender_id", "=", self.id), ("state", "!=", "annulled")], order="id"
        )
        best = bids[:1].total_score
        done = self.is_scoring_complete and self.is_price_opened
        # sudo: the report names all members; the digest tells nothing of the scores.
        system = self.sudo()
        return {
            "awards": awards,
            "losers": [
                {"bid": bid, "behind": best - bid.total_score}
                for bid in bids - awards.bid_id
                if awards
            ],
            "signers": system.committee_ids.filtered(
                lambda member: member.state == "appointed"
            ),
            "digest": done and get_digest(system),
        }

    def _format_cell(self, means, criterion, bid):
        """Return the text of one bid under one criterion."""
        if criterion.kind == "price":
            if not self.is_price_opened or not bid.price_opened_at:
                return ""
            return formatLang(self.env, bid.amount_total, currency_obj=self.currency_id)
        if criterion.kind == "record":
            if not self.is_scoring_complete:
                return ""
            points = self._get_record_points(bid, criterion)
            return formatLang(self.env, float(points), digits=2)
        # sudo: the means are kept by records with sudo; nothing is read here.
        mean = means.get((bid.sudo(), criterion.sudo()))
        if mean is None:
            return ""
        if criterion.kind == "pass_fail":
            return self.env._("Pass") if mean > 0.5 else self.env._("Fail")
        return formatLang(self.env, float(mean), digits=2)
