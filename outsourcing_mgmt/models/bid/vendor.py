"""What a vendor does in the portal, called by its routes.

Functions, not methods: whoever may write a mail template or a server action could
otherwise act for any vendor, since records can be taken to the environment of any
user. The routes pass records with superuser rights in the environment of the
request; a vendor has no access rights of its own. Every function checks for itself
that the acting portal user is one of the persons who may act for the bidder, that
the record is in the right state and that the clock of the server is before the
deadline.
"""

import hashlib
from datetime import timedelta

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from ...tools import price_sheet, upload
from ..base.acting_person import check_person
from ..base.grants import server_create, server_write
from ..evaluation.outsourcing_bid_hint import find_hearings, write_answer
from .bid_points import get_outcome, get_places, get_points, get_told_awards
from .bid_refusals import (
    get_price_message,
    get_sheet_message,
    get_unread_message,
    get_upload_message,
)
from .one_click import once
from .outsourcing_bid_envelope import (
    answers_current_lines,
    delete_file,
    get_price_problem,
    get_price_rows,
    get_total,
    read_contents,
    read_file,
    read_files,
    write_draft,
    write_file,
)
from .outsourcing_bid_person import (
    ask_staff,
    check_typed,
    confirm_colleague,
    filter_acting,
    fix_persons,
    get_acting_users,
    get_digest,
    get_stop_message,
    get_waiting_users,
    request_person,
)

MAX_TEXT = 4000
QUESTIONS_AN_HOUR = 10
"""How many questions one vendor may ask about one tender within an hour."""

# ------------------------------------------------------------
# TENDERS AND INVITATIONS
# ------------------------------------------------------------


def find_invitations(tenders):
    """Return the acting vendor's invitations to ``tenders``, with sudo."""
    # sudo: a vendor has no access; the domain finds its own invitation only.
    invitations = tenders.env["outsourcing.tender.invitation"].sudo()
    return invitations.search(
        [
            ("tender_id", "in", tenders.ids),
            ("commercial_partner_id", "=", _get_vendor(tenders).id),
            ("state", "!=", "draft"),
        ]
    )


def note_visit(tender):
    """Note on the invitation of the acting vendor, if any, that it was opened."""
    invitation = find_invitations(tender)
    if invitation.state == "sent":
        server_write(invitation, {"state": "opened"})


def answer_invitation(tender, response):
    """Accept or decline as the acting vendor, which may change its mind.

    :param str response: ``accepted`` or ``declined``
    """
    invitation = find_invitations(tender)
    if not invitation:
        raise AccessError(tender.env._("Your company is not invited to this tender."))
    if not tender._is_bidding_open():
        raise UserError(tender._get_bidding_closed_message())
    if response not in ("accepted", "declined"):
        raise UserError(tender.env._("Answer that you will bid, or that you decline."))
    if invitation.response == "bid":
        raise UserError(
            tender.env._("You have a bid in this tender. Withdraw it first.")
        )
    _check_earlier(tender)
    record_answer(tender, invitation.partner_id, response)


def record_answer(tender, partner, response):
    """Note the answer of a vendor on its invitation, if it has one.

    :param res.partner partner: the vendor, or a person there
    :param str response: ``accepted``, ``declined`` or ``bid``
    """
    vendor = partner.commercial_partner_id
    # sudo: a vendor has no access to the invitations of a tender.
    for invitation in tender.sudo().invitation_ids:
        if invitation.commercial_partner_id != vendor or invitation.state == "draft":
            continue
        vals = {"response": response, "answered_at": fields.Datetime.now()}
        if invitation.state != "answered":
            vals["state"] = "answered"
        server_write(invitation, vals)


def ask_question(tender, text):
    """Ask a question about a tender as the acting vendor, once in the same words.

    :return: the question (outsourcing.tender.question)
    """
    earlier = _check_may_bid(tender)
    text = _clean_text(text)
    vendor = earlier.partner_id or _get_vendor(tender)
    # As the system, or the creator of the record would tell who asked.
    questions = tender.env["outsourcing.tender.question"].with_user(SUPERUSER_ID)
    said = f"{tender.id} {vendor.id} {text}".encode(errors="ignore")
    key = hashlib.sha256(said).hexdigest()
    if asked := questions.search([("asked_key", "=", key)], limit=1):
        # A second click.
        return asked
    if not tender._is_question_open():
        # sudo: a vendor has no access to tenders, and was told the deadline.
        system = tender.sudo()
        raise UserError(
            tender.env._(
                "Questions were received until %s.",
                system._format_moment(system.question_deadline),
            )
        )
    if not text:
        raise UserError(tender.env._("Write your question first."))
    if len(text) > MAX_TEXT:
        raise UserError(
            tender.env._("A question has at most %s characters; ask two.", MAX_TEXT)
        )
    _check_question_rate(tender)
    vals = {
        "tender_id": tender.id,
        "partner_id": vendor.id,
        "question": text,
        "asked_at": fields.Datetime.now(),
        "asked_key": key,
    }
    with once(tender.env.cr, "outsourcing_tender_question_asked_uniq"):
        question = server_create(questions, [vals])
    question.tender_id._plan_question_activity()
    return question


