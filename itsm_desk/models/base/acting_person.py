"""Who acts: a decision is taken by a person who is logged in, in their own name.

Deciding, signing, sealing, declaring, scoring and setting the gate are acts of a
person. Access rights do not tell a person from code that runs with the person's
rights: a scheduled job, a console, a record taken to the environment of another user,
or code that people typed into the database. The person is whoever

- is logged in, or sent an API key, with the HTTP request that is served now, or
- was authenticated by the legacy RPC services for the running transaction.

It is noted when the request is authenticated; what the request says later does not
count. Code of the suite that plays people in its own process (tests, the loader of the
demo data) switches the rule off with :func:`acting_in_process`, which neither a remote
caller nor evaluated code can reach.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakKeyDictionary

from odoo import SUPERUSER_ID, models
from odoo.exceptions import AccessError
from odoo.http import request

from .grants import is_evaluated_code_running, is_typed_act

PERSONAL_VERBS = frozenset(
    {
        "accept",
        "accept_few_bids",
        "activate",
        "annul",
        "answer",
        "appeal",
        "apply",
        "appoint",
        "approve",
        "attend",
        "call",
        "confirm",
        "confirm_order",
        "decide",
        "declare",
        "disqualify",
        "done",
        "fail",
        "file",
        "notify",
        "open",
        "open_prices",
        "propose_award",
        "publish",
        "recuse",
        "refuse",
        "refuse_solution",
        "reject",
        "release",
        "renew",
        "retire",
        "reverse",
        "seal",
        "send_back",
        "sign",
        "sign_off",
        "sign_off_at_desk",
        "start_evaluation",
        "supersede",
        "terminate",
        "verify",
        "void",
        "waive",
        "withdraw",
    }
)
"""Verbs that are acts of a person in every model, unless the model says otherwise."""

_is_in_process = ContextVar("itsm_acting_in_process", default=False)
_inviting = ContextVar("itsm_acting_inviting", default=frozenset())
"""Ids of the users whose mail with a link to set a password is written now."""
PROOFS = frozenset(
    {
        "auth_passkey_key_ids",
        "email",
        "login",
        "new_password",
        "oauth_provider_id",
        "oauth_uid",
        "password",
    }
)
"""Fields of a user or its contact by which somebody logs in, or could."""
PASSKEYS = "auth_passkey_key_ids"
"""The one by which also a vendor logs in, and of which nobody else learns."""
_person_ids = WeakKeyDictionary()
"""``{request, or cursor of a legacy RPC call: id of the user it authenticated}``"""


@contextmanager
def acting_in_process():
    """Let code of this thread act for people, as tests and the demo data do."""
    token = _is_in_process.set(True)
    try:
        yield
    finally:
        _is_in_process.reset(token)


def is_acting_in_process():
    """Whether code of this thread acts for people."""
    return _is_in_process.get()


def get_person_id(env):
    """Return the id of the user who is logged in now, or None."""
    if request:
        return _person_ids.get(request._get_current_object())
    return _person_ids.get(env.cr)


def check_person(records):
    """Raise unless the acting user is the person who acts now.

    :param records: what is decided on, in the environment of the acting user
    :raise AccessError: saying who can act instead
    """
    env = records.env
    if is_evaluated_code_running():
        reason = env._(
            "A template, server action, automation, report, custom field or scheduled "
            "job cannot take it."
        )
    elif is_acting_in_process():
        return
    else:
        person_id = get_person_id(env)
        # sudo: whether somebody is logged in is asked for every user.
        is_person = person_id not in (None, SUPERUSER_ID) and not (
            env["res.users"].browse(person_id).sudo()._is_public()
        )
        if is_person and person_id == env.uid:
            return
        reason = (
            env._("It was tried in the name of another user.")
            if is_person
            else env._("Nobody is logged in here.")
        )
    raise AccessError(
        env._(
            "%(document)s: this step is the own act of a person. Whoever may take it "
            "logs in and uses the button of the document, or calls it with an API key "
            "of their own. %(reason)s",
            document=(
                records._flow_names()
                if hasattr(records, "_flow_names") and records.has_access("read")
                else records._description
            ),
            reason=reason,
        )
    )


class IrHttp(models.AbstractModel):
    """Notes who is logged in, or sent an API key, with a request."""

    _inherit = "ir.http"

    @classmethod
    def _authenticate(cls, endpoint):
        result = super()._authenticate(endpoint)
        if not is_evaluated_code_running():
            _person_ids[request._get_current_object()] = request.env.uid
        return result


class ActingMixin(models.AbstractModel):
    """Users and contacts, whose address a link that sets a password goes to."""

    _name = "itsm.acting.mixin"
    _description = "Address of an Employee"

    def write(self, vals):
        """Refuse that typed code gives an employee another login or address.

        Core takes a ``new_password`` without setting it where its fields are protected
        at once, so that no other guard is reached.
        """
        if not PROOFS.isdisjoint(vals) and is_typed_act():
            # sudo: whether somebody is an employee is asked for every contact.
            users = self.sudo() if self._name == "res.users" else self.sudo().user_ids
            if PASSKEYS in vals or not all(users.mapped("share")):
                refuse_evaluated_code(self)
        return super().write(vals)


class ResUsers(models.Model):
    """Notes whom the legacy RPC services authenticated: they call without a request.

    Evaluated code gets no proof of a session that would make its reader another user.
    """

    _name = "res.users"
    _inherit = ["res.users", "itsm.acting.mixin"]

    def _check_uid_passwd(self, uid, passwd):
        result = super()._check_uid_passwd(uid, passwd)
        if not request and not is_evaluated_code_running():
            _person_ids[self.env.cr] = uid
        return result

    def _compute_session_token(self, sid):
        refuse_evaluated_code(self)
        return super()._compute_session_token(sid)

    def _action_reset_password(self, signup_type="reset"):
        """Mail a link; its text is evaluated, and may be of these users only."""
        # sudo: whether somebody is an employee is asked for every user.
        if not all(self.sudo().mapped("share")):
            refuse_evaluated_code(self)
        token = _inviting.set(frozenset(self.ids))
        try:
            return super()._action_reset_password(signup_type=signup_type)
        finally:
            _inviting.reset(token)


class ResUsersApikeys(models.Model):
    """Evaluated code makes no keys: it can take the environment of any user."""

    _inherit = "res.users.apikeys"

    def _generate(self, scope, name, expiration_date):
        refuse_evaluated_code(self)
        return super()._generate(scope, name, expiration_date)


class ResPartner(models.Model):
    """The address of an employee, and the link that sets a password, are no one's."""

    _name = "res.partner"
    _inherit = ["res.partner", "itsm.acting.mixin"]

    def _generate_signup_token(self, expiration=None):
        # sudo: whose contact it is is asked whoever mails something.
        employees = self.sudo().user_ids.filtered(lambda user: not user.share)
        if not _inviting.get().issuperset(employees.ids):
            refuse_evaluated_code(self)
        return super()._generate_signup_token(expiration=expiration)


def refuse_evaluated_code(records):
    """Raise where code that people typed makes a proof that somebody is logged in."""
    if is_evaluated_code_running():
        raise AccessError(
            records.env._(
                "%s: templates, server actions and other evaluated code log nobody in.",
                records._description,
            )
        )
