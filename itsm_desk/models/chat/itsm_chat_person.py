import secrets

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import consteq, mute_logger
from odoo.tools import hmac as sign

from ..base.grants import server_create, server_write

LINK_DAYS = 7


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
                "desk can unlink it; then write in the messenger again."
            )
        )
    server_write(
        person,
        {
            "partner_id": user.partner_id.id,
            "linked_at": fields.Datetime.now(),
            "linked_by_id": user.id,
        },
    )
    # As the system, like what the messenger brings later: whoever links does not
    # answer the tickets, and files nothing by own rights.
    messages = person.env["itsm.chat.message"].with_user(SUPERUSER_ID)
    messages._take_waiting(person.with_env(messages.env))


def unlink_people(people):
    """Let what people write in the messenger be nobody's words.

    :param people: in sudo; that the acting user may was judged by the caller
    """
    server_write(
        people, {"partner_id": False, "linked_at": False, "linked_by_id": False}
    )


def is_linked(person):
    """Whether somebody has said, logged in, that the person is him.

    :param person: in sudo; who left is not logged in any more
    """
    user = person.linked_by_id
    return bool(person.partner_id) and (
        user.active and user.partner_id == person.partner_id
    )


def _sign(person, day):
    # sudo: hmac() takes the secret of the database; users read no parameters
    person = person.sudo()
    secret = person.link_secret or ""
    scope = (person.id, person.account_id.id, person.userid, day, secret)
    return f"{day}-{sign(person.env, 'itsm-chat-link', scope)}"


class ItsmChatPerson(models.Model):
    """Somebody who writes in a messenger, and whose words these are here.

    The messenger says who writes; nothing is guessed from names. Whoever is unknown
    gets a link, logs in and says that it is him; until then what was written waits.
    Nobody links somebody else: what is written there are words of the requester, and
    sign-off links are sent there. The chatter tells who was linked, and by whom.

    ======  ====================  ==================================
    Right   Who                   Restriction
    ======  ====================  ==================================
    read    managers of the desk  of the company
    link    the person            logged in, by the link, once
    unlink  managers of the desk  of the company
    write   the server
    ======  ====================  ==================================
    """

    _name = "itsm.chat.person"
    _description = "Person in a Messenger"
    _inherit = ["itsm.server.rows.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        comodel_name="itsm.chat.account",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, index=True
    )
    userid = fields.Char(
        string="Name There",
        required=True,
        readonly=True,
        help="The user ID in WeCom's console.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="Tickets are filed for this contact, and answers go out to the messenger.",
    )
    linked_at = fields.Datetime(string="Linked on", readonly=True, copy=False)
    linked_by_id = fields.Many2one(
        comodel_name="res.users", string="Linked by", readonly=True, copy=False
    )

    link_secret = fields.Char(
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(16),
        groups=fields.NO_ACCESS,
        help="What links to this person are signed with, beside the secret of the "
        "database.",
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
    # ACTIONS
    # ------------------------------------------------------------

    def action_unlink_contact(self):
        """Let what these people write be nobody's words, until they link again."""
        self.check_access("read")
        if not self.env.user.has_group("itsm_desk.group_itsm_manager"):
            raise AccessError(
                self.env._("Managers of the service desk unlink people of a messenger.")
            )
        # sudo: rows are the server's; that the user may was asked above
        unlink_people(self.sudo())
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "People are noted by the server when they write, and link themselves by "
            'the link that they are sent. Managers of the service desk "Unlink" them.'
        )


def find_person(account, userid):
    """Return the person whom the messenger calls ``userid``, new where unknown.

    :param account: in sudo
    :raise ConcurrencyError: where another transaction has just made the person, whom
        only a new one sees; the caller is called again
    """
    people = account.env["itsm.chat.person"]
    person = people.search(
        [("account_id", "=", account.id), ("userid", "=", userid)], limit=1
    )
    if person:
        return person
    try:
        with account.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            return server_create(people, {"account_id": account.id, "userid": userid})
    except psycopg2.errors.UniqueViolation as error:
        raise ConcurrencyError from error


def note_person(ticket, person):
    """Let answers on ``ticket`` go to ``person``, whose ticket it is."""
    if ticket.partner_id == person.partner_id and ticket.chat_person_id != person:
        server_write(ticket, {"chat_person_id": person.id})
