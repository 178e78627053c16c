"""What ties a contract to its awards, and its parts and versions to it.

No methods of records, so that templates and server actions cannot call them.
"""

import logging

from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ...tools import deadline, figures
from ..base.grants import server_create, server_write
from ..base.groups import PROCUREMENT

_logger = logging.getLogger(__name__)

ANNEX_KINDS = ("annex", "price_list")
"""What is a part of the contract, and signed with it."""


def attach_awards(contract, awards):
    """Tie final awards and their orders to the new contract."""
    awards._flow_check_can("create_contract")
    # sudo: checked above; the links belong to the server, not to the caller.
    awards = awards.sudo()
    tender = awards.tender_id
    if len(tender) != 1 or len(awards.bid_id.partner_id) != 1:
        raise UserError(
            contract.env._("A contract has awards of one tender and one vendor.")
        )
    if awards.partner_id.commercial_partner_id != contract.commercial_partner_id:
        raise AccessError(
            contract.env._(
                "The award was won by %(winner)s; the contract cannot be with "
                "%(vendor)s.",
                winner=awards.partner_id.display_name,
                vendor=contract.partner_id.display_name,
            )
        )
    awarded = sum(awards.mapped("amount_total"))
    if (
        contract.currency_id != tender.currency_id
        or contract.currency_id.compare_amounts(awarded, contract.amount_total)
    ):
        reason = contract._get_award_amount_reason(awarded)
        # pylint: disable=translation-required
        raise UserError(f"{contract.name}: {reason}")
    server_write(
        contract,
        {
            "tender_id": tender.id,
            "award_date": contract.company_id._outsourcing_date(
                max(awards.mapped("final_date"))
            ),
            "sign_days": tender._get_rule("sign_days"),
        },
    )
    server_write(awards, {"contract_id": contract.id})
    if not tender.award_ids._is_without_contract():
        tender._finish_activities("mail_activity_type_tender_contract")
    _request_performance_guarantee(contract)
    orders = awards.bid_id.purchase_order_id
    orders.write({"outsourcing_contract_id": contract.id})
    contract.env["outsourcing.audit.log"]._record(
        contract,
        "contracted",
        {"contract": contract.name, "contract_id": contract.id},
        root=tender,
    )


def record_numbers(contracts):
    """Say in the log of each tender which number its contract got.

    The log names the draft by its provisional name; both steps have its id.
    """
    for contract in contracts:
        # sudo: whoever sends a contract to be signed need not read its tender.
        tender = contract.sudo().tender_id
        if tender:
            contract.env["outsourcing.audit.log"]._record(
                contract,
                "numbered",
                {"contract": contract.name, "contract_id": contract.id},
                root=tender,
            )


def _request_performance_guarantee(contract):
    """Request the performance guarantee that the tender of a new contract asks for."""
    percent = contract._get_guarantee_percent()
    if not percent:
        return
    # sudo: the guarantee follows from the award, whoever makes the contract.
    server_create(
        contract.env["outsourcing.contract.guarantee"].sudo(),
        [
            {
                "contract_id": contract.id,
                "company_id": contract.company_id.id,
                "currency_id": contract.currency_id.id,
                "guarantee_type": "performance",
                "amount": contract.currency_id.round(
                    contract.amount_total * percent / 100
                ),
            }
        ],
    )


def carry_milestones(contract):
    """Plan the deliveries of the contract before in the one that renews it.

    On the days that answer to theirs. Their order lines follow with the orders.

    :param contract: the successor
    """
    # sudo: whoever renews a contract need not read or plan deliveries.
    contract = contract.sudo()
    before = contract.predecessor_id
    server_create(
        contract.env["outsourcing.contract.milestone"],
        [
            {
                "contract_id": contract.id,
                "company_id": contract.company_id.id,
                "name": milestone.name,
                "description": milestone.description,
                "date_due": deadline.move_day(
                    milestone.date_due, before.date_start, contract.date_start
                ),
                "share": milestone.share,
                "quantity": milestone.quantity,
            }
            for milestone in before.milestone_ids.sorted("id")
        ],
    )


def carry_terms(contract):
    """Prepare what a contract that renewed itself needs, and ask procurement for it.

    Its orders as drafts, as those of the contract before are, and with them the order
    lines of its deliveries; its performance guarantees as requested; annexes and price
    lists, which go on as they were signed. Certificates stay where they are: what they
    lack is asked for under the contract in force. Ordering stays the act of a person:
    nothing is confirmed.

    :param contract: the successor, signed
    """
    # sudo: the scheduler carries on what both parties signed.
    contract = contract.sudo()
    env, before = contract.env, contract.predecessor_id
    server_create(
        env["outsourcing.contract.guarantee"],
        [
            {
                "contract_id": contract.id,
                "company_id": contract.company_id.id,
                "currency_id": guarantee.currency_id.id,
                "guarantee_type": guarantee.guarantee_type,
                "issuer": guarantee.issuer,
                "amount": guarantee.amount,
            }
            for guarantee in before.guarantee_ids
            if guarantee.guarantee_type == "performance"
            and guarantee.state in ("requested", "held")
        ],
    )
    try:
        # The contract is renewed whether its annexes can be listed or not.
        with env.cr.savepoint():
            _carry_annexes(contract)
        has_annexes = True
    except Exception:
        _logger.exception("The annexes of %s were not carried on", contract.name)
        has_annexes = False
    copies = {}
    try:
        # The contract is renewed whether its orders can be repeated or not.
        with env.cr.savepoint():
            for order in before.purchase_order_ids:
                if order.state == "purchase":
                    copies[order] = order.copy(
                        {
                            "outsourcing_contract_id": contract.id,
                            "origin": contract.name,
                        }
                    )
    except Exception:
        _logger.exception("The orders of %s were not repeated", contract.name)
        copies = {}
    for order, repeated in copies.items():
        _tie_milestones(contract, order, repeated)
    orders = env["purchase.order"].union(*copies.values())
    _ask_for_order(contract, orders, has_annexes)