def _check_question_rate(tender):
    """Refuse more questions than a person asks."""
    # sudo: a vendor has no access to questions; the domain finds its own only.
    questions = tender.env["outsourcing.tender.question"].sudo()
    recent = questions.search_count(
        [
            ("tender_id", "=", tender.id),
            ("partner_id", "=", _get_vendor(tender).id),
            ("asked_at", ">=", fields.Datetime.now() - timedelta(hours=1)),
        ],
        limit=QUESTIONS_AN_HOUR,
    )
    if recent >= QUESTIONS_AN_HOUR:
        raise UserError(
            tender.env._(
                "You asked %s questions within an hour. Put the next ones into one "
                "text, or wait a little.",
                QUESTIONS_AN_HOUR,
            )
        )


# ------------------------------------------------------------
# FINDING AND STARTING A BID
# ------------------------------------------------------------


def find_bids(tenders):
    """Return the live bids of the acting vendor in ``tenders``, with sudo.

    One a tender: the bid that names the user as a person, or else the one of the
    company of the contact. Who finds a bid may not yet act for it; see
    :func:`get_stop_reason`.
    """
    bids = _find_own_bids(tenders).filtered(lambda bid: bid.state != "withdrawn")
    return _choose(bids)


def has_withdrawn(tender, bid_id):
    """Return whether the acting user withdrew this bid of the own company before."""
    return any(
        bid.id == bid_id and bid.state == "withdrawn" and not get_stop_reason(bid)
        for bid in _find_own_bids(tender)
    )


def start_bid(tender):
    """Return the acting vendor's bid, a new draft when there is none yet.

    A person who may not act for the bidder gets the bid, and there the reason.
    """
    bid = find_bids(tender)
    if bid and get_stop_reason(bid):
        return bid
    earlier = _check_may_bid(tender)
    if bid:
        return bid
    vendor = earlier.partner_id or _get_vendor(tender)
    # sudo: a vendor has no access to bids; it was checked that it may make one.
    bids = tender.env["outsourcing.bid"].sudo()
    bid = server_create(
        bids.with_context(mail_create_nosubscribe=True, mail_create_nolog=True),
        [
            {
                "tender_id": tender.id,
                "partner_id": vendor.id,
                "vendor_email": email_normalize(vendor.email or ""),
            }
        ],
    )
    fix_persons(bid, earlier)
    write_draft(
        bid,
        {"technical": {"note": "", "declaration": ""}, "price": {"lines": {}}},
    )
    return bid


def _find_own_bids(tenders):
    """Return all bids in ``tenders`` of the acting user or its company, with sudo."""
    # sudo: a vendor has no access; the domain finds its own bids only.
    bids = tenders.env["outsourcing.bid"].sudo()
    return bids.search(
        [
            ("tender_id", "in", tenders.ids),
            "|",
            ("partner_id", "=", _get_vendor(tenders).id),
            ("person_ids.user_id", "=", tenders.env.uid),
        ]
    )


def _choose(bids):
    """Return one bid a tender: where the user is a person, then the newest."""
    uid = bids.env.uid
    chosen = {}
    for bid in bids.sorted(lambda bid: (uid in bid.person_ids.user_id.ids, bid.id)):
        chosen[bid.tender_id] = bid
    return bids.browse([bid.id for bid in chosen.values()])


# ------------------------------------------------------------
# PERSONS WHO ACT FOR THE BIDDER
# ------------------------------------------------------------


def get_stop_reason(bid):
    """Say why the acting user may not act for the bidder, or return an empty text."""
    return "" if bid in filter_acting(bid) else get_stop_message(bid)


def read_persons(bid):
    """Return who may act for the bidder, for those who may.

    :return: dict with ``acting`` (res.users) and ``waiting``, a list of dicts:
        ``user`` and ``digest``, which confirms what was shown
    """
    _check_vendor(bid)
    return {
        "acting": get_acting_users(bid),
        "waiting": [
            {"user": user, "digest": get_digest(bid, user)}
            for user in get_waiting_users(bid)
        ],
    }


