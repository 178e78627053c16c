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

import builtins
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakKeyDictionary

from odoo import SUPERUSER_ID, models
from odoo.exceptions import AccessError
from odoo.http import request
from odoo.tools.misc import Callbacks

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

OWN_MODULES = (
    "odoo.addons.outsourcing_mgmt.",
    "odoo.addons.itsm_desk.",
    "odoo.addons.vendor_quality.",
)
CALLED_BY_CORE = (
    "_check_",
    "_compute_",
    "_cron_",
    "_default_",
    "_onchange_",
    "_unlink_",
)
"""Beginnings of private methods that core calls by their declaration."""

is_evaluating = ContextVar("outsourcing_evaluating", default=False)
"""Whether code that people typed into the database runs, scheduled actions too."""

_is_in_process = ContextVar("outsourcing_acting_in_process", default=False)
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


def is_evaluated_code_running():
    """Whether template, server action, report, custom field or rule calls this code.

    Or left it to be called when the transaction ends.
    """
    return is_evaluating.get() or bool(_find_evaluated(sys._getframe()))


def _find_evaluated(frame):
    """Return the next frame of evaluated or deferred code from ``frame`` on, or None.

    Evaluated code has builtins of its own (``safe_eval`` and QWeb), so that its frame
    is known on the stack, wherever the framework evaluates it.
    """
    usual, deferred = vars(builtins), Callbacks.run.__code__
    while frame and frame.f_builtins is usual and frame.f_code is not deferred:
        frame = frame.f_back
    return frame


def check_caller(records):
    """Raise where evaluated code calls a private method of the suite for a right.

    Such code reaches every method of a record. What it may call is what a remote
    caller may call as well, the scheduled jobs, and methods of core that the suite
    extends; a private method of the suite acts for a step that somebody takes, and
    gets no right from elsewhere.

    :param records: records or model for which a right is asked
    :raise AccessError: naming the model
    """
    inner, entry = sys._getframe(1), None
    frame = _find_evaluated(inner)
    if not frame:
        return
    while inner is not frame:
        if inner.f_globals.get("__name__", "").startswith(OWN_MODULES):
            entry = inner
        inner = inner.f_back
    if entry and not _is_callable_from_outside(entry):
        raise AccessError(
            records.env._(
                "%s: this follows from a step and cannot be called.",
                records._description,
            )
        )


def _is_callable_from_outside(frame):
    """Whether evaluated code may enter the suite by the function of ``frame``."""
    name = frame.f_code.co_name
    if not name.startswith("_") or name.startswith(CALLED_BY_CORE):
        return True
    # A method of core that the suite extends is found in a class of core, too.
    owner = frame.f_locals.get("self", frame.f_locals.get("cls"))
    classes = owner.mro() if isinstance(owner, type) else type(owner).mro()
    return any(
        name in vars(cls) and not cls.__module__.startswith(OWN_MODULES)
        for cls in classes
    )


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


class ResUsers(models.Model):
    """Notes whom the legacy RPC services authenticated: they call without a request.

    Evaluated code gets no proof of a session that would make its reader another user.
    """

    _inherit = "res.users"

    def _check_uid_passwd(self, uid, passwd):
        result = super()._check_uid_passwd(uid, passwd)
        if not request and not is_evaluated_code_running():
            _person_ids[self.env.cr] = uid
        return result

    def _compute_session_token(self, sid):
        _refuse_evaluated_code(self)
        return super()._compute_session_token(sid)


class ResUsersApikeys(models.Model):
    """Evaluated code makes no keys: it can take the environment of any user."""

    _inherit = "res.users.apikeys"

    def _generate(self, scope, name, expiration_date):
        _refuse_evaluated_code(self)
        return super()._generate(scope, name, expiration_date)


def _refuse_evaluated_code(records):
    if is_evaluated_code_running():
        raise AccessError(
            records.env._(
                "%s: templates, server actions and other evaluated code log nobody in.",
                records._description,
            )
        )
