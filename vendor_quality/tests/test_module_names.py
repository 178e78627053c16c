from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_form_dispute import DisputeCommon

COMPOSER = "mail.compose.message"
SHOWN = ("subject", "model", "res_ids", "partner_ids", "body")
SECRET = "Zwirnknäuel"


class NamesCommon(DisputeCommon):
    """Documents whose names, and what was said on them, contain a secret."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requester = cls._new_user("requester", "base.group_user")
        cls.ticket = (
            cls.env["itsm.ticket"]
            .with_user(cls.requester)
            .create({"subject": SECRET, "description": f"<p>{SECRET}</p>"})
            .sudo()
        )
        cls._set(cls.contract, subject=SECRET)
        cls.documents = [cls.contract.sudo(), cls.form.sudo(), cls.ticket]
        cls.said = {
            record: record.message_post(body=SECRET, subject=SECRET)
            for record in cls.documents
        }
        cls.stranger = cls._new_user("stranger", "base.group_user")
        cls.system = cls._new_user("sys", "base.group_user,base.group_system")
        cls.strangers = (cls.stranger, cls.system, cls.peer_user)
        cls.env.flush_all()

    def _call(self, user, model, method, *args, context=None, **kwargs):
        return call_kw(
            self.env(user=user.id, su=False)[model],
            method,
            list(args),
            {**kwargs, "context": context or {}},
        )

    def _create(self, user, model, values, names, context=None):
        ids = self._call(user, model, "create", [values], context=context)
        return self._call(user, model, "read", ids, list(names))

    def _change(self, user, model, values, names, context=None):
        """Change fields of a form that tells ``names``, with or without their parts."""
        spec = names if isinstance(names, dict) else {name: {} for name in names}
        return self._call(
            user, model, "onchange", [], values, list(values), spec, context=context
        )

    def _attack(self, get_attacks):
        """Refuse each attack, or tell no name; return how many were refused."""
        refused = 0
        for user in self.strangers:
            for record, message in self.said.items():
                secrets = {SECRET, record.display_name, record.name}
                attacks = get_attacks(user, record, message)
                for name, attack in attacks.items():
                    self.env.invalidate_all()
                    with self.subTest(user=user.login, on=record._name, attack=name):
                        try:
                            with self.env.cr.savepoint():
                                told = repr(attack())
                        except UserError:
                            refused += 1
                            continue
                        for secret in secrets:
                            self.assertNotIn(secret, told)
        return refused


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNames(NamesCommon):
    """What a document is called is told to its readers, whatever points at it."""

    def _get_attacks(self, user, record, message):
        """Return ``{name: function that returns what was told}``."""
        place = {"model": record._name, "res_ids": str(record.ids)}
        active = {
            "active_id": record.id,
            "active_ids": record.ids,
            "active_model": record._name,
        }
        default = {f"default_{name}": value for name, value in place.items()}
        kind = self.env["ir.model"]._get_id(record._name)
        row = {"res_model": record._name, "res_id": record.id}
        parent = {"parent_id": message.id}
        attacks = {
            "composer": lambda: self._create(user, COMPOSER, place, SHOWN),
            "composer, moved": lambda: self._move(user, place),
            "composer, answer": lambda: self._create(user, COMPOSER, parent, SHOWN),
            "composer, default answer": lambda: self._create(
                user, COMPOSER, {}, SHOWN, {"default_parent_id": message.id}
            ),
            "composer, active": lambda: self._create(user, COMPOSER, {}, SHOWN, active),
            "composer, many": lambda: self._create(
                user, COMPOSER, {**place, "composition_mode": "mass_mail"}, SHOWN
            ),
            "form of the composer": lambda: self._change(user, COMPOSER, place, SHOWN),
            "form, answer": lambda: self._change(user, COMPOSER, parent, SHOWN),
            "form, row of the answer": lambda: self._change(
                user, COMPOSER, {"parent_id": {"id": message.id}}, SHOWN
            ),
            "form, default answer": lambda: self._change(
                user, COMPOSER, {}, SHOWN, {"default_parent_id": message.id}
            ),
            "form, default": lambda: self._change(user, COMPOSER, {}, SHOWN, default),
            "form, active": lambda: self._change(user, COMPOSER, {}, SHOWN, active),
            "activity": lambda: self._change(
                user, "mail.activity", {**row, "res_model_id": kind}, ["res_name"]
            ),
            "activity, by its model": lambda: self._change(
                user,
                "mail.activity",
                {"res_id": record.id, "res_model_id": {"id": kind}},
                ["res_name"],
            ),
            "activity, default": lambda: self._change(
                user,
                "mail.activity",
                {},
                ["res_name"],
                {"default_res_model": record._name, "default_res_id": record.id},
            ),
            "rating": lambda: self._change(
                user, "rating.rating", {**row, "res_model_id": kind}, ["res_name"]
            ),
            "parent of a rating": lambda: self._change(
                user,
                "rating.rating",
                {"parent_res_model_id": kind, "parent_res_id": record.id},
                ["parent_res_name"],
            ),
            "file": lambda: self._change(user, "ir.attachment", row, ["res_name"]),
            "text message": lambda: self._create(
                user,
                "sms.composer",
                {**row, "body": "x"},
                ["recipient_single_description"],
            ),
            "search": lambda: self._call(user, record._name, "name_search", ""),
            "search of the client": lambda: self._call(
                user, record._name, "web_name_search", "", {"display_name": {}}
            ),
            "message": lambda: self._call(
                user, "mail.message", "read", message.ids, ["record_name", "subject"]
            ),
            "messages": lambda: self._call(user, "mail.message", "name_search", SECRET),
        }
        return attacks

    def _move(self, user, place):
        """A composer on what everybody reads is led to another document."""
        start = {"model": "res.partner", "res_ids": str(user.partner_id.ids)}
        ids = self._call(user, COMPOSER, "create", [start])
        self._call(user, COMPOSER, "write", ids, {**place, "subject": False})
        return self._call(user, COMPOSER, "read", ids, list(SHOWN))

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model")
    def test_strangers_are_told_no_name(self):
        refused = self._attack(self._get_attacks)
        self.assertGreater(refused, 60)

    def test_readers_write_as_before(self):
        """Who reads a document composes on it, answers there and plans an activity."""
        for user, record in (
            (self.officer_user, self.contract),
            (self.officer_user, self.form),
            (self.requester, self.ticket),
        ):
            message = self.said[record.sudo()]
            place = {"model": record._name, "res_ids": str(record.ids)}
            for values in (place, {"parent_id": message.id}):
                (told,) = self._create(user, COMPOSER, values, SHOWN)
                self.assertEqual(told["model"], record._name)
                self.assertTrue(self._change(user, COMPOSER, values, SHOWN))
            row = {
                "res_id": record.id,
                "res_model_id": self.env["ir.model"]._get_id(record._name),
            }
            told = self._change(user, "mail.activity", row, ["res_name"])
            self.assertEqual(told["value"]["res_name"], record.sudo().display_name)
            place = {"model": record._name, "res_id": record.id}
            told = self._change(user, "mail.message", place, ["record_name"])
            self.assertEqual(told["value"]["record_name"], record.sudo().display_name)
            told = self._call(
                user,
                "mail.message",
                "onchange",
                [],
                {"parent_id": message.id},
                [],
                {"parent_id": {"fields": {"display_name": {}}}},
            )
            self.assertIn(SECRET, repr(told))

    def test_whoever_has_an_activity_opens_it(self):
        """Its document may be hidden since: the stored form still opens."""
        activity = self.contract.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.officer_user.id
        )
        activity.sudo().user_id = self.stranger
        values = {"res_model": self.contract._name, "res_id": self.contract.id}
        told = self._call(
            self.stranger,
            "mail.activity",
            "onchange",
            activity.ids,
            {**values, "summary": "Call"},
            ["summary"],
            {"summary": {}},
        )
        self.assertIn("value", told)

    def test_external_ids_are_told_to_readers(self):
        self.stranger.group_ids |= self.env.ref("base.group_allow_export")
        for record in self.documents:
            record._BaseModel__ensure_xml_id()
            with self.assertRaises(AccessError):
                record.with_user(self.stranger).sudo(False).export_data(["id"])