def add_colleague(bid, user_id, digest):
    """Let a colleague act for the bidder, by a person who may act for it."""
    confirm_colleague(bid, user_id, digest)


def ask_to_act(bid):
    """Ask colleagues, procurement and officer to confirm the acting user."""
    check_typed(bid.env)
    bid.ensure_one()
    if not get_stop_reason(bid):
        raise UserError(bid.env._("You may act for this bid already."))
    ask_staff(request_person(bid, bid.env.user))


# ------------------------------------------------------------
# READING ONE'S OWN BID
# ------------------------------------------------------------


def read_bid(bid):
    """Return what the vendor wrote, for itself.

    :return: dict with ``rows`` (line, price, note, subtotal), ``total``,
        ``problem``, ``note``, ``declared`` and ``files`` (id, name, size, kind)
    """
    _check_readable(bid)
    contents = read_contents(bid)
    rows = get_price_rows(bid, contents["price"])
    total = get_total(bid, [row["amount"] for row in rows])
    return {
        "rows": rows,
        "total": total,
        "problem": get_price_problem(bid, rows, total),
        "note": contents["technical"]["note"],
        "declared": bool(contents["technical"]["declaration"]),
        "files": read_files(bid, "name", "size"),
    }


def get_file(bid, file_id):
    """Return ``(name, bytes)`` of a file of the vendor's bid, or None."""
    _check_readable(bid)
    return read_file(bid, file_id)


def export_prices(bid):
    """Return the price list of the vendor's bid as an XLSX."""
    content = read_bid(bid)
    lines = {line.id: line for line in bid.tender_id.line_ids}
    return price_sheet.write(
        _get_headers(bid),
        [
            (
                row["line"],
                lines[row["line"]].name,
                lines[row["line"]].product_qty,
                lines[row["line"]].product_uom_id.name,
                None if row["price"] is None else float(row["price"]),
                row["note"],
            )
            for row in content["rows"]
        ],
    )


def _get_headers(bid):
    """Return the titles of the price list in the language of the environment."""
    return [
        bid.env._("Line"),
        bid.env._("Description"),
        bid.env._("Quantity"),
        bid.env._("Unit"),
        bid.env._("Unit Price (%s, without tax)", bid.currency_id.name),
        bid.env._("Delivery"),
    ]


# ------------------------------------------------------------
# WRITING THE DRAFT
# ------------------------------------------------------------


def get_declaration(env):
    """Return the text that a vendor agrees to when it seals."""
    return env._(
        "We have read the tender documents and all addenda, accept their "
        "conditions, offer the prices independently of other bidders, and are "
        "bound by this bid until the award is final."
    )


def save_draft(bid, prices=None, note=None, declared=None):
    """Keep what the vendor typed.

    :param dict prices: ``{tender line id: (price text, delivery note)}``
    :param str note: remarks
    :param bool declared: whether the declaration is ticked
    """
    _check_may_change(bid)
    contents = read_contents(bid)
    if prices is not None:
        contents["price"]["lines"] = _parse_prices(bid, prices)
    if note is not None:
        contents["technical"]["note"] = _clean_text(note)[:MAX_TEXT]
    if declared is not None:
        contents["technical"]["declaration"] = (
            get_declaration(bid.env) if declared else ""
        )
    write_draft(bid, contents)


def import_prices(bid, content):
    """Take the prices that a list states into the draft; others stay as they are.

    :param bytes content: an XLSX
    :return: ``(number of prices, texts of what could not be read)``
    """
    _check_may_change(bid)
    digits = bid.env["decimal.precision"].precision_get("Product Price")
    # The list may have been downloaded in another language.
    languages = [code for code, _name in bid.env["res.lang"].get_installed()]
    headers = [_get_headers(bid.with_context(lang=code)) for code in languages]
    try:
        prices = price_sheet.read(content, headers, digits, _get_marks(bid))
    except price_sheet.PriceSheetError as error:
        raise UserError(get_sheet_message(bid.env, error)) from error
    _check_lines(bid, prices.found)
    contents = read_contents(bid)
    lines = contents["price"]["lines"]
    count, unread = 0, {key for _row, key, _error in prices.unread}
    for line_id, (price, note) in prices.found.items():
        known = lines.get(str(line_id), {})
        count += price is not None
        # Where bids may be for some services, an empty price takes the offer back.
        is_kept = line_id in unread or not bid.tender_id._takes_partial_bids()
        lines[str(line_id)] = {
            "price": f"{price:f}"
            if price is not None
            else is_kept and known.get("price") or None,
            "note": _clean_text(note) or known.get("note", ""),
        }
    unread = [get_unread_message(bid, *problem) for problem in prices.unread]
    if not count:
        message = [bid.env._("No price was read from the list."), *unread]
        raise UserError("\n".join(message))
    write_draft(bid, contents)
    return count, unread


