"""The declared flow of a record: its states, its steps and what follows from them."""

import unicodedata
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list, is_html_empty, ormcache

from ...tools.typed_values import NUMBERS, check_numbers, drop_odd_numbers
from .acting_person import PERSONAL_VERBS, check_person
from .grants import (
    NO_RIGHT,
    SILENCE,
    get_evaluated_id,
    get_granted_names,
    get_right,
    held_grants,
    is_granted,
    is_server_act,
    stamped_write,
    storing_files,
    without_defaults,
    without_silence,
)
from .uninstall import guards_deletion

# ------------------------------------------------------------
# TAKING A STEP
# ------------------------------------------------------------

_entering = ContextVar("itsm_flow_entering", default=None)
_open_steps = ContextVar("itsm_flow_open_steps", default=())


def run_hooks(records, target, origins):
    """Call what follows from entering ``target``; see the flow mixin."""
    records = records._flow_get_hook_records()
    if SILENCE in records.env.context:
        records = without_silence(records)
    token = _entering.set((records._name, frozenset(records._ids), target))
    try:
        for state in dict.fromkeys(origins.values()):
            left = records.filtered(lambda rec, state=state: origins[rec.id] == state)
            if hook := getattr(left, f"_on_leave_{state}", None):
                hook(target)
        if hook := getattr(records, f"_on_enter_{target}", None):
            hook(origins)
        records._on_step(target, origins)
    finally:
        _entering.reset(token)


class OpenStep:
    """A step that is being stored, and what follows from it.

    Core computes columns while it stores, after which automations run. One that writes
    a record whose step is open ends that step first, so that a second step of it
    follows the first.
    """

    def __init__(self, records, target, origins, right):
        self.step = records, target, origins
        self.is_open = bool(records)
        # It is known of whoever has a right.
        self.evaluated = right.evaluated or get_evaluated_id() if records else None

    def end(self):
        """Do what follows from the step, once."""
        if self.is_open:
            self.is_open = False
            run_hooks(*self.step)


@contextmanager
def opening(step):
    """Let ``step`` be open inside the block, and end it after that."""
    if not step.is_open:
        yield
        return
    outer = _open_steps.get()
    token = _open_steps.set((*outer, step))
    try:
        yield
    finally:
        _open_steps.reset(token)


def end_open_steps(records):
    """End the steps of ``records`` during whose storing typed code writes them."""
    for step in _open_steps.get():
        moving = step.step[0]
        if moving._name != records._name or get_evaluated_id() == step.evaluated:
            continue
        if not set(moving._ids).isdisjoint(records._ids):
            step.end()


def find_right(records):
    """Return the right to write ``records``; none: to create one. Mostly nobody has."""
    return get_right(records) if held_grants.get() else NO_RIGHT


def using_right(records, right, vals=None):
    """End ``right``, and return what encloses the storing: its files are let through.

    See ``grants.spending``.

    :param vals: the values written; None for a creation, which may set every field
    """
    if right.spent:
        held = [grant for grant in held_grants.get() if id(grant) not in right.spent]
        held_grants.set(tuple(held))
    names = records._flow_cached_file_fields()
    if vals is not None:
        names = names.intersection(vals)
    return storing_files(records, names) if names else nullcontext()


def is_visible(text):
    """Whether a text has a character that is seen; blanks are none."""
    # Letters and signs of Unicode that show nothing are in no category of blanks.
    return any(
        unicodedata.category(letter)[0] not in "ZC"
        and letter not in "\u115f\u1160\u2800\u3164\uffa0"
        for letter in text
    )


def check_entering(records, target):
    """Raise unless ``records`` are entering ``target`` now.

    Hooks are methods, which evaluated code can call at any time; one with an effect
    that needs the step asks here first.
    """
    name, ids, state = _entering.get() or (None, frozenset(), None)
    if (name, state) != (records._name, target) or not ids.issuperset(records._ids):
        raise AccessError(
            records.env._(
                "%s: this follows from a step and cannot be called.",
                records._description,
            )
        )


