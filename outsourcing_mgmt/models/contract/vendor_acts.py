"""Acts of a vendor on its contract, called by the routes of the portal.

Vendors have no rights on contracts. These functions check that the contract is the
vendor's and then write for it. They are no methods of records, so that templates and
server actions cannot act for a vendor.
"""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ...tools.signature import read_signature, read_typed_name
from ..base.acting_person import check_person
from ..base.grants import server_write
from ..bid.outsourcing_bid_person import (
    check_typed,
    filter_standing,
    find_acting,
    find_users,
    get_acting_users,
)
from ..integrity.kept_files import check_intact


def find_contracts(env):
    """Return the contracts for which the acting portal user acts, with sudo.

    Who acts follows from the bid that won the contract, whose persons are fixed, and
    not from the contacts of today. For a contract without a bid it is the users of the
    vendor, but none who is a person of another bidder, or whose contact was moved under
    the vendor after the contract was drawn up.
    """
    user = env.user
    # sudo: vendors have no rights; what is found is filtered below.
    contracts = env["outsourcing.contract"].sudo()
    if not user.has_group("base.group_portal"):
        return contracts
    vendor = user.partner_id.commercial_partner_id
    # sudo: vendors have no access to the persons of a bid.
    rows = env["outsourcing.bid.person"].sudo().search([("user_id", "=", user.id)])
    return filter_own(
        contracts.search(
            [
                ("state", "not in", ("draft", "cancelled")),
                "|",
                ("commercial_partner_id", "=", vendor.id),
                ("commercial_partner_id", "in", rows.vendor_id.ids),
            ]
        ),
        user.partner_id,
    )


def find_days(contract, month):
    """Return the days on site of a month for the vendor of a contract, with sudo.

    Planned and confirmed ones, and days on which somebody did not come.

    :param contract: of :func:`find_contracts`
    :param date month: any day of the month
    """
    first = month.replace(day=1)
    return contract.env["outsourcing.roster.day"].search(
        [
            ("contract_id", "=", contract.id),
            ("date", ">=", first),
            ("date", "<", first + relativedelta(months=1)),
        ],
        order="partner_id, date",
    )


def count_due(contracts):
    """Return what a vendor has to do on its contracts.

    :param contracts: of :func:`find_contracts`
    :return: dict: ``to_sign`` (contracts, or their handover) and ``deliveries``, each
        a recordset
    """
    to_sign = contracts.filtered(
        lambda item: (
            (item.state == "to_sign" and not item.vendor_signed_on)
            or find_handover(item)
        )
    )
    deliveries = contracts.milestone_ids.filtered(
        lambda item: item._is_due_to_report() and item.contract_id.state != "terminated"
    )
    return {"to_sign": to_sign, "deliveries": deliveries}


def filter_own(contracts, partner):
    """Return those of the contracts for which a person acts, to let it act.

    :param partner: partner of the portal user (res.partner)
    """
    check_typed(contracts.env)
    return find_own(contracts, partner)


def find_own(contracts, partner):
    """Return those of the contracts for which a person acts, whoever asks.

    :param partner: partner of the portal user (res.partner)
    """
    vendor = partner.commercial_partner_id
    # sudo: vendors have no rights on contracts, awards and bids.
    contracts = contracts.sudo()
    bids = {contract: _get_bids(contract) for contract in contracts}
    # sudo: whoever asks need not read the users of the partner.
    user = partner.sudo().user_ids[:1]
    acting = find_acting(
        contracts.browse().award_ids.bid_id.union(*bids.values()), user
    )
    # sudo: vendors have no access to the persons of a bid.
    rows = contracts.env["outsourcing.bid.person"].sudo()
    rows = rows.search([("user_id", "in", user.ids)])
    rivals = rows.vendor_id - vendor
    return contracts.filtered(
        lambda contract: (
            bool(bids[contract] & acting)
            if bids[contract]
            else contract.commercial_partner_id == vendor
            and not rivals
            and _is_at_home(contract, user)
        )
    )


