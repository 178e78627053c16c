"""Core's forms and exports name no document that their user may not read.

The composer, activities, messages and ratings are given a model and a number, or a
message, by the client, and compute the name of the document in the rights of the
server. What a form points at is judged before core computes anything; names that core
computed for lines of a form, or by a way unknown here, are taken out again.
"""

from odoo import api, models
from odoo.exceptions import AccessError

from odoo.addons.mail.tools.parser import parse_res_ids

from .hidden_rows import OWN_NAMES

POINTERS = (
    ("res_model", "res_id"),
    ("res_model", "res_ids"),
    ("model", "res_id"),
    ("model", "res_ids"),
    ("parent_res_model", "parent_res_id"),
)
"""Fields that name a model, and those that name documents of it; see also
:func:`get_pointers`."""
COMPOSER = "mail.compose.message"
PLACED = frozenset(
    {"composition_mode", "model", "parent_id", "res_domain", "res_ids", "template_id"}
)
"""From what a composer takes the document that it writes on."""
NAMES = {
    "record_name": ("model", "res_id"),
    "res_name": ("res_model", "res_id"),
    "parent_res_name": ("parent_res_model", "parent_res_id"),
}
"""Fields in which core tells the name of a document, by what they are computed."""
JUDGED = frozenset({"mail.activity", "mail.message"})
"""Models whose rows are judged when they are written, by core and by the suite."""
ROWS = JUDGED | {"rating.rating"}
"""Models of core whose links to documents of ours nobody fills in a form."""
RATED = "rating_last_value"
"""A field of documents that are rated; they judge who writes their ratings."""
OWNERS = frozenset(
    {
        "alias_force_thread_id",
        "alias_model_id",
        "alias_parent_model_id",
        "alias_parent_thread_id",
    }
)
"""Fields of an address that name the documents to which it belongs."""
NAMED_AFTER = {
    "ir.attachment": "res_model",
    "mail.mail": "model",
    "mail.message": "model",
}
"""Models whose records are called by what stands on a document: a subject, a file; and
the field that names the model of the document."""


def check_documents(env, model, ids):
    """Refuse documents of ours that the user may not read, or that are none.

    :param str model: name of a model, or nothing
    :param ids: numbers, or ``None`` for what is no number
    :raise AccessError: about documents of ours only
    """
    if env.su or ids == [] or not (model or "").startswith(OWN_NAMES):
        return
    if model in env and not is_reader(env, model, ids):
        raise AccessError(env._("You may not read the document that this is about."))


def is_reader(env, model, ids):
    """Whether the user reads all documents, whatever rights the environment has.

    :param ids: numbers, or ``None`` for what is no number
    """
    if ids is None:
        return False
    # sudo: none; the user is judged.
    documents = env[model].sudo(False).with_context(active_test=False).browse(ids)
    return set(documents._filtered_access("read").ids) == set(ids)


def check_message(message):
    """Refuse a message on a document of ours that the user may not read."""
    # sudo: on what it stands decides, whoever asks.
    place = message.sudo()
    if (place.model or "").startswith(OWN_NAMES):
        message.check_access("read")
        check_documents(message.env, place.model, [place.res_id or 0])


def check_pointed(form, values):
    """Refuse a form that points at documents which its user may not read.

    See :func:`find_pointed`.

    :param dict values: as :meth:`onchange` takes them
    """
    if form.env.su:
        return
    context = form.env.context
    given = {
        key.removeprefix("default_"): value
        for key, value in context.items()
        if key.startswith("default_")
    }
    given.update(values)
    if form._name == COMPOSER:
        given["model"] = given.get("model") or context.get("active_model")
        given["res_ids"] = (
            given.get("res_ids")
            or context.get("active_ids")
            or [context.get("active_id") or 0]
        )
    for model, ids in find_pointed(form, given):
        check_documents(form.env, model, ids)


def get_pointers(rows):
    """Return pairs of a field that names a model and one that names documents of it."""
    pairs = {pair: None for pair in POINTERS}
    for field in rows._fields.values():
        if field.type == "many2one_reference":
            pairs[field.model_field, field.name] = None
    return [pair for pair in pairs if rows._fields.keys() >= set(pair)]


