"""The right of the server's own code to pass the declared flow of a record.

Some values are set by the procedure alone: who took a step and when, what was
computed, what was sealed. The functions below let the code of the suite write
them. A grant names a model, record ids and fields. It lives in a context
variable of the running thread: it is no method of a record, no value of
``env.context`` and no attribute of a class, so that neither a remote caller nor
evaluated code (mail template, server action, report, record rule, computed custom
field) can take it. A grant is spent by the first ``write``, ``create`` or ``unlink``
that it covers, before hooks, tracking, mails and automations run. Evaluated code that
runs while a grant is held does not have it: the grant belongs to the code that was
called by the same evaluated code, or by none.

Which function to use:

``server_write``, ``server_create``, ``server_unlink``
    One call of the ORM on records of ours.
``stamped_write``
    A step that a user takes together with values that only the server sets.
    The rules of the step judge the user as usual.
``granting``
    A method of core or OCA that writes guarded fields on the way.
``spending``
    The ORM, while it stores what was judged, the files of a record's fields included.
"""

import builtins
import sys
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import partial
from inspect import unwrap
from operator import is_not
from typing import NamedTuple

from odoo.exceptions import AccessError
from odoo.tools.misc import Callbacks

from odoo.addons.base.models.ir_actions import IrActionsServer
from odoo.addons.base.models.ir_qweb import IrQweb
from odoo.addons.mail.models.mail_render_mixin import MailRenderMixin

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

SILENCE = "mail_activity_automation_skip"

DEFERRING_CODE = unwrap(Callbacks.run).__code__
"""The function of core that does what was left to the end of the transaction."""

EVALUATING_CODES = frozenset(
    unwrap(function).__code__
    for function in (
        Callbacks.run,
        IrActionsServer.run,
        IrQweb._render,
        MailRenderMixin._render_template,
    )
)
"""Functions of core that do what people typed into the database, or deferred."""


class Grant(NamedTuple):
    """The right to one operation on records of one model."""

    operation: str
    """``write``, ``create``, ``unlink``, or ``file``."""
    model: str
    ids: frozenset
    """Records that it covers; empty for ``create`` and for files of new records."""
    names: frozenset
    """Fields that it covers; empty for ``unlink``."""
    is_server: bool
    """False for the stamps of a step, whose rules judge the acting user."""
    is_single: bool
    """Whether the first operation that it covers spends it."""
    evaluated: int
    """Identity of the frame of evaluated code that called the taker, or of None."""


class Right(NamedTuple):
    """What the running code may do to some records now, asked for once."""

    names: frozenset
    """Fields that may be set."""
    is_server: bool
    """Whether it is an act of the server, see :func:`is_server_act`."""
    spent: frozenset
    """Identities of the single grants, which end when the right is used."""
    evaluated: int | None
    """Identity of the evaluated code that runs, see ``Grant``; None: not asked."""


NO_RIGHT = Right(frozenset(), False, frozenset(), None)
"""What everybody has who holds no grant."""

held_grants = ContextVar("itsm_grants", default=())
"""The grants that the running code holds now."""


# ------------------------------------------------------------
# ACTING WITH A RIGHT
# ------------------------------------------------------------


def server_write(records, vals):
    """Write ``vals``, system fields included, as the server's own act.

    :return: what ``write`` returns
    """
    if not records:
        return True
    return _act(_prepare("write", records, vals), records.write, vals)


def stamped_write(records, vals):
    """Write the state and the stamps of a step that the acting user takes.

    :return: what ``write`` returns
    """
    if not records:
        return True
    grant = _prepare("write", records, vals, is_server=False)
    return _act(grant, records.write, vals)


def server_create(model, vals_list):
    """Create records with system fields as the server's own act.

    Defaults of the context, and the word that silences activities, come from the
    caller and are dropped.

    :param model: any recordset of the model in the wanted environment
    :param vals_list: list of values, or one dict
    :return: the records
    """
    values = [vals_list] if isinstance(vals_list, dict) else vals_list
    names = frozenset().union(*values)
    clean = without_silence(without_defaults(model.browse()))
    grant = _prepare("create", clean, names)
    return _act(grant, clean.create, vals_list).with_env(model.env)


def server_unlink(records):
    """Delete records that users may not delete.

    :return: what ``unlink`` returns
    """
    if not records:
        return True
    return _act(_prepare("unlink", records), records.unlink)