def _is_at_home(contract, user):
    """Whether a user of the vendor was no other vendor's when it was drawn up."""
    moved = user.outsourcing_moved_on
    return not moved or moved <= contract.create_date or user in contract.signer_ids


def get_acting_for(contract):
    """Return who acts for the bid behind a contract, as users; none without a bid."""
    users = contract.env["res.users"]
    return users.union(*(get_acting_users(bid) for bid in _get_bids(contract)))


def _get_bids(contract):
    """Return the bids that won a contract, or the one that it renews."""
    seen = contract.browse()
    while contract and not contract.award_ids and contract not in seen:
        seen |= contract
        contract = contract.predecessor_id
    return contract.award_ids.bid_id


def fix_signers(contracts):
    """Fix who may sign for the vendor contracts that follow from no bid.

    The users of the vendor now; where it has some whom nobody else made or changed
    since the contract was drawn up, these.
    """
    # sudo: whoever sends a contract need not read users of vendors.
    for contract in contracts.sudo():
        users = find_users(contract.commercial_partner_id)
        users = filter_standing(users, contract.create_date) or users
        if _get_bids(contract):
            users = users.browse()
        server_write(
            contract,
            {
                "signer_ids": [Command.set(users.ids)],
                "signers_fixed_on": fields.Datetime.now(),
            },
        )


def _check_signer(contract):
    """Raise unless the acting user is one of the fixed signers, unchanged."""
    if _get_bids(contract):
        return
    # sudo: vendors read no users; only the own user is compared.
    system = contract.sudo()
    signers = system.signer_ids & contract.env.user
    if not filter_standing(signers, system.signers_fixed_on):
        raise UserError(
            contract.env._(
                "You cannot sign %(contract)s: you were no user of %(vendor)s when it "
                "was sent to be signed, or your log-in, mail address or password was "
                "changed by somebody else since. A colleague who was signs it; or "
                "procurement sends it again, or files the copy signed on paper.",
                contract=contract.name,
                vendor=contract.commercial_partner_id.name,
            )
        )


def sign_contract(contract, partner, name, signature):
    """Keep the vendor's signature under this content; procurement records the signing.

    :param partner: partner of the portal user (res.partner)
    :param str name: who signs
    :param signature: drawn signature, base64 image
    :raise UserError: where there is nothing for this vendor to sign, or where name
        or image say nothing
    """
    try:
        image = read_signature(signature)
    except ValueError as error:
        raise UserError(
            contract.env._(
                "The signature is empty or cannot be read. Draw it again, or sign by "
                "typing your name."
            )
        ) from error
    _sign(contract, partner, name, image)


def sign_contract_by_name(contract, partner, name):
    """Sign for a vendor who types the name and draws nothing.

    :param partner: partner of the portal user (res.partner)
    :param str name: full name of who signs
    :raise UserError: as :func:`sign_contract`
    """
    _sign(contract, partner, name, False)


def _sign(contract, partner, name, image):
    check_person(contract)
    _check_own(contract, partner)
    if _is_signed_by(contract, name):
        # A second click, or the page after a first one that was slow.
        return
    if contract.state != "to_sign":
        raise UserError(
            contract.env._(
                '%(name)s is "%(state)s": there is nothing to sign now.',
                name=contract.name,
                state=contract._flow_state_label(contract.state),
            )
        )
    _check_signer(contract)
    if contract.vendor_signed_on:
        raise UserError(contract.env._("%s is signed already.", contract.name))
    name = read_typed_name(name)
    if not name:
        raise UserError(contract.env._("Give the full name of who signs."))
    check_intact(contract)
    content = contract._get_content_hash()
    server_write(
        contract,
        {
            "vendor_signature": image,
            "vendor_signed_by": name,
            "vendor_signed_hash": content,
            "vendor_signed_on": fields.Datetime.now(),
        },
    )
    if image and not contract.vendor_signature:
        raise UserError(
            contract.env._(
                "The signature is empty or cannot be read. Draw it again, or sign by "
                "typing your name."
            )
        )
    contract.env["outsourcing.audit.log"]._record(
        contract, "vendor_signed", {"name": name, "content": content}
    )
    contract.message_post(
        body=contract.env._("Signed for the vendor by %s.", name),
        author_id=partner.id,
    )