def find_pointed(form, given):
    """Return ``[(model, ids)]`` of what a form points at that is not stored so.

    A field of a model may be computed from another, which names the same model by its
    number: what each of both says is judged, and what was stored.

    :param form: the record of the form, or none for a new one
    :param dict given: the values that are changed
    """
    # sudo: what is stored already was judged when it was written.
    stored = form.sudo()
    found = []
    for by_model, by_id in get_pointers(form):
        by_number = _get_number_field(form, by_model)
        if given.keys().isdisjoint((by_model, by_number, by_id)):
            continue
        named = _get_models(form.env, given.get(by_model))
        named |= _get_models(form.env, given.get(by_number))
        kept = None
        ids = _get_ids(form.env, given.get(by_id))
        if form.ids:
            kept = (stored[by_model], _get_ids(form.env, stored[by_id]))
            named.add(stored[by_model])
            if by_number:
                named |= _get_models(form.env, stored[by_number].id)
            ids = kept[1] if ids == [] else ids
        found += [(model, ids) for model in named if model and (model, ids) != kept]
    return found + _find_linked(form, given) if form._name in ROWS else found


def _find_linked(form, given):
    """Return ``[(model, ids)]`` of documents of ours that a row is linked with."""
    found = []
    for name, value in given.items():
        field = form._fields.get(name)
        if field and field.type == "many2one":
            ids = _get_ids(form.env, value)
            # sudo: what is stored already was judged when it was written.
            if ids != form.sudo()[name].ids:
                found.append((field.comodel_name, ids))
    return found


def _get_number_field(form, by_model):
    """Return the name of the field that names the model by its number, or nothing."""
    field = form._fields.get(f"{by_model}_id")
    return field.name if field and field.comodel_name == "ir.model" else None