class ItsmFlowMixin(models.AbstractModel):
    """A record that moves through declared states.

    A model declares its flow as data and gets the same rule on every route:
    button, import, RPC and code all end in :meth:`create` or :meth:`write`.

    ``_flow_transitions``
        ``{state: {next states}}``, the whole flow.
    ``_flow_verbs``
        ``{state: verb}`` or ``{(from, to): verb}``: entering the state asks
        ``_get_cannot_<verb>_reason()``, which returns ``{record id: text}``
        for the records that may not take the step.
    ``_flow_groups``
        ``{verb: (XML ids of groups,)}``: one of them may take the verb. Asked
        before the reason function, which is not needed where the rule is only
        a group.
    ``_flow_personal``
        Verbs that only a person takes; see ``acting_person``.
    ``_flow_required``
        ``{state: (fields,)}`` or ``{(from, to): (fields,)}`` that must be filled, in
        the same write or before. A reason is demanded here, and given to
        :meth:`_take_step`; an act that is no step asks :meth:`_flow_clean_reason`.
    ``_flow_stamps``
        ``{state: (fields,)}`` that a step may bring along beside the required
        ones; :meth:`_take_step` sets no other.
    ``_flow_system_fields``
        Fields that only the server sets (who, when, computed decisions). They
        are refused from outside and written by ``server_write`` or, as stamps
        of a step, by :meth:`_take_step`. Declare them ``copy=False``. Stored
        fields that are computed and read-only, and every read-only Many2many,
        count as such without being named: the ORM lets a remote caller write
        them.
    ``_flow_content_fields`` and ``_flow_content_states``
        What the record says, and in which states that may still change.
    ``_flow_closing_fields``
        What may change as long as another state can follow, and in no last one.
    ``_flow_deletable_states``
        States in which the record may be deleted; by default the first one.
    ``_flow_step_access``
        The access right that :meth:`_take_step` asks for. With ``read`` the step
        is written with sudo: users of the model have no write access and the
        reason functions, which judge the acting user, are the rule.

    ``_flow_storing(vals)`` is a hook around the storing of every write, for what a
    model notes of it before anything follows from a step.

    What follows from a step is a hook of the model, called after the write and
    without any right of the server:

    ``_on_enter_<state>(origins)``
        called on the records that entered the state; ``origins`` is
        ``{record id: state before}``.
    ``_on_leave_<state>(target)``
        called on the records that left the state, before ``_on_enter``.
    ``_on_step(target, origins)``
        called after every step, last; for logs.

    A model of another module that extends a hook calls ``super()`` where the
    hook exists.

    Two users who take a step at the same time update the same row: PostgreSQL
    refuses the second transaction, the request is tried again, sees the new
    state and gets the refusal of the declared flow.
    """

    _name = "itsm.flow.mixin"
    _description = "Declared Flow"

    _flow_transitions = {}
    _flow_verbs = {}
    _flow_groups = {}
    _flow_personal = PERSONAL_VERBS
    _flow_required = {}
    _flow_stamps = {}
    _flow_system_fields = frozenset()
    _flow_content_fields = frozenset()
    _flow_content_states = frozenset()
    _flow_closing_fields = frozenset()
    _flow_deletable_states = None
    _flow_step_access = "write"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Ignore the defaults that users keep for what only the server sets, and NaN.

        Every employee may store personal defaults (``ir.default``) of any field.
        Defaults of the context are dropped by :meth:`create`.
        """
        kept = self.env["ir.default"]._get_model_defaults(self._name)
        guarded = {
            name
            for name in {"state", *self._flow_cached_system_fields()}.intersection(kept)
            if name in fields and f"default_{name}" not in self.env.context
        }
        defaults = super().default_get([name for name in fields if name not in guarded])
        for name in guarded:
            field = self._fields[name]
            if field.default:
                value = field.default(self)
                value = field.convert_to_cache(value, self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        if self._flow_cached_number_fields().isdisjoint(defaults):
            return defaults
        return drop_odd_numbers(self, defaults)

    @api.model_create_multi
    def create(self, vals_list):
        # An empty recordset asks for the rights of creation.
        self = self.browse()
        right = find_right(self)
        first = self._flow_first_state()
        for vals in vals_list:
            if vals.get("state", first) != first:
                raise UserError(
                    self.env._(
                        '%(document)s: a new record starts as "%(first)s". Create it '
                        "so, then use its buttons.",
                        document=self._description,
                        first=self._flow_state_label(first),
                    )
                )
            self._flow_check_system_fields(vals, right)
        self._flow_check_numbers(vals_list)
        clean = self._flow_without_defaults()
        with using_right(self, right):
            records = super(ItsmFlowMixin, clean).create(vals_list)
        return records.with_env(self.env)

    def write(self, vals):
        if _open_steps.get():
            end_open_steps(self)
        vals = self._flow_write_content_first(vals)
        right = find_right(self)
        self._flow_check_system_fields(vals, right)
        self._flow_check_numbers([vals])
        if not right.is_server:
            self._flow_check_content(vals)
        changed = not right.is_server and self._flow_changes_content(vals)
        target = vals.get("state")
        moving = self.browse()
        if "state" in vals:
            moving = self.filtered(lambda record: record.state != target)
            if staying := self - moving:
                staying._flow_check_not_taken(target, vals)
        origins = {record.id: record.state for record in moving}
        if moving:
            moving._flow_check_transition(target, vals)
        # From here on code of others may run: tracking, mails, automations.
        with using_right(self, right, vals):
            if changed:
                self._flow_content_changed(vals)
            step = OpenStep(moving, target, origins, right)
            with opening(step), self._flow_storing(vals):
                result = super().write(vals)
        step.end()
        return result

    @guards_deletion
    def _unlink_except_history(self):
        allowed = self._flow_deletable_states
        if allowed is None:
            allowed = {self._flow_first_state()}
        kept = self.filtered(lambda record: record.state not in allowed)
        if kept:
            raise UserError(
                self.env._(
                    "%(names)s: the record is part of the history and is kept. "
                    "Cancel or archive it instead.",
                    names=kept._flow_names(),
                )
            )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        """Fill every field ``can_<verb>``: the button shown and the rule are one."""
        for field in self._fields.values():
            if field.compute != "_compute_flow_can":
                continue
            verb = field.name.removeprefix("can_")
            allowed = self._flow_filter_can(verb)
            for record in self:
                record[field.name] = record in allowed

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _flow_get_step_access(self, target):
        """Return the access right that :meth:`_take_step` asks for."""
        return self._flow_step_access

    def _take_step(self, target, **stamps):
        """Enter ``target``, together with what the step says.

        :param str target: the wanted state
        :param stamps: values of system fields that belong to the step
        :raise UserError: where a record has taken the step already: writing the
            state again changes nothing, and would replace reason and stamps
        """
        for record in self.filtered(lambda item: item.state == target):
            allowed = self._flow_transitions.get(target, ())
            raise UserError(record._flow_illegal_message(target, allowed))
        access = self._flow_get_step_access(target)
        self.check_access(access)
        records = self
        if access != "write":
            # sudo: no write access by design; the rules of the step judge the user.
            records = self.sudo()
        allowed = {*self._flow_get_required(target), *self._flow_stamps.get(target, ())}
        if foreign := stamps.keys() - allowed:
            raise AccessError(
                self.env._(
                    "%(document)s: this step does not set %(fields)s.",
                    document=self._description,
                    fields=format_list(
                        self.env, [self._flow_field_label(name) for name in foreign]
                    ),
                )
            )
        stamps = self._flow_clean_stamps(stamps)
        return stamped_write(records, {"state": target, **stamps})

    @api.model
    def _flow_clean_stamps(self, stamps):
        """Return the values that a step sets, its texts ready to be stored."""
        return {
            name: self._flow_clean_text(self._flow_field_label(name), value)
            if self._fields[name].type in ("char", "text")
            else value
            for name, value in stamps.items()
        }

    @api.model
    def _flow_clean_text(self, label, value):
        """Return an argument of a verb, called ``label``, as a text to be stored.

        :raise UserError: for a value of another type
        """
        if value and not isinstance(value, str):
            raise UserError(self.env._('"%s" must be a text.', label))
        # PostgreSQL refuses the character NUL with an error of its own. Halves of a
        # character, which JSON can carry, can be neither stored nor sent back.
        text = (value or "").replace("\0", "").encode("utf-8", "ignore")
        text = text.decode().strip()
        return text if is_visible(text) else False

    def _flow_clean_reason(self, label, value):
        """Return the reason, called ``label``, of an act that is no step.

        :raise UserError: where it is empty or no text
        """
        if reason := self._flow_clean_text(label, value):
            return reason
        raise self._flow_missing_error([label])

    @api.model
    def _flow_clean_day(self, label, value):
        """Return an argument of a verb, called ``label``, as a day; False for none.

        :raise UserError: for a value that is no day
        """
        if not value or isinstance(value, str | date):
            with suppress(ValueError):
                return fields.Date.to_date(value) or False
        raise UserError(self.env._('"%s" must be a day, written as 2026-12-31.', label))

    def _flow_missing_error(self, labels):
        """Return the refusal of an act that needs the fields called ``labels``."""
        return UserError(
            self.env._(
                "%(names)s: fill in first: %(fields)s.",
                names=self._flow_names(),
                fields=format_list(self.env, [f'"{label}"' for label in labels]),
            )
        )

    def _flow_filter_first(self):
        """Return the records that have not left their first state.

        What follows from a creation asks: an automation may have ended them meanwhile.
        """
        first = self._flow_first_state()
        return self.filtered(lambda record: record.state == first)

    def _flow_get_hook_records(self):
        """Return the records as hooks get them; with sudo where their users lack it."""
        return self

    def _flow_storing(self, vals):
        """Return what encloses the storing of ``vals``, before what follows."""
        return nullcontext()

    def _on_step(self, target, origins):
        """Do what follows from every step; called after the hook of the state."""

    def _flow_is_system(self):
        """Whether the server itself writes the records now; none: creates one.

        The stamps of a user's step are no act of the server.
        """
        # Most acts are a user's: nothing is asked for them.
        return any(grant.is_server for grant in held_grants.get()) and is_server_act(
            self
        )

    def _flow_write_content_first(self, vals):
        """Write content that comes with a step, which judges it; return the rest.

        The server's own writes are one act.
        """
        content = self._flow_content_fields.intersection(vals)
        if "state" not in vals or not content or is_granted(self):
            return vals
        if all(record.state == vals["state"] for record in self):
            return vals
        self.write({name: vals[name] for name in content})
        return {name: value for name, value in vals.items() if name not in content}

    def _flow_changes_content(self, vals):
        """Whether somebody else than the server changes what the records say."""
        return (
            bool(self._flow_content_fields.intersection(vals))
            and not self._flow_is_system()
        )

    def _flow_content_changed(self, vals):
        """Do what follows from a change of content by others than the server.

        :param dict vals: the values, or ``{lines field: True}`` from a line
        """

    def _flow_filter_can(self, verb):
        """Return the records of ``self`` that may take ``verb`` now."""
        targets = {
            key if isinstance(key, str) else key[1]
            for key, value in self._flow_verbs.items()
            if value == verb
        }
        candidates = self.filtered(
            lambda record: (
                any(
                    target in self._flow_transitions.get(record.state, ())
                    and self._flow_get_verb(record.state, target) == verb
                    for target in targets
                )
                if targets
                else True
            )
        )
        reasons = candidates._flow_get_reasons(verb)
        return candidates.filtered(lambda record: not reasons.get(record.id))

    def _flow_get_reasons(self, verb):
        """Return ``{record id: text}`` for the records that may not ``verb``."""
        if not self:
            return {}
        groups = self._flow_groups.get(verb)
        if groups and not self._flow_is_system():
            reasons = self._flow_reason_unless_in(*groups)
            if reasons:
                return reasons
        method = getattr(self, f"_get_cannot_{verb}_reason", None)
        return method() if method else {}

    def _flow_check_can(self, verb):
        """Raise one UserError that names each record that may not ``verb``."""
        if verb in self._flow_personal and not self._flow_is_system():
            check_person(self)
        reasons = self._flow_get_reasons(verb)
        blocked = [record for record in self if reasons.get(record.id)]
        if blocked:
            # Names are told only to whoever may read the records.
            self.check_access("read")
            raise UserError(
                "\n".join(
                    f"{record._flow_names()}: {reasons[record.id]}"
                    for record in blocked
                )
            )

    def _flow_check_transition(self, target, vals):
        """Raise unless each record may go from its state to ``target``.

        :param str target: the wanted state
        :param dict vals: the values written together with it
        :raise UserError: naming the record, the rule and the next step
        """
        by_verb = {}
        for record in self:
            allowed = self._flow_transitions.get(record.state, ())
            if target not in allowed:
                raise UserError(record._flow_illegal_message(target, allowed))
            if verb := self._flow_get_verb(record.state, target):
                by_verb.setdefault(verb, self.browse())
                by_verb[verb] |= record
        for verb, records in by_verb.items():
            records._flow_check_can(verb)
        for state, records in self.grouped("state").items():
            if missing := records._flow_find_missing(target, state, vals):
                raise records._flow_missing_error(missing)

    def _flow_find_missing(self, target, state, vals):
        """Return the labels of all that entering ``target`` from ``state`` needs yet.

        :param dict vals: the values written together with the step
        """
        return [
            self._flow_field_label(name)
            for name in self._flow_get_required(target, state)
            if not self._flow_is_filled(name, vals.get(name))
            and (
                name in vals
                or not all(self._flow_is_filled(name, record[name]) for record in self)
            )
        ]

    @api.model
    def _flow_is_filled(self, name, value):
        """Whether ``value`` says something in the required field ``name``."""
        if value and self._fields[name].type == "html":
            return not is_html_empty(value)
        return is_visible(value) if isinstance(value, str) else bool(value)

    def _flow_check_not_taken(self, target, vals):
        """Refuse a step that is taken already; in silence it would seem to work.

        The state among other values, as an import of unchanged rows sends it, is
        no step.
        """
        if is_granted(self) or self._flow_is_system():
            return
        step = {"state", *self._flow_get_required(target)}
        if step.issuperset(vals):
            allowed = self._flow_transitions.get(target, ())
            raise UserError(self[0]._flow_illegal_message(target, allowed))

    def _flow_illegal_message(self, target, allowed):
        if self.state == target:
            return self.env._(
                '%(name)s is "%(state)s" already.',
                name=self._flow_names(),
                state=self._flow_state_label(self.state),
            )
        if not allowed:
            return self.env._(
                '%(name)s is "%(state)s", which is final.',
                name=self._flow_names(),
                state=self._flow_state_label(self.state),
            )
        return self.env._(
            '%(name)s is "%(state)s" and cannot become "%(target)s". '
            "From here it can become: %(allowed)s.",
            name=self._flow_names(),
            state=self._flow_state_label(self.state),
            target=self._flow_state_label(target),
            allowed=format_list(
                self.env,
                [self._flow_state_label(state) for state in sorted(allowed)],
                "or",
            ),
        )

    def _flow_check_system_fields(self, vals, right):
        """Refuse values for fields that only the server sets."""
        forbidden = self._flow_cached_system_fields().intersection(vals) - right.names
        if forbidden:
            raise AccessError(
                self.env._(
                    '%(document)s: "%(fields)s" is set by the procedure itself and '
                    "cannot be written. Use the buttons of the record.",
                    document=self._description,
                    fields=format_list(
                        self.env,
                        [self._flow_field_label(name) for name in sorted(forbidden)],
                    ),
                )
            )

    def _flow_check_numbers(self, vals_list):
        """Refuse values of number fields that are no numbers, see ``typed_values``."""
        names = self._flow_cached_number_fields()
        if not all(map(names.isdisjoint, vals_list)):
            check_numbers(self, vals_list)

    def _flow_check_content(self, vals):
        """Refuse a change of content outside the states that allow it."""
        touched = self._flow_content_fields.intersection(vals)
        closing = self._flow_closing_fields.intersection(vals)
        if not (touched or closing) or self._flow_is_system():
            return
        frozen = self.browse()
        if touched:
            frozen = self.filtered(
                lambda record: record.state not in self._flow_content_states
            )
        if closing and not frozen:
            touched = closing
            frozen = self.filtered(
                lambda record: not self._flow_transitions.get(record.state)
            )
        if frozen:
            raise UserError(
                self.env._(
                    '%(names)s: "%(fields)s" can no longer be changed, because the '
                    'record is "%(state)s".',
                    names=frozen._flow_names(),
                    fields=format_list(
                        self.env,
                        [self._flow_field_label(name) for name in sorted(touched)],
                    ),
                    state=self._flow_state_label(frozen[0].state),
                )
            )

    def _flow_without_defaults(self):
        """Drop context defaults, which callers send, for state and system fields."""
        names = {"state", *self._flow_cached_system_fields()}
        if self.env.context.keys().isdisjoint(f"default_{name}" for name in names):
            return self
        return without_defaults(self, names - get_granted_names(self) | {"state"})

    @api.model
    @ormcache()
    def _flow_cached_system_fields(self):
        """Return :meth:`_flow_get_system_fields`, worked out once a registry."""
        return frozenset(self._flow_get_system_fields())

    @api.model
    @ormcache()
    def _flow_cached_number_fields(self):
        """Return the names of the fields whose values are numbers, once a registry."""
        return frozenset(
            name for name, field in self._fields.items() if field.type in NUMBERS
        )

    @api.model
    @ormcache()
    def _flow_cached_file_fields(self):
        """Return the names of the fields whose values are files, once a registry."""
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.type == "binary" and field.attachment
        )

    @api.model
    def _flow_get_system_fields(self):
        """Return the names of the fields that only the server sets.

        The token of the portal is one: whoever knows it writes as its holder.
        """
        tokens = {"access_token"}.intersection(self._fields)
        return self._flow_get_derived_fields() | self._flow_system_fields | tokens

    @api.model
    def _flow_get_derived_fields(self):
        """Return the stored fields that follow from others and are not entered.

        Rights and rules look at them (vendor, company, user, frozen rules), and
        read-only is a matter of views: nothing else keeps a caller out. A read-only
        Many2many is the other side of one that is entered there: written here it
        would pass the rules of that record.
        """
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store
            and field.readonly
            and (field.compute or field.type == "many2many")
            and not field.inverse
        )

    @api.model
    def _flow_get_required(self, target, origin=None):
        """Return the fields that entering ``target`` needs, from any state or one."""
        return [
            name
            for key, names in self._flow_required.items()
            if key == target
            or (
                isinstance(key, tuple) and key[1] == target and origin in (None, key[0])
            )
            for name in names
        ]

    @api.model
    def _flow_get_verb(self, origin, target):
        return self._flow_verbs.get((origin, target)) or self._flow_verbs.get(target)

    @api.model
    def _flow_first_state(self):
        """Return the key of the state in which every record is created."""
        default = self._fields["state"].default
        return default(self) if default else next(iter(self._flow_transitions))

    @api.model
    def _flow_state_label(self, state):
        selection = self._fields["state"]._description_selection(self.env)
        return dict(selection).get(state, state)

    @api.model
    def _flow_field_label(self, name):
        field = self._fields.get(name)
        return field._description_string(self.env) if field else name

    def _flow_names(self):
        """Return the names of the records for a message, at most five."""
        # sudo: a name may need records that its reader cannot read.
        names = self[:5].sudo().mapped("display_name")
        if len(self) > 5:
            names.append(self.env._("%s more", len(self) - 5))
        return format_list(self.env, names)

    def _flow_reason_unless_in(self, *group_xmlids):
        """Return a reason for every record unless the user is in a group."""
        if self._flow_user_in(*group_xmlids):
            return {}
        # sudo: names of groups are no secret, and employees cannot read them.
        groups = [self.env.ref(xmlid).sudo().name for xmlid in group_xmlids]
        text = self.env._(
            "this step is for the group: %(groups)s.",
            groups=format_list(self.env, groups, "or"),
        )
        # Not of "ids": a form that is not saved yet shows no button either.
        return {record.id: text for record in self}

    def _flow_get_users_of(self, group_xmlid, excluded=None):
        """Return who of a group, but ``excluded``, may act in the record's company."""
        self.ensure_one()
        # sudo: the acting user may read neither the company nor all users.
        company = self.sudo().company_id
        # sudo: as above, for who is in a group.
        users = self.env.ref(group_xmlid).sudo().all_user_ids
        return users.filtered(
            lambda user: user.active and company in user.company_ids
        ) - (excluded or self.env["res.users"])

    def _flow_user_in(self, *group_xmlids):
        """Whether the acting user is in one of the groups, also under sudo."""
        return any(self.env.user.has_group(xmlid) for xmlid in group_xmlids)