def add_file(bid, name, content, kind="technical"):
    """Put a file into an envelope of the draft."""
    _check_may_change(bid)
    if kind not in ("technical", "price"):
        kind = "technical"
    name = upload.clean_name(name)
    problem = upload.problem(name, content, len(read_files(bid)))
    if problem:
        raise UserError(get_upload_message(bid.env, problem, name))
    write_file(bid, kind, name, content)


def remove_file(bid, file_id):
    """Take a file out of the draft."""
    _check_may_change(bid)
    if not delete_file(bid, file_id):
        raise UserError(bid.env._("This file is not part of your bid."))


class PriceInputError(UserError):
    """Prices that cannot be kept, with what is wrong for each line."""

    def __init__(self, problems):
        """:param dict problems: ``{tender line id: text}``"""
        super().__init__("\n".join(problems.values()))
        self.problems = problems


def _parse_prices(bid, prices):
    """Return the draft of the lines, or raise naming all lines that are wrong."""
    digits = bid.env["decimal.precision"].precision_get("Product Price")
    _check_lines(bid, prices)
    marks = _get_marks(bid)
    parsed, problems = {}, {}
    for line_id, (text, note) in prices.items():
        price = None
        try:
            price = price_sheet.parse_price(text, digits, marks)
        except price_sheet.PriceError as error:
            problems[line_id] = get_price_message(bid, line_id, error)
        parsed[str(line_id)] = {
            "price": None if price is None else f"{price:f}",
            "note": _clean_text(note)[: price_sheet.MAX_NOTE],
        }
    if problems:
        raise PriceInputError(problems)
    return parsed


def _check_lines(bid, keys):
    if unknown := set(keys) - set(bid.tender_id.line_ids.ids):
        raise UserError(
            bid.env._("Line %s is not part of this tender.", min(unknown, default=""))
        )


def _get_marks(bid):
    currency = bid.currency_id
    return price_sheet.get_currency_marks(currency.name, currency.symbol)


# ------------------------------------------------------------
# AFTER SEALING
# ------------------------------------------------------------


def replace_bid(bid):
    """Withdraw the bid and return a new draft that begins with its content."""
    _check_readable(bid)
    _check_in_time(bid)
    content = read_bid(bid)
    files = [(file["kind"], *read_file(bid, file["id"])) for file in content["files"]]
    tender = bid.tender_id
    bid.action_withdraw()
    draft = start_bid(tender)
    save_draft(
        draft,
        prices={row["line"]: (row["price"], row["note"]) for row in content["rows"]},
        note=content["note"],
    )
    for kind, name, data in files:
        add_file(draft, name, data, kind)
    return draft


def reconfirm_bid(bid):
    """Keep the sealed bid as it is after an addendum."""
    check_person(bid)
    _check_vendor(bid)
    _check_in_time(bid)
    if bid.state != "sealed":
        raise UserError(bid.env._("Only a sealed bid is confirmed."))
    if not answers_current_lines(bid):
        raise UserError(
            bid.env._(
                "An addendum changed the services or their quantities: replace your "
                "bid. Your prices are filled in; check them and seal it again."
            )
        )
    # sudo: nobody has write access to bids; only the procedure writes them.
    server_write(
        bid.sudo(),
        {"needs_reconfirmation": False, "reconfirmed_at": fields.Datetime.now()},
    )
    bid._audit("reconfirm")


# ------------------------------------------------------------
# RESULT
# ------------------------------------------------------------


def get_result(bid):
    """Return what the vendor may know of the outcome, or None before it.

    :return: dict with ``awards`` (see ``bid_points.get_outcome``), ``won`` (any of
        them) and the own ``points`` and ``places``
    """
    _check_vendor(bid)
    # sudo: means of the own bid alone, and awards that are notified.
    bid = bid.sudo()
    awards = get_outcome(bid, get_told_awards(bid.tender_id))
    if not awards:
        return None
    return {
        "awards": awards,
        "won": any(row["won"] for row in awards),
        "points": get_points(bid),
        "places": get_places(bid),
    }


