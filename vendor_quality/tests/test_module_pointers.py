from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_module_names import NamesCommon

ACTIVITY = "mail.activity"
MESSAGE = "mail.message"
RATING = "rating.rating"
TOLD = {"display_name": {}}
TEXTS = ("char", "text", "html")


def no_numbers(number):
    """Return what core makes a number of, by its kind."""
    return {
        "float": float(number),
        "text": str(number),
        "row": {"id": number},
        "float of a row": {"id": float(number)},
        "text of a row": {"id": str(number)},
        "list": [number],
        "floats": [float(number)],
    }


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPointers(NamesCommon):
    """Whoever gives core a model and a number is told no name."""

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model")
    def test_messages_tell_no_name(self):
        self.assertGreater(self._attack(self._get_message_attacks), 40)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model")
    def test_activities_and_ratings_tell_no_name(self):
        self.assertGreater(self._attack(self._get_row_attacks), 60)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model", "odoo.sql_db")
    def test_saved_rows_tell_no_name(self):
        self.assertGreater(self._attack(self._get_saving_attacks), 10)

    def _get_message_attacks(self, user, record, message):
        """Return ``{name: function that returns what was told}``."""
        place = {"model": record._name, "res_id": record.id}
        default = {f"default_{name}": value for name, value in place.items()}
        spec = {"record_name": {}, **TOLD}
        parent = {"parent_id": {"fields": {**TOLD, "record_name": {}}}}

        def change(values, told=spec, context=None, model=MESSAGE):
            return lambda: self._fill(user, model, values, told, context)

        attacks = {
            f"number: {kind}": change({**place, "res_id": number})
            for kind, number in no_numbers(record.id).items()
        }
        lines = {"message_ids": {"fields": spec}}
        inner = {"child_ids": {"fields": spec, "context": default}}
        return {
            **attacks,
            "form": change(place),
            "model of bytes": change({**place, "model": record._name.encode()}),
            "default": change({}, context=default),
            "defaults": lambda: self._call(
                user, MESSAGE, "default_get", list(spec), context=default
            ),
            "answered": change(
                {"parent_id": message.id}, {"parent_id": {"fields": TOLD}}
            ),
            "new one answered": change({"parent_id": {"id": False, **place}}, parent),
            "old one answered": change({"parent_id": {"id": message.id}}, parent),
            "answer": change(
                {"child_ids": [[0, 0, place]]}, {"child_ids": {"fields": spec}}
            ),
            "answer, default": change({"child_ids": [[0, 0, {}]]}, inner),
            "line": change(
                {"message_ids": [[0, 0, place]]}, lines, model="calendar.event"
            ),
            "message of a rating": change(
                {"message_id": message.id},
                {"message_id": {"fields": TOLD}},
                model=RATING,
            ),
            "later message": change(place, TOLD, model="mail.scheduled.message"),
        }

    def _get_row_attacks(self, user, record, message):
        """Return ``{name: function that returns what was told}``."""
        kind = self.env["ir.model"]._get_id(record._name)
        contact = self.env["ir.model"]._get_id("res.partner")
        row = {"res_model_id": kind, "res_id": record.id}
        spec = {"res_name": {}, **TOLD}
        default = {f"default_{name}": value for name, value in row.items()}

        def change(model, values, told=spec, context=None):
            return lambda: self._fill(user, model, values, told, context)

        attacks = {}
        for model in (ACTIVITY, RATING):
            for name, number in no_numbers(record.id).items():
                values = {**row, "res_id": number}
                attacks[f"{model}, number: {name}"] = change(model, values)
            other = {"res_model": "res.partner", **row}
            new = {"id": contact, "model": record._name}
            attacks |= {
                f"{model}, form": change(model, row),
                f"{model}, two models": change(model, other),
                f"{model}, new model": change(model, {**row, "res_model_id": new}),
                f"{model}, default": change(model, {}, context=default),
            }
        if record == self.ticket:
            linked = {"itsm_ticket_id": {"fields": TOLD}}
            link = {"itsm_ticket_id": record.id}
            attacks["rating, linked"] = change(RATING, link, linked)
        line = {"activity_ids": {"fields": spec}}
        inner = {"activity_ids": {"fields": spec, "context": default}}
        attacks["line"] = change(
            "calendar.event", {"activity_ids": [[0, 0, row]]}, line
        )
        attacks["line, default"] = change(
            "calendar.event", {"activity_ids": [[0, 0, {}]]}, inner
        )
        return attacks

    def _get_saving_attacks(self, user, record, message):
        """Return ``{name: function that returns what was told}``."""
        kind = self.env["ir.model"]._get_id(record._name)
        row = {"res_model_id": kind, "res_id": record.id}
        mine = {"user_id": user.id}
        elsewhere = {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": user.partner_id.id,
        }
        linked = ["itsm_ticket_id"]
        place = {"model": record._name, "res_id": record.id}
        own = {"model": "res.partner", "res_id": user.partner_id.id}
        alias = {
            "alias_name": "taken",
            "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
        }
        parent = {
            "alias_parent_model_id": kind,
            "alias_parent_thread_id": record.id,
        }
        forced = {"alias_model_id": kind, "alias_force_thread_id": record.id}
        return {
            "activity": lambda: self._create(
                user, ACTIVITY, {**row, **mine}, ["res_name"]
            ),
            "activity, led": lambda: self._lead(user, ACTIVITY, mine, row, "res_name"),
            "activity, both models": lambda: self._lead(
                user, ACTIVITY, mine, {**row, "res_model": "res.partner"}, "res_name"
            ),
            "activity, float": lambda: self._lead(
                user, ACTIVITY, mine, {**row, "res_id": float(record.id)}, "res_name"
            ),
            "rating, linked": lambda: self._create(
                user, RATING, {**elsewhere, "itsm_ticket_id": self.ticket.id}, linked
            ),
            "rating, led": lambda: self._lead(
                user, RATING, elsewhere, {"itsm_ticket_id": self.ticket.id}, linked[0]
            ),
            "rating": lambda: self._create(user, RATING, row, ["res_name"]),
            "message": lambda: self._create(user, MESSAGE, place, ["record_name"]),
            "message, led": lambda: self._lead(
                user, MESSAGE, own, place, "record_name"
            ),
            "alias": lambda: self._take_twice(user, {**alias, **parent}),
            "alias, forced": lambda: self._take_twice(user, {**alias, **forced}),
        }

    def _fill(self, user, model, values, told, context):
        """A form that is opened with the values, and one that gets them later."""
        spec = told if isinstance(told, dict) else {name: {} for name in told}
        opened = self._call(
            user, model, "onchange", [], dict(values), [], spec, context=context
        )
        return opened, self._change(user, model, values, spec, context)

    def _lead(self, user, model, values, place, name):
        """A row of one's own is led to a document."""
        ids = self._call(user, model, "create", [values])
        self._call(user, model, "write", ids, place)
        return self._call(user, model, "read", ids, [name])

    def _take_twice(self, user, values):
        """Core says whose alias it is that somebody has already."""
        self._call(user, "mail.alias", "create", [values])
        try:
            return self._call(user, "mail.alias", "create", [values])
        except UserError as error:
            return str(error)

    def test_forms_of_all_models_tell_no_name(self):
        """Whatever has fields for a model and a number, in any add-on."""
        judged = set()
        for name in sorted(self.env.registry):
            fields = self.env[name]._fields
            pairs = [
                (by_model, by_id)
                for by_id, field in fields.items()
                if by_id.endswith(("res_id", "res_ids"))
                and field.type in ("integer", "many2one_reference", "char", "text")
                for by_model in (
                    f"{by_id.rpartition('res_id')[0]}res_model",
                    f"{by_id.rpartition('res_id')[0]}model",
                )
                if by_model in fields and fields[by_model].type == "char"
            ]
            if not pairs or self.env[name]._abstract:
                continue
            told = {
                key: {}
                for key, field in fields.items()
                if field.compute and field.type in TEXTS
            }
            for by_model, by_id in pairs:
                judged.add(name)
                for record in (self.contract, self.ticket):
                    with self.subTest(name, on=record._name, by=by_id):
                        self._judge_form(name, record.sudo(), by_model, by_id, told)
        self.assertGreater(len(judged), 10)

    def _judge_form(self, name, record, by_model, by_id, told):
        """A form with the number of a document is refused, or tells no name."""
        self.env.invalidate_all()
        fields = self.env[name]._fields
        is_list = fields[by_id].type in ("char", "text")
        values = {
            by_model: record._name,
            by_id: str(record.ids) if is_list else record.id,
        }
        if (number := fields.get(f"{by_model}_id")) and number.comodel_name:
            values[number.name] = self.env["ir.model"]._get_id(record._name)
        try:
            answer = repr(self._change(self.system, name, values, told))
        except UserError:
            return
        self.assertNotIn(record.sudo().name, answer)
        self.assertNotIn(record.sudo().display_name, answer)
