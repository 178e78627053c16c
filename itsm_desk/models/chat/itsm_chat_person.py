from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq
from odoo.tools import hmac as sign

from ..base.grants import server_write

LINK_DAYS = 7
STAMPS = frozenset({"linked_at", "linked_by_id"})


def get_link(person):
    """Return the address at which somebody who is logged in says: this is me.

    :param person: in sudo
    """
    day = fields.Date.today().toordinal() + LINK_DAYS
    path = f"/service-desk/chat/link/{person.id}/{_sign(person, day)}"
    return f"{person.get_base_url()}{path}"


def is_link(person, token):
    """Whether ``token``, from an address typed by anybody, is of such a link now."""
    day, _dash, _signature = str(token or "").partition("-")
    if not (day.isdecimal() and day.isascii() and len(day) < 8):
        return False
    is_late = int(day) < fields.Date.today().toordinal()
    expected = _sign(person, int(day)).encode()
    return consteq(expected, token.encode(errors="replace")) and not is_late


def link_to_user(person, user):
    """Let what the person of the messenger writes be words of ``user``.

    :param person: in sudo; that it is the user was proven by the link
    """
    if person.partner_id:
        raise UserError(
            person.env._(
                "This account is linked to somebody already. A manager of the service "
                "desk can change that."
            )
        )
    person.write({"partner_id": user.partner_id.id})


def _sign(person, day):
    # sudo: hmac() takes the secret of the database; users read no parameters
    person = person.sudo()
    scope = (person.id, person.account_id.id, person.userid, day)
    return f"{day}-{sign(person.env, 'itsm-chat-link', scope)}"


class ItsmChatPerson(models.Model):
    """Somebody who writes in a messenger, and whose words these are here.

    The messenger says who writes; nothing is guessed from names. Whoever is unknown
    gets a link, logs in and says that it is him; or a manager of the desk chooses the
    contact. Until then what was written waits.

    ============  ====================  ==================================
    Right         Who                   Restriction
    ============  ====================  ==================================
    read          managers of the desk  of the company
    link, unlink  managers, the person  the person by the link, once
    ============  ====================  ==================================
    """

    _name = "itsm.chat.person"
    _description = "Person in a Messenger"
    _order = "id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        comodel_name="itsm.chat.account",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, index=True
    )
    userid = fields.Char(
        string="Name There", required=True, help="The user ID in WeCom's console."
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        index="btree_not_null",
        help="Tickets are filed for this contact, and answers go out to the messenger.",
    )
    linked_at = fields.Datetime(string="Linked on", readonly=True, copy=False)
    linked_by_id = fields.Many2one(
        comodel_name="res.users", string="Linked by", readonly=True, copy=False
    )

    _userid_uniq = models.UniqueIndex(
        "(account_id, userid)", "This person is in the list already."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("userid", "partner_id")
    def _compute_display_name(self):
        for person in self:
            name = person.partner_id.name
            person.display_name = f"{person.userid} ({name})" if name else person.userid

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        values = [
            {**vals, **self._get_stamps(vals.get("partner_id"))} for vals in vals_list
        ]
        return super().create(values)

    def write(self, vals):
        if {"userid", "account_id"}.intersection(vals):
            raise UserError(
                self.env._(
                    "Who somebody is in the messenger is not changed. Link the contact."
                )
            )
        vals = {name: value for name, value in vals.items() if name not in STAMPS}
        if "partner_id" in vals:
            vals = {**vals, **self._get_stamps(vals["partner_id"])}
        result = super().write(vals)
        if vals.get("partner_id"):
            # sudo: what waited was written by the person who is linked now
            self.env["itsm.chat.message"].sudo()._take_waiting(self.sudo())
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_stamps(self, partner_id):
        return {
            "linked_at": fields.Datetime.now() if partner_id else False,
            "linked_by_id": self.env.uid if partner_id else False,
        }


def find_person(account, userid):
    """Return the person whom the messenger calls ``userid``, new where unknown.

    :param account: in sudo
    """
    people = account.env["itsm.chat.person"]
    person = people.search(
        [("account_id", "=", account.id), ("userid", "=", userid)], limit=1
    )
    return person or people.create({"account_id": account.id, "userid": userid})


def note_person(ticket, person):
    """Let answers on ``ticket`` go to ``person``, whose ticket it is."""
    if ticket.partner_id == person.partner_id and ticket.chat_person_id != person:
        server_write(ticket, {"chat_person_id": person.id})
