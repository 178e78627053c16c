"""The persons who may act for a bidder, fixed when its bid begins.

Which users belong to a company follows from contacts, which employees change. A bid
therefore keeps its own list: the portal users of the vendor when the bid began, each
with the facts that make up that identity (log-in, mail address, password, contact and
company). Users who are new, or whom somebody else changed since the tender began, wait
where the vendor has others: they may have been placed there for the bid. Whoever is
not on the list, or is not any more what the list says, neither reads nor replaces nor
withdraws the bid. What is sealed stays valid and is opened.

The functions are module-level, so that code that people type into the database
(mail template, server action) does not confirm persons.
"""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, email_normalize, format_list

from ...tools import sealing
from ..approval.outsourcing_joint_mixin import (
    ask_joint,
    confirm_joint,
    request_joint,
)
from ..base.acting_person import check_person
from ..base.grants import is_evaluated_code_running, server_write
from ..base.groups import OFFICER, PROCUREMENT

RUNNING_STATES = ("draft", "sealed", "opened", "qualified", "ranked")
"""States of bids for which a change of persons is told to those who must act; and of
the bid that won, whose persons act for the contract."""
CHANGED_ON = "outsourcing_changed_on"
"""Field of portal users: when somebody else made or changed them."""
HOME = "outsourcing_home_id"
MOVED_ON = "outsourcing_moved_on"
"""Fields of portal users: the vendor that they are of, and when they left it."""
ENDED_STATES = ("awarded", "contracted", "failed", "cancelled")
SELF_MADE = ("login", "mail", "password")
"""Facts that a person may change for itself and stay the same person."""
BASES = [
    ("start", "User of the vendor when the bid began"),
    ("earlier", "As for the vendor's earlier bid"),
    ("changed", "Changed after the bid began"),
    ("new", "New user of the vendor"),
]