def _get_models(env, value):
    """Return the names of models that a client gives in one of its ways (set)."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return {value}
    named = set()
    if isinstance(value, dict):
        # Core makes a new record of it, with all that it says.
        named = _get_models(env, value.get("model"))
    ids = _get_ids(env, value) or []
    # sudo: names of models are no secret.
    return named | set(env["ir.model"].sudo().browse(ids[:1]).exists().mapped("model"))


def _get_ids(env, value):
    """Return the ids that a client gives in one of its ways.

    ``None`` for what is no number: core would make one of it, of 5.0 as of "5".
    """
    if isinstance(value, dict):
        value = value.get("id")
    if not value:
        return []
    if type(value) is int:
        return [value]
    if isinstance(value, str) and value.strip().startswith(("[", "(")):
        value = parse_res_ids(value, env)
    if isinstance(value, list | tuple) and all(type(one) is int for one in value):
        return [one for one in value if one]
    return None


def find_owners(aliases):
    """Return ``{(model, id)}`` of the documents to which addresses belong."""
    # sudo: names of models are no secret.
    rows = aliases.sudo()
    found = {
        (row.alias_parent_model_id.model, row.alias_parent_thread_id) for row in rows
    }
    found |= {(row.alias_model_id.model, row.alias_force_thread_id) for row in rows}
    return {(model, res_id) for model, res_id in found if res_id}


def hide_names(rows, name):
    """Take out names of documents of ours that the user may not read.

    :param str name: a field that was just computed
    """
    if name == "display_name":
        _hide_subjects(rows)
        return
    by_model, by_id = NAMES[name]
    # sudo: on what a row stands decides, whoever asks.
    for row in rows.sudo():
        model, res_id = row[by_model], row[by_id]
        if (
            (model or "").startswith(OWN_NAMES)
            and model in row.env
            and not _is_judged(row, (by_model, by_id))
            and not is_reader(row.env, model, _get_ids(row.env, res_id))
        ):
            row[name] = False


def _is_judged(row, pointer):
    """Whether a row stands where it was allowed to be written.

    :param row: in sudo
    :param pointer: names of the fields of model and number
    """
    if row.id:
        return row._name in JUDGED or RATED in row.env[row[pointer[0]]]._fields
    origin = row._origin
    if not origin or row._name not in JUDGED:
        return False
    if any(origin[name] != row[name] for name in pointer):
        return False
    # sudo: none; whether the user is shown the row that the form began with.
    return bool(origin.sudo(False)._filtered_access("read"))


def _hide_subjects(rows):
    """Take out the names of messages and files of documents that the user may not read.

    Core shows the name of whatever a form links in the rights of the server.
    """
    by_model = NAMED_AFTER.get(rows._name)
    if not by_model:
        return
    # sudo: on what a message or file stands decides, whoever asks.
    own = rows._origin.sudo().filtered(
        lambda row: (row[by_model] or "").startswith(OWN_NAMES)
    )
    # sudo: none; the user is judged.
    hidden = own - own.sudo(False)._filtered_access("read")
    for row in rows:
        if row._origin in hidden:
            row.display_name = False


def guard_names(model_class):
    """Extend what computes names of documents on a class of the registry.

    Models of any add-on are guarded. Not by a method of ``base``, as each computed
    field of every model of Odoo would pay for it.

    :param model_class: when its fields are set up, which may be several times
    """
    known = model_class._fields.keys()
    names = [name for name, pointer in NAMES.items() if known >= {name, *pointer}]
    if model_class._name in NAMED_AFTER:
        names.append("display_name")
    for name in names:
        field = model_class._fields[name]
        method = field.compute
        is_method = isinstance(method, str)
        # A related field has a function; another may be that of the module beside.
        inner = vars(model_class).get(method) if is_method else method
        guard = (__name__, name)
        if not method or guard in getattr(inner, "guards", ()):
            continue
        outer = _hiding(model_class, method, inner, name)
        outer.guards = frozenset({guard, *getattr(inner, "guards", ())})
        if is_method:
            setattr(model_class, method, outer)
        else:
            field.compute = outer


def _hiding(model_class, method, inner, name):
    """Return how a field is computed so that it tells only what its user may read."""

    # Named as a method of core that it extends, see ``grants.is_typed_act``.
    def _compute_field_value(self):
        if inner:
            inner(self)
        else:
            getattr(super(model_class, self), method)()
        hide_names(self, name)

    return _compute_field_value


class Base(models.AbstractModel):
    """Files tell no more than what their user reads."""

    _inherit = "base"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Core tells, and makes, the external id of any record by its number."""
        if self._name.startswith(OWN_NAMES) and self:
            self.check_access("read")
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)


class MailActivity(models.Model):
    """Whoever has an activity leads it to no document that they may not read."""

    _inherit = "mail.activity"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            for activity in self:
                for model, ids in find_pointed(activity, vals):
                    check_documents(self.env, model, ids)
        return super().write(vals)


class MailAlias(models.Model):
    """Core tells whoever takes an address again to which document it belongs."""

    _inherit = "mail.alias"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        aliases = super().create(vals_list)
        for model, res_id in find_owners(aliases):
            check_documents(self.env, model, [res_id])
        return aliases

    def write(self, vals):
        if self.env.su or OWNERS.isdisjoint(vals):
            return super().write(vals)
        before = find_owners(self)
        result = super().write(vals)
        for model, res_id in find_owners(self) - before:
            check_documents(self.env, model, [res_id])
        return result


class MailComposeMessage(models.TransientModel):
    """Whoever writes on a document reads it, and what is answered there."""

    _inherit = "mail.compose.message"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        composers = super().create(vals_list)
        composers._itsm_check_place()
        return composers

    def write(self, vals):
        result = super().write(vals)
        if not PLACED.isdisjoint(vals):
            self._itsm_check_place()
        return result

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su:
            context = self.env.context
            pointed = values.get("parent_id") or context.get("default_parent_id")
            ids = _get_ids(self.env, pointed) or []
            check_message(self.env["mail.message"].browse(ids[:1]))
        return super().onchange(values, field_names, fields_spec)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_place(self):
        """Refuse to write where the user does not read."""
        if self.env.su:
            return
        for composer in self:
            check_message(composer.parent_id)
            check_documents(self.env, composer.model, composer._evaluate_res_ids())