def get_state(bid):
    """Return the state as the vendor may know it: no result before its notice."""
    bid.ensure_one()
    if get_stop_reason(bid):
        return "stopped"
    if bid.state == "draft":
        return "draft"
    if bid.state == "sealed":
        if not bid.needs_reconfirmation:
            return "sealed"
        return "confirm" if answers_current_lines(bid) else "replace"
    result = get_result(bid)
    if bid.tender_id.state in ("failed", "cancelled"):
        return "ended"
    if not result:
        return "evaluation"
    return "won" if result["won"] else "lost"


def object_to_award(bid, reason, award_id=None):
    """Object to an award in its standstill.

    :param int award_id: which one, where several were told; the only one by default
    :return: the objection (outsourcing.objection)
    """
    check_person(bid)
    _check_vendor(bid)
    result = get_result(bid)
    reason = _clean_text(reason)[:MAX_TEXT]
    rows = [
        row
        for row in (result or {}).get("awards", ())
        if award_id in (None, row["award"].id)
    ]
    for row in rows:
        if row["objection"] and row["objection"].reason == reason:
            # A second click.
            return row["objection"]
    awards = [row["award"] for row in rows if row["may_object"]]
    if len(awards) != 1:
        raise UserError(
            bid.env._(
                "Objections are received once from each vendor to each award that it "
                "did not win, in the standstill between the notice of the award and "
                "its becoming final."
            )
        )
    if not reason:
        raise UserError(bid.env._("Write the reason of your objection."))
    # sudo: a vendor has no access to objections; the checks above are the right.
    objections = bid.env["outsourcing.objection"].sudo()
    with once(bid.env.cr, "outsourcing_objection_bid_uniq"):
        return objections.create(
            {"award_id": awards[0].id, "bid_id": bid.id, "reason": reason}
        )


# ------------------------------------------------------------
# RULES
# ------------------------------------------------------------


def get_hearings(bid):
    """Return what the committee asked this vendor about its bid."""
    _check_vendor(bid)
    return find_hearings(bid)


def answer_hearing(bid, hearing_id, text):
    """Answer a question of the committee, once."""
    check_person(bid)
    _check_vendor(bid)
    write_answer(bid, hearing_id, text)


def _clean_text(text):
    """Return what a vendor typed, ready to be stored: PostgreSQL takes no NUL."""
    return (text or "").replace("\0", "").strip()


def _get_vendor(records):
    """Return the company for which the acting user acts (res.partner)."""
    return records.env.user.partner_id.commercial_partner_id


def _check_earlier(tender):
    """Raise where the vendor has a bid whose persons do not include the user.

    :return: that bid, withdrawn or not, with sudo
    """
    earlier = _choose(_find_own_bids(tender))
    if earlier and (reason := get_stop_reason(earlier)):
        raise AccessError(reason)
    return earlier


def _check_may_bid(tender):
    """Raise unless the acting user may bid now.

    :return: the vendor's newest bid in the tender, withdrawn or not, with sudo
    """
    tender.ensure_one()
    user = tender.env.user
    if not user.has_group("base.group_portal"):
        raise AccessError(
            tender.env._("Bids are made by vendors with their portal account.")
        )
    earlier = _check_earlier(tender)
    vendor = earlier.partner_id or user.partner_id
    if not tender._vendor_is_eligible(vendor):
        raise AccessError(tender.env._("Your company is not invited to this tender."))
    if not tender._is_bidding_open():
        raise UserError(tender._get_bidding_closed_message())
    return earlier


def _check_vendor(bid):
    bid.ensure_one()
    if bid in filter_acting(bid):
        return
    user = bid.env.user
    # sudo: a vendor has no access to the persons of a bid.
    known = bid.sudo().person_ids.user_id
    if user in known or user.partner_id.commercial_partner_id == bid.partner_id:
        raise AccessError(get_stop_message(bid))
    raise AccessError(bid.env._("This is the bid of another vendor."))


def _check_readable(bid):
    _check_vendor(bid)
    if bid.state == "withdrawn":
        raise UserError(
            bid.env._("A withdrawn bid stays sealed: nobody reads what it said.")
        )


def _check_in_time(bid):
    if not bid.tender_id._is_bidding_open():
        bid._audit_if_late("late_attempt")
        raise UserError(bid.tender_id._get_bidding_closed_message())


def _check_may_change(bid):
    _check_vendor(bid)
    _check_in_time(bid)
    if bid.state != "draft":
        raise UserError(
            bid.env._(
                "Your bid is sealed. Withdraw or replace it before you change it."
            )
        )
