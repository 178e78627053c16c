from odoo import api, models
from odoo.exceptions import AccessError, UserError

FLOW_KEY = object()
"""Proof that a write comes from the server's own code.

It travels in the context and is compared by identity: a remote caller can send
any context, but never this object.
"""


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
    ``_flow_required``
        ``{state: (fields,)}`` that must be filled, in the same write or before.
    ``_flow_system_fields``
        Fields that only the server sets (who, when, computed decisions). They
        are refused from outside and written with :meth:`_flow_write`. Declare
        them ``copy=False``. Stored fields that are computed and read-only count
        as such without being named: the ORM lets a remote caller write them.
    ``_flow_content_fields`` and ``_flow_content_states``
        What the record says, and in which states that may still change.
    ``_flow_deletable_states``
        States in which the record may be deleted; by default the first one.

    Two users who take a step at the same time update the same row: PostgreSQL
    refuses the second transaction, the request is tried again, sees the new
    state and gets the refusal of the declared flow.
    """

    _name = "itsm.flow.mixin"
    _description = "Declared Flow"

    _flow_transitions = {}
    _flow_verbs = {}
    _flow_required = {}
    _flow_system_fields = frozenset()
    _flow_content_fields = frozenset()
    _flow_content_states = frozenset()
    _flow_deletable_states = None

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        first = self._flow_first_state()
        for vals in vals_list:
            if vals.get("state", first) != first:
                raise UserError(
                    self.env._(
                        "%(document)s: a new record starts as “%(first)s”. Create it "
                        "so, then use its buttons.",
                        document=self._description,
                        first=self._flow_state_label(first),
                    )
                )
            self._flow_check_system_fields(vals)
        records = super(ItsmFlowMixin, self._flow_without_defaults()).create(vals_list)
        return records.with_env(self.env)

    def write(self, vals):
        self._flow_check_system_fields(vals)
        self._flow_check_content(vals)
        self._flow_content_changed(vals)
        target = vals.get("state")
        moving = self.filtered(lambda record: record.state != target)
        if "state" not in vals:
            return super().write(vals)
        (self - moving)._flow_check_not_taken(target, vals)
        if not moving:
            return super().write(vals)
        origins = {record.id: record.state for record in moving}
        moving._flow_check_transition(target, vals)
        result = super().write(vals)
        moving._flow_entered(target, origins)
        return result

    @api.ondelete(at_uninstall=False)
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
        """Fill every field ``can_<verb>`` that names this method.

        True when the flow has the step and the reason function is silent, so
        that the button shown and the rule enforced are one.
        """
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

    def _flow_write(self, vals):
        """Write ``vals`` with the right to set system fields; return True."""
        return self.with_context(itsm_flow_key=FLOW_KEY).write(vals)

    def _flow_create(self, vals_list):
        """Create with the right to set system fields; the state stays first."""
        records = self.with_context(itsm_flow_key=FLOW_KEY).create(vals_list)
        return records.with_env(self.env)

    @api.model
    def _flow_is_system(self):
        """Whether the current call carries the server's own key."""
        return self.env.context.get("itsm_flow_key") is FLOW_KEY

    def _flow_entered(self, target, origins):
        """Do what follows from entering ``target``; called after the write.

        :param str target: the state that all records of ``self`` have now
        :param dict origins: ``{record id: state before}``
        """

    def _flow_content_changed(self, vals):
        """Do what follows from a change of content; called before the write.

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
        method = getattr(self, f"_get_cannot_{verb}_reason", None)
        return method() if method and self else {}

    def _flow_check_can(self, verb):
        """Raise one UserError that names each record that may not ``verb``."""
        reasons = self._flow_get_reasons(verb)
        blocked = [record for record in self if reasons.get(record.id)]
        if blocked:
            # Names are told only to whoever may read the records.
            self.check_access("read")
            raise UserError(
                "\n".join(
                    f"{record.sudo().display_name}: {reasons[record.id]}"
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
        for name in self._flow_required.get(target, ()):
            if vals.get(name) or (name not in vals and all(rec[name] for rec in self)):
                continue
            raise UserError(
                self.env._(
                    "%(names)s: fill in “%(field)s” first.",
                    names=self._flow_names(),
                    field=self._flow_field_label(name),
                )
            )

    def _flow_check_not_taken(self, target, vals):
        """Refuse a step that is taken already, in silence it would seem to work.

        A step writes the state and what the step itself needs. The state among
        other values, as an import of unchanged rows sends it, is no step.
        """
        if not self or self._flow_is_system():
            return
        step = {"state", *self._flow_required.get(target, ())}
        if step.issuperset(vals):
            allowed = self._flow_transitions.get(target, ())
            raise UserError(self[0]._flow_illegal_message(target, allowed))

    def _flow_illegal_message(self, target, allowed):
        if self.state == target:
            return self.env._(
                "%(name)s is “%(state)s” already.",
                name=self.sudo().display_name,
                state=self._flow_state_label(self.state),
            )
        if not allowed:
            return self.env._(
                "%(name)s is “%(state)s”, which is final.",
                name=self.sudo().display_name,
                state=self._flow_state_label(self.state),
            )
        return self.env._(
            "%(name)s is “%(state)s” and cannot become “%(target)s”. "
            "From here it can become: %(allowed)s.",
            name=self.sudo().display_name,
            state=self._flow_state_label(self.state),
            target=self._flow_state_label(target),
            allowed=", ".join(
                self._flow_state_label(state) for state in sorted(allowed)
            ),
        )

    def _flow_check_system_fields(self, vals):
        """Refuse values for fields that only the server sets."""
        if self._flow_is_system():
            return
        forbidden = self._flow_get_system_fields().intersection(vals)
        if forbidden:
            raise AccessError(
                self.env._(
                    "%(document)s: “%(fields)s” is set by the procedure itself and "
                    "cannot be written. Use the buttons of the record.",
                    document=self._description,
                    fields=", ".join(
                        self._flow_field_label(name) for name in sorted(forbidden)
                    ),
                )
            )

    def _flow_check_content(self, vals):
        """Refuse a change of content outside the states that allow it."""
        if self._flow_is_system():
            return
        touched = self._flow_content_fields.intersection(vals)
        if not touched:
            return
        frozen = self.filtered(
            lambda record: record.state not in self._flow_content_states
        )
        if frozen:
            raise UserError(
                self.env._(
                    "%(names)s: “%(fields)s” can no longer be changed, because the "
                    "record is “%(state)s”.",
                    names=frozen._flow_names(),
                    fields=", ".join(
                        self._flow_field_label(name) for name in sorted(touched)
                    ),
                    state=self._flow_state_label(frozen[0].state),
                )
            )

    def _flow_without_defaults(self):
        """Drop context defaults for the state and for system fields.

        ``default_<field>`` keys come from the caller and would otherwise set
        what the caller may not write.
        """
        if self._flow_is_system():
            names = {"state"}
        else:
            names = {"state", *self._flow_get_system_fields()}
        keys = {f"default_{name}" for name in names}.intersection(self.env.context)
        if not keys:
            return self
        # pylint: disable=context-overridden
        return self.with_context(
            {key: val for key, val in self.env.context.items() if key not in keys}
        )

    @api.model
    def _flow_get_system_fields(self):
        """Return the names of the fields that only the server sets."""
        return self._flow_get_derived_fields() | self._flow_system_fields

    @api.model
    def _flow_get_derived_fields(self):
        """Return the stored fields that follow from others and are not entered.

        Rights and rules look at them (vendor, company, user, frozen rules), and
        read-only is a matter of views: nothing else keeps a caller out.
        """
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store and field.compute and field.readonly and not field.inverse
        )

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
        names = self[:5].sudo().mapped("display_name")
        return ", ".join(names) + ("…" if len(self) > 5 else "")

    def _flow_user_in(self, *group_xmlids):
        """Whether the acting user is in one of the groups, also under sudo."""
        return any(self.env.user.has_group(xmlid) for xmlid in group_xmlids)