@contextmanager
def granting(records, *names, operations=("write",)):
    """Let a method of core or OCA write ``names`` of ``records`` inside the block.

    The right ends with the block, and is withheld from code that is evaluated
    inside it. An empty recordset with the operation ``create`` covers new
    records of the model.
    """
    grants = [
        _prepare(operation, records, names, is_single=False) for operation in operations
    ]
    with _holding(*grants):
        yield


def get_right(records):
    """Return the :class:`Right` to write ``records``; none: to create one.

    Whoever asks ends the grants that it spends, before code of others runs.
    """
    held = _covering(records, "write" if records else "create")
    return Right(
        frozenset().union(*(grant.names for grant in held)),
        any(grant.is_server for grant in held)
        or (bool(records) and is_server_act(records)),
        frozenset(id(grant) for grant in held if grant.is_single),
        held[0].evaluated if held else None,
    )


def spending(records, vals=None):
    """End the single rights to write, or create, ``records``; let the ORM store files.

    The files of fields are rows of ``ir.attachment``, which refuses them on any other
    way than inside the block.

    :param records: none of them for a creation
    :param vals: the values written; None for a creation, which may set every field
    """
    spend(records, "create" if vals is None else "write")
    names = frozenset(
        name
        for name in (records._fields if vals is None else vals)
        if (field := records._fields.get(name))
        and field.type == "binary"
        and field.attachment
    )
    return storing_files(records, names) if names else nullcontext()


def storing_files(records, names):
    """Let the ORM store the files of the fields ``names`` inside the block."""
    return _holding(_prepare("file", records, names, is_single=False))


# ------------------------------------------------------------
# ASKING FOR A RIGHT
# ------------------------------------------------------------


def is_granted(records, operation="write", names=None):
    """Whether the running code may do ``operation`` on all of ``records``.

    :param names: fields that must all be covered; None asks for the records only
    """
    return any(
        names is None or grant.names.issuperset(names)
        for grant in _covering(records, operation)
    )


def is_server_act(records):
    """Whether the server writes or deletes ``records``; none: creates one."""
    operations = ("write", "unlink") if records else ("create",)
    return any(
        grant.is_server
        for operation in operations
        for grant in _covering(records, operation)
    )


def is_file_granted(record, name):
    """Whether the ORM stores the file of the field ``name`` of ``record`` now."""
    held = [
        grant.evaluated
        for grant in held_grants.get()
        if grant.operation == "file"
        and grant.model == record._name
        and name in grant.names
        and (not grant.ids or record.id in grant.ids)
    ]
    return bool(held) and id(_find_evaluated(sys._getframe())) in held


def get_granted_names(records):
    """Return the fields that may be set on ``records``; none: of a new one."""
    operation = "write" if records else "create"
    return frozenset().union(*(grant.names for grant in _covering(records, operation)))


def is_custom_only(records, vals):
    """Whether ``vals`` sets only fields that an administrator added.

    They prove nothing: automations may set them on rows that nobody else changes.
    """
    known = records._fields
    return bool(vals) and all(name in known and known[name].manual for name in vals)


def spend(records, operation="write"):
    """End the single rights that cover ``records``; later code has none."""
    spent = {id(grant) for grant in _covering(records, operation) if grant.is_single}
    if spent:
        held_grants.set(
            tuple(grant for grant in held_grants.get() if id(grant) not in spent)
        )


def without_defaults(records, names=None):
    """Drop the defaults of the context: those of the fields ``names``, or all."""
    # pylint: disable=context-overridden
    return records.with_context(
        {
            key: value
            for key, value in records.env.context.items()
            if not key.startswith("default_")
            or (names is not None and key.removeprefix("default_") not in names)
        }
    )


def without_silence(records):
    """Drop the word of the context with which core schedules no activities.

    It comes from the caller; who must act is told whatever a caller wants.
    """
    if SILENCE not in records.env.context:
        return records
    # pylint: disable=context-overridden
    return records.with_context(
        {key: value for key, value in records.env.context.items() if key != SILENCE}
    )


def _prepare(operation, records, names=(), is_server=True, is_single=True):
    evaluated = check_caller(records)
    return Grant(
        operation,
        records._name,
        frozenset(() if operation == "create" else records._ids),
        frozenset(names),
        is_server,
        is_single,
        id(evaluated),
    )


def _covering(records, operation):
    held = [
        grant
        for grant in held_grants.get()
        if grant.operation == operation and grant.model == records._name
    ]
    if not held:
        return held
    ids = frozenset(() if operation == "create" else records._ids)
    evaluated = id(_find_evaluated(sys._getframe()))
    return [
        grant for grant in held if ids <= grant.ids and grant.evaluated == evaluated
    ]