def _carry_annexes(contract):
    """List what was signed with the contract before among the documents, too."""
    annexes = contract.predecessor_id.document_ids.filtered(
        lambda item: item.state == "current" and item.document_type in ANNEX_KINDS
    )
    server_create(
        contract.env["outsourcing.contract.document"],
        [
            {
                "contract_id": contract.id,
                "document_type": annex.document_type,
                "sequence": annex.sequence,
                "name": annex.name,
                "file": annex.file,
                "file_name": annex.file_name,
                "date_issue": annex.date_issue,
            }
            for annex in annexes.with_context(bin_size=False)
        ],
    )


def _tie_milestones(contract, order, repeated):
    """Give the deliveries of a renewal the lines of its order, as they were before.

    Where they do not fit any more, the deliveries stay without: whoever orders sees it.
    """
    try:
        with contract.env.cr.savepoint():
            pairs = zip(order.order_line, repeated.order_line, strict=True)
            lines = {line.id: following.id for line, following in pairs}
            for milestone, following in _pair_milestones(contract):
                if line := lines.get(milestone.purchase_line_id.id):
                    server_write(following, {"purchase_line_id": line})
    except Exception:
        _logger.exception("The deliveries of %s are without an order", contract.name)


def _pair_milestones(contract):
    """Return which delivery of a renewal answers to which of the contract before.

    One of the same name on the day that answers to its day; then one of the same name,
    where each contract has one left of it. What was deleted, added or renamed in the
    draft is paired with nothing.

    :return: pairs of a delivery before and one of ``contract``
    """
    before = contract.predecessor_id
    left = before.milestone_ids.sorted("id")
    open_rows = contract.milestone_ids.sorted("id")

    def get_day(milestone):
        start, first = before.date_start, contract.date_start
        return deadline.move_day(milestone.date_due, start, first)

    pairs = []
    for milestone in left:
        same = open_rows.filtered(
            lambda row, milestone=milestone: (
                row.name == milestone.name and row.date_due == get_day(milestone)
            )
        )[:1]
        if same:
            pairs.append((milestone, same))
            open_rows -= same
            left -= milestone
    names = left.grouped("name")
    for name, following in open_rows.grouped("name").items():
        if len(following) == len(names.get(name, ())) == 1:
            pairs.append((names[name], following))
    return pairs


def _ask_for_order(contract, orders, has_annexes):
    """Ask who orders for procurement, or the owner, to go on with a renewal.

    :param bool has_annexes: whether what was signed before is listed again
    """
    env = contract.env
    buyers = contract._flow_get_users_of(PROCUREMENT)
    user = (orders.user_id & buyers or buyers)[:1] or contract.owner_id
    texts = [
        env._("Check and confirm the orders: %s.", ", ".join(orders.mapped("name")))
        if orders
        else env._("Order the service of the new period.")
    ]
    if contract.guarantee_ids:
        texts.append(env._("Have the performance guarantee handed in."))
    if not has_annexes:
        texts.append(env._("Attach the annexes and price lists anew."))
    if contract.milestone_ids:
        texts.append(env._("Check the days of the deliveries."))
    elif contract.needs_milestones:
        texts.append(env._("Plan the deliveries."))
    contract.activity_schedule(
        "mail.mail_activity_data_todo",
        date_deadline=contract.company_id._outsourcing_today(),
        summary=env._("Renewed by itself: order the new period"),
        note=plaintext2html("\n".join(texts)),
        user_id=user.id or env.uid,
    )


def complete_from_contract(env, vals_list, *names):
    """Fill the Many2one fields ``names`` of new parts from their contract."""
    for vals in vals_list:
        if not vals.get("contract_id"):
            continue
        # sudo: whoever adds a part need not read all of its contract.
        contract = env["outsourcing.contract"].sudo().browse(vals["contract_id"])
        for name in names:
            vals.setdefault(name, contract[name].id)


def get_versions(contract):
    """Return what a contract came to from which day on, by its approved amendments.

    :return: ``[(first day, amount, last day of the contract)]``, see
        ``figures.list_versions``; empty without dates
    """
    if not contract.date_start or not contract.date_end:
        return []
    # sudo: whoever reads what a contract comes to need not read its amendments.
    approved = contract.sudo().amendment_ids.filtered(
        lambda item: item.state == "approved"
    )
    approved = approved.sorted(lambda item: (item.version, item.id))
    before = [day for day in approved.mapped("date_end_before") if day]
    company = contract.company_id
    return figures.list_versions(
        contract.date_start,
        before[0] if before else contract.date_end,
        contract.amount_total - sum(approved.mapped("amount_change")),
        [
            (
                item.date_effective or company._outsourcing_date(item.approved_on),
                item.amount_change,
                item.new_date_end,
            )
            for item in approved
        ],
    )