class OutsourcingBidPerson(models.Model):
    """One person who may act for a bidder, or who waits to be confirmed for it.

    Rows are kept: who was added, when, by whom and for what reason. A confirmed row
    counts only while the facts that it was confirmed for are unchanged. Rows of the
    persons that were there when the bid began are no requests.

    ============  ============================  =====================================
    Action        Who                           Restriction
    ============  ============================  =====================================
    fix           the server                    when the bid begins
    confirm       an earlier person (portal)    not for itself
    confirm       procurement and officer       two users, neither made the change
    refuse        procurement or officer
    ============  ============================  =====================================
    """

    _name = "outsourcing.bid.person"
    _description = "Person Acting for a Bidder"
    _inherit = ["outsourcing.joint.mixin"]
    _order = "bid_id desc, id"
    _rec_name = "user_id"

    _joint_roles = {"procurement": PROCUREMENT, "officer": OFFICER}
    _joint_sets = (("procurement", "officer"),)
    _joint_activity = "outsourcing_mgmt.mail_activity_type_bid_person"
    _flow_groups = {
        "confirm": (OFFICER, PROCUREMENT),
        "refuse": (OFFICER, PROCUREMENT),
    }
    _flow_system_fields = frozenset(
        {"bid_id", "basis", "facts", "is_current", "is_staff_asked"}
    )

    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    tender_id = fields.Many2one(related="bid_id.tender_id", store=True, index=True)
    company_id = fields.Many2one(related="bid_id.company_id", store=True, index=True)
    vendor_id = fields.Many2one(related="bid_id.partner_id", string="Vendor")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Portal User",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    login = fields.Char(related="user_id.login")
    email = fields.Char(related="user_id.email")
    basis = fields.Selection(selection=BASES, required=True, readonly=True)
    facts = fields.Json(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Log-in, mail address, digest of the password, contact and company at the "
        "time of the row.",
    )
    reason = fields.Text(
        string="What Changed", help="What changed since the person was confirmed last."
    )
    requester_id = fields.Many2one(
        string="Changed By",
        help="Who made the change or the new user, and therefore does not confirm it.",
    )
    is_current = fields.Boolean(
        readonly=True,
        default=True,
        help="Whether no later change of the person was noted. A vendor reads its "
        "quotations by this.",
    )
    is_staff_asked = fields.Boolean(
        readonly=True,
        help="Procurement and officer were asked. Before, a draft is nobody's business "
        "but the vendor's.",
    )
    procurement_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Confirmed by Procurement",
        readonly=True,
        copy=False,
    )
    procurement_at = fields.Datetime(
        string="Confirmed by Procurement On", readonly=True, copy=False
    )
    officer_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Confirmed by Officer",
        readonly=True,
        copy=False,
    )
    officer_at = fields.Datetime(
        string="Confirmed by Officer On", readonly=True, copy=False
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("user_id", "bid_id")
    def _compute_display_name(self):
        for person in self:
            # sudo: names of the person and of the bid, for whoever reads the row.
            system = person.sudo()
            person.display_name = (
                f"{system.user_id.name} ({system.bid_id.display_name})"
            )

    # ------------------------------------------------------------
    # RULES OF THE JOINT REQUEST
    # ------------------------------------------------------------

    def _joint_get_parties(self):
        return self.requester_id

    def _joint_get_confirm_reason(self):
        # sudo: the facts are read by nobody, they are only compared.
        if is_same(self.sudo().facts, read_facts(self)[self]):
            return ""
        return self.env._(
            "the person changed again. Refuse this request; a new one is made when "
            "the person asks."
        )

    def _joint_get_missing_text(self):
        return self.env._(
            "an earlier person of the vendor confirms it in the portal, or one user "
            "of procurement and one officer together with their buttons."
        )

    @api.model
    def _dual_list_condition(self):
        return SQL(
            "%s IN ('changed', 'new')",
            SQL.identifier("r", "basis", to_flush=self._fields["basis"]),
        )

    def _dual_get_summary(self):
        # sudo: names of the person and of the bid, for whoever reads the row.
        system = self.sudo()
        return self.env._(
            "%(person)s acts for %(vendor)s in %(tender)s",
            person=system.user_id.name,
            vendor=system.vendor_id.name,
            tender=system.tender_id.name,
        )

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        # Rows of the start are no news.
        for person in self.filtered(lambda row: row.basis in ("changed", "new")):
            audit(person, f"person_{target}")
        return result


# ------------------------------------------------------------
# WHO MAY ACT
# ------------------------------------------------------------


def filter_acting(bids, user=None):
    """Return the bids for which a portal user may act; ``sudo()`` is no help.

    :param user: res.users; by default the acting user
    """
    check_typed(bids.env)
    return find_acting(bids, user or bids.env.user)


def find_acting(bids, user):
    """Return the bids for which ``user`` (res.users) may act, whoever asks."""
    # sudo: whoever asks need not read the groups of others.
    if not bids or not user.sudo().has_group("base.group_portal"):
        return bids.browse()
    valid = {bid_id for bid_id, _user_id in _get_valid(bids, user)}
    return bids.filtered(lambda bid: bid.id in valid)


def get_acting_users(bid):
    """Return who may act for the bidder now (res.users, with sudo)."""
    # sudo: vendors read no other users; names of colleagues are shown to them.
    users = bid.env["res.users"].sudo()
    return users.browse(sorted(user_id for _bid_id, user_id in _get_valid(bid)))


def get_waiting_users(bid):
    """Return the portal users of the vendor who may not act now, with sudo."""
    # sudo: vendors read no other users; names of colleagues are shown to them.
    users = bid.env["res.users"].sudo()
    found = users.search(
        [
            ("share", "=", True),
            ("partner_id", "child_of", bid.partner_id.ids),
        ]
    )
    # sudo: vendors have no access to the rows of their bid.
    rows = bid.sudo().person_ids
    asking = rows.filtered(lambda row: row.state == "requested").user_id
    known = (
        (found | asking.filtered("active"))
        .filtered(lambda user: user.has_group("base.group_portal"))
        .sorted("id")
    )
    return known - get_acting_users(bid)


def get_digest(bid, user):
    """Return a digest of what a person is now, to confirm what was shown."""
    return sealing.digest(json.dumps(_read(user, bid.partner_id), sort_keys=True))


def get_stop_message(bid):
    """Say to a person who may not act for its bidder why, and what to do next."""
    return bid.env._(
        "You cannot read, replace or withdraw the bid of %(vendor)s in %(tender)s: you "
        "were not a user of the vendor when the bid began, or your log-in, mail "
        "address, password or company was changed since. A colleague who could act "
        "before confirms you in the portal, or procurement and the outsourcing "
        "department of the buyer do so together. A sealed bid stays valid and is "
        "opened.",
        vendor=bid.partner_id.name,
        tender=bid.tender_id.name,
    )


def check_typed(env):
    """Raise while code that people typed into the database runs."""
    if is_evaluated_code_running():
        raise AccessError(
            env._("Only a person acts for a bidder, never a template or an automation.")
        )


# ------------------------------------------------------------
# FIXING AND CONFIRMING
# ------------------------------------------------------------


def find_users(vendor):
    """Return the portal users of a vendor today (res.users, with sudo)."""
    # sudo: vendors read no other users.
    users = vendor.env["res.users"].sudo()
    return users.search(
        [("share", "=", True), ("partner_id", "child_of", vendor.ids)]
    ).filtered(
        lambda user: (
            user.partner_id.commercial_partner_id == vendor
            and user.has_group("base.group_portal")
        )
    )


def filter_standing(users, moment):
    """Return the users whom nobody else made or changed after ``moment`` (UTC)."""
    standing = users.browse()
    for user in users:
        # sudo: nobody has access to the moment of the last change.
        changed = user.sudo().outsourcing_changed_on
        if not changed or changed <= moment:
            standing |= user
    return standing


def fix_persons(bid, earlier):
    """Fix who may act for a new bid.

    :param earlier: the vendor's earlier bid in the tender, whose persons act again
    """
    # sudo: nobody has write rights on the rows; the bid begins.
    rows = bid.env["outsourcing.bid.person"].sudo()
    if earlier:
        values = [
            {"user_id": row.user_id.id, "facts": row.facts, "basis": "earlier"}
            # sudo: as above.
            for row in earlier.sudo().person_ids
            if row.state == "confirmed"
        ]
    else:
        users = find_users(bid.partner_id)
        standing = filter_standing(users, bid.tender_id.begun_at)
        # Who is new begins for a vendor that has nobody else.
        users = standing or (bid.env.user & users) or users
        facts = _read_all(users, bid.partner_id)
        values = [
            {"user_id": user.id, "facts": facts[user.id], "basis": "start"}
            for user in users
        ]
    rows = request_joint(rows, [{"bid_id": bid.id, **vals} for vals in values])
    server_write(rows, {"state": "confirmed", "approved_at": fields.Datetime.now()})


def confirm_colleague(bid, user_id, digest):
    """Let a colleague act for the bidder; by a person who may act for it.

    :param int user_id: the colleague, one of :func:`get_waiting_users`
    :param str digest: :func:`get_digest` of the colleague as the page showed it
    """
    check_person(bid)
    if bid not in filter_acting(bid):
        raise AccessError(get_stop_message(bid))
    user = get_waiting_users(bid).filtered(lambda item: item.id == user_id)
    if not user:
        raise UserError(bid.env._("This person does not wait to be confirmed."))
    if get_digest(bid, user) != digest:
        raise UserError(
            bid.env._("%s was changed meanwhile. Check the page again.", user.name)
        )
    confirm_joint(request_person(bid, user))


def request_person(bid, user):
    """Return the open request for a person as it is now, a new one where needed.

    :return: outsourcing.bid.person with sudo; new ones are told to earlier persons
    """
    # sudo: vendors and those who change contacts have no access to the rows.
    rows = bid.sudo().person_ids.filtered(lambda row: row.user_id == user)
    facts = _read(user, bid.partner_id)
    is_open = rows.filtered(lambda row: row.state == "requested")
    if same := is_open.filtered(lambda row: is_same(row.facts, facts))[:1]:
        return same
    server_write(is_open, {"state": "refused"})
    confirmed = rows.filtered(lambda row: row.state == "confirmed")
    server_write(confirmed.filtered("is_current"), {"is_current": False})
    known = confirmed[-1:]
    return request_joint(
        rows,
        [
            {
                "bid_id": bid.id,
                "user_id": user.id,
                "basis": "changed" if known else "new",
                "facts": facts,
                "reason": _describe(bid.env, known.facts, facts)
                if known
                else bid.env._("new user of the vendor"),
                "requester_id": bid.env.uid,
                # sudo: vendors read no companies.
                "expiry_date": rows._dual_last_day(bid.sudo().company_id),
            }
        ],
    )


def ask_staff(person):
    """Ask procurement and an officer to confirm a person, once."""
    if person.is_staff_asked:
        return
    server_write(person, {"is_staff_asked": True})
    ask_joint(person, (PROCUREMENT, OFFICER), prefer=person.tender_id.user_id)
    audit(person, "person_requested")


def audit(person, verb):
    """Record what happens to a person, unless the bid is a secret draft."""
    if person.bid_id.state != "draft":
        person.bid_id._audit(verb, person=person.user_id.login, basis=person.basis)


# ------------------------------------------------------------
# CHANGES
# ------------------------------------------------------------


def note_changes(users):
    """Request confirmation of portal users who are new to a running bid or changed.

    Called after log-ins, contacts or companies were written or merged. Earlier
    persons are told by mail, procurement and officer by an activity.

    :param users: res.users
    """
    # sudo: whoever changes contacts has no access to bids and other users.
    users = users.sudo().filtered(
        lambda user: user.share and user.active and user.has_group("base.group_portal")
    )
    if not users:
        return
    own = users.browse() if is_evaluated_code_running() else users.env.user
    server_write(users - own, {CHANGED_ON: fields.Datetime.now()})
    _note_moves(users)
    # sudo: as above.
    bids = users.env["outsourcing.bid"].sudo()
    bids = bids.search(
        [
            "|",
            ("state", "=", "won"),
            "&",
            ("state", "in", RUNNING_STATES),
            ("tender_id.state", "not in", ENDED_STATES),
            "|",
            ("person_ids.user_id", "in", users.ids),
            ("partner_id", "in", users.partner_id.commercial_partner_id.ids),
        ]
    )
    if not bids:
        return
    valid = set(_get_valid(bids, users))
    for bid in bids:
        concerned = users.filtered(
            lambda user, bid=bid: (
                user in bid.person_ids.user_id
                or user.partner_id.commercial_partner_id == bid.partner_id
            )
        )
        for user in concerned:
            if (bid.id, user.id) not in valid:
                _tell(bid, user)


def _note_moves(users):
    """Keep whose contact was moved under a vendor that has users of its own.

    Whoever is the first one of a vendor, or was made for it, is at home there.

    :param users: res.users with sudo
    """
    for user in users:
        vendor = user.partner_id.commercial_partner_id
        others = user.search_count(
            [(HOME, "=", vendor.id), ("share", "=", True), ("id", "!=", user.id)],
            limit=1,
        )
        if user[HOME] in (vendor, vendor.browse()) or not others:
            values = {HOME: vendor.id, MOVED_ON: False}
        else:
            values = {MOVED_ON: fields.Datetime.now()}
        server_write(user, values)
    # Record rules keep what they read of a user.
    users.env.registry.clear_cache()


def _tell(bid, user):
    """Request a person and tell those who may confirm it."""
    known = bid.person_ids
    person = request_person(bid, user)
    if person in known:
        return
    if bid.state != "draft":
        ask_staff(person)
    partners = get_acting_users(bid).partner_id.filtered("email")
    bid.tender_id._mail_partners(
        "outsourcing_mgmt.mail_template_bid_person", partners, bid=bid, person=person
    )


def get_own_rows(users):
    """Return the rows that stay valid through a change that the person itself makes.

    :param users: the users about to be changed (res.users)
    :return: outsourcing.bid.person with sudo; none for changes by somebody else
    """
    env = users.env
    # sudo: nobody has access to the rows of its own.
    rows = env["outsourcing.bid.person"].sudo()
    if env.uid not in users.ids or not env.user.share or is_evaluated_code_running():
        return rows
    rows = rows.search([("user_id", "=", env.uid), ("state", "=", "confirmed")])
    valid = set(_get_valid(rows.bid_id, env.user))
    return rows.filtered(
        lambda row: (
            (row.bid_id.id, row.user_id.id) in valid
            and is_same(row.facts, _read(row.user_id, row.bid_id.partner_id))
        )
    )


def keep_own(rows):
    """Keep what persons changed of themselves: log-in, mail address, password."""
    for row in rows:
        now = _read(row.user_id, row.bid_id.partner_id)
        kept = {**row.facts, **{name: now[name] for name in SELF_MADE}}
        if kept != row.facts:
            server_write(row, {"facts": kept})


# ------------------------------------------------------------
# FACTS
# ------------------------------------------------------------


def is_same(facts, others):
    """Whether two sets of facts are of the same, unchanged person."""
    facts, others = facts or {}, others or {}
    return all(facts.get(name) == others.get(name) for name in {*facts, *others})


def read_facts(persons):
    """Return ``{row: facts}``: what the persons of the rows are now."""
    facts = {}
    for vendor, rows in persons.grouped("vendor_id").items():
        now = _read_all(rows.user_id, vendor)
        facts |= {row: now[row.user_id.id] for row in rows}
    return facts


def _describe(env, before, after):
    labels = {
        "login": env._("log-in"),
        "mail": env._("mail address"),
        "password": env._("password"),
        "contact": env._("contact"),
        "company": env._("company"),
        "vendor": env._("vendor of the bid"),
    }
    names = [name for name in labels if before.get(name) != after.get(name)]
    return format_list(env, [labels[name] for name in names] or [env._("log-in")])


def _read(user, vendor):
    return _read_all(user, vendor)[user.id]


def _read_all(users, vendor):
    """Return ``{user id: facts}`` of ``users`` as persons of ``vendor``."""
    rows = _query(users.env, SQL("WHERE login.id = ANY(%s)", users.ids))
    return {row["user_id"]: _make_facts(row, vendor.id) for row in rows}


def _get_valid(bids, users=None):
    """Return the pairs ``(bid id, user id)`` of persons who may act now."""
    bids.env["outsourcing.bid.person"].flush_model()
    bids.flush_model(["partner_id"])
    # One query: it is asked at every step of a vendor, and the ORM hides passwords.
    rows = _query(
        bids.env,
        SQL(
            "JOIN outsourcing_bid_person person ON person.user_id = login.id"
            " JOIN outsourcing_bid bid ON bid.id = person.bid_id"
            " WHERE person.state = 'confirmed' AND bid.id = ANY(%s)%s",
            bids.ids,
            SQL(" AND login.id = ANY(%s)", users.ids) if users is not None else SQL(),
        ),
        SQL(", bid.id AS bid_id, bid.partner_id AS vendor_id, person.facts"),
    )
    return [
        (row["bid_id"], row["user_id"])
        for row in rows
        if is_same(row["facts"], _make_facts(row, row["vendor_id"]))
    ]


def _query(env, condition, columns=None):
    env["res.users"].flush_model()
    env["res.partner"].flush_model()
    # A provider of log-ins that is written on a user opens its account too.
    extra = [
        name
        for name in ("oauth_uid", "oauth_provider_id")
        if name in env["res.users"]._fields
    ]
    return env.execute_query_dict(
        SQL(
            "SELECT login.id AS user_id, login.login, login.password,"
            " login.partner_id, contact.email, contact.commercial_partner_id%s%s"
            " FROM res_users login"
            " JOIN res_partner contact ON contact.id = login.partner_id %s",
            SQL("").join(SQL(", login.%s", SQL.identifier(name)) for name in extra),
            columns or SQL(),
            condition,
        )
    )


def _make_facts(row, vendor_id):
    facts = {
        "login": row["login"],
        "mail": email_normalize(row["email"] or "") or "",
        "password": sealing.digest(row["password"] or ""),
        "contact": row["partner_id"],
        "company": row["commercial_partner_id"],
        "vendor": vendor_id,
    }
    if row.get("oauth_uid"):
        facts["provider"] = f"{row.get('oauth_provider_id')}:{row['oauth_uid']}"
    return facts