def _act(grant, method, *arguments):
    """Call one method of the ORM while ``grant`` is held, if it is not spent before."""
    held_grants.set((*held_grants.get(), grant))
    try:
        return method(*arguments)
    finally:
        # Not a reset: what was spent meanwhile stays spent.
        held_grants.set(tuple(filter(partial(is_not, grant), held_grants.get())))


@contextmanager
def _holding(*grants):
    held_grants.set((*held_grants.get(), *grants))
    try:
        yield
    finally:
        for own in grants:
            held_grants.set(tuple(filter(partial(is_not, own), held_grants.get())))


# ------------------------------------------------------------
# EVALUATED CODE
# ------------------------------------------------------------


def is_evaluated_code_running():
    """Whether template, server action, report, custom field or rule calls this code.

    Or left it to be called when the transaction ends. Scheduled actions are some.
    """
    return _find_evaluated(sys._getframe()) is not None


def is_evaluated_code_waiting():
    """Whether code that people typed called this code and goes on after it.

    What was left to the end of the transaction has nothing but its end behind it.
    """
    frame = sys._getframe()
    while frame := _find_evaluated(frame):
        if frame.f_code is not DEFERRING_CODE:
            return True
        frame = frame.f_back
    return False


def get_evaluated_id():
    """Return the identity of the evaluated code that runs now, ``id(None)`` for none.

    What is noted with it holds for no other code that is evaluated meanwhile.
    """
    return id(_find_evaluated(sys._getframe()))


def find_caller(code):
    """Return the next frame of the function of ``code`` that goes on behind this call.

    None where evaluated code stands between, which may have called what core calls.
    """
    frame, usual = sys._getframe(1), vars(builtins)
    while frame and frame.f_builtins is usual and frame.f_code not in EVALUATING_CODES:
        if frame.f_code is code:
            return frame
        frame = frame.f_back
    return None


def is_deferred(code):
    """Whether core runs the function of ``code`` at the end of the transaction.

    And nobody calls it earlier, with what they left for it.
    """
    frame = find_caller(code)
    evaluated = frame and _find_evaluated(frame)
    return bool(evaluated) and evaluated.f_code is DEFERRING_CODE


def is_typed_act():
    """Whether code that people typed calls a method of core that the suite extends.

    And not a verb or a scheduled job of the suite, whose act it would be. What such an
    extension calls itself is a part of it.
    """
    inner, is_extension = sys._getframe(1), False
    frame = _find_evaluated(inner)
    if not frame:
        return False
    while inner is not frame:
        if inner.f_globals.get("__name__", "").startswith(OWN_MODULES):
            if _extends_core(inner):
                is_extension = True
            elif is_extension:
                return False
        inner = inner.f_back
    return True


def _find_evaluated(frame):
    """Return the next frame of evaluated or deferred code from ``frame`` on, or None.

    Evaluated code has builtins of its own (``safe_eval`` and QWeb), so that its frame
    is known on the stack, wherever the framework evaluates it.
    """
    usual = vars(builtins)
    while frame and frame.f_builtins is usual and frame.f_code not in EVALUATING_CODES:
        frame = frame.f_back
    return frame


def check_caller(records):
    """Raise where evaluated code calls a private method of the suite for a right.

    Such code reaches every method of a record. What it may call is what a remote
    caller may call as well, the scheduled jobs, and methods of core that the suite
    extends; a private method of the suite acts for a step that somebody takes, and
    gets no right from elsewhere.

    :param records: records or model for which a right is asked
    :return: the frame of the evaluated code, or None
    :raise AccessError: naming the model
    """
    inner, entry = sys._getframe(1), None
    frame = _find_evaluated(inner)
    if not frame:
        return None
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
    return frame


def _is_callable_from_outside(frame):
    """Whether evaluated code may enter the suite by the function of ``frame``."""
    name = frame.f_code.co_name
    if not name.startswith("_") or name.startswith(CALLED_BY_CORE):
        return True
    return _extends_core(frame)


def _extends_core(frame):
    """Whether the function of ``frame`` is a method of core that the suite extends."""
    name = frame.f_code.co_name
    # It is found in a class of core, too.
    owner = frame.f_locals.get("self", frame.f_locals.get("cls"))
    classes = owner.mro() if isinstance(owner, type) else type(owner).mro()
    return any(
        name in vars(cls) and not cls.__module__.startswith(OWN_MODULES)
        for cls in classes
    )