def find_handover(contract):
    """Return the handover that waits for the signature of the acting user, with sudo.

    Each point has an answer, and the list is not signed as it is now.

    :param contract: of :func:`find_contracts`
    """
    return _find_unsigned(contract).filtered(_may_sign_handover)


def _may_sign_handover(leaving):
    """Whether the acting user of the vendor signs a handover.

    One who signs for the contract; or whom nobody else made or changed since the
    handover began, as the contract may be years old.
    """
    contract, user = leaving.contract_id, leaving.env.user
    if _get_bids(contract):
        return True
    signers = contract.signer_ids & user
    return bool(
        (signers and filter_standing(signers, contract.signers_fixed_on))
        or filter_standing(user, leaving.create_date)
    )


def _find_unsigned(contract):
    """Return the handover whose list the vendor has not signed as it is now."""
    return contract.exit_ids.filtered(
        lambda item: (
            item.state == "open"
            and item.line_ids
            and not item.waiting_count
            and item.vendor_signed_hash != item._get_content_hash()
        )
    )


def sign_handover(contract, partner, name, digest):
    """Sign for a vendor the list of what was handed over, as the page showed it.

    :param partner: partner of the portal user (res.partner)
    :param str name: full name of who signs
    :param str digest: hash of the list on the page
    :raise UserError: where there is nothing for this vendor to sign
    """
    env = contract.env
    check_person(contract)
    _check_own(contract, partner)
    leaving = find_handover(contract)[:1]
    name = read_typed_name(name)
    if not leaving and _find_unsigned(contract):
        raise UserError(
            env._(
                "You cannot sign the handover of %s: your log-in, mail address or "
                "password was made or changed by somebody else since it began. A "
                "colleague signs it, or both parties sign it on paper.",
                contract.name,
            )
        )
    if not leaving:
        raise UserError(env._("There is no handover to sign now."))
    if leaving._get_content_hash() != digest:
        raise UserError(
            env._("The list has changed meanwhile. Read it again, then sign.")
        )
    if not name:
        raise UserError(env._("Give the full name of who signs."))
    server_write(
        leaving,
        {
            "vendor_signed_by": name,
            "vendor_signed_hash": digest,
            "vendor_signed_on": fields.Datetime.now(),
        },
    )
    env["outsourcing.audit.log"]._record(
        leaving, "vendor_signed", {"name": name, "content": digest}, root=contract
    )
    leaving.message_post(
        body=env._("Signed for the vendor by %s.", name), author_id=partner.id
    )


def _is_signed_by(contract, name):
    """Whether the same person has just signed what the contract says now."""
    return bool(
        contract.vendor_signed_on
        and contract.vendor_signed_by == read_typed_name(name)
        and contract.vendor_signed_hash == contract._get_content_hash()
    )


def submit_milestones(milestones, partner):
    """Report deliveries for the vendor who owns their contract.

    :param partner: partner of the portal user (res.partner)
    :raise UserError: where a contract is not the vendor's
    """
    for milestone in milestones:
        _check_own(milestone.contract_id, partner)
        begins = milestone.sudo().date_due.replace(day=1)  # sudo: its own, see above
        # sudo: vendors may not read companies.
        if begins > milestone.sudo().company_id._outsourcing_today():
            raise UserError(
                milestone.env._(
                    "%(delivery)s is reported from %(day)s on, when its month begins.",
                    delivery=milestone.sudo().name,  # sudo: its own
                    day=format_date(milestone.env, begins),
                )
            )
    # sudo: vendors have no right to write; these are the vendor's own deliveries.
    server_write(milestones.sudo(), {"state": "submitted"})


def _check_own(contract, partner):
    if (
        not partner
        or contract not in filter_own(contract, partner)
        or contract.state in ("draft", "cancelled")
    ):
        raise UserError(contract.env._("This contract is not one of yours."))
