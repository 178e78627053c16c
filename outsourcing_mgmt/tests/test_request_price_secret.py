from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.request.outsourcing_reference_price import reveal
from ..tools import commitment
from .common import TenderCommon

FINANCE = "outsourcing_mgmt.group_outsourcing_finance"
SECRET = 98765.43


@tagged("post_install", "-at_install")
class TestPriceSecret(TenderCommon):
    """The amount is for its author and for those who were in finance before."""

    reference_amount = SECRET

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_published()
        cls.price = cls.tender.sudo().reference_price_id.with_env(cls.env)
        cls.settings_user = new_test_user(
            cls.env, "outsourcing_settings", "base.group_system"
        )
        cls.puppet_user = new_test_user(
            cls.env, "outsourcing_puppet", "base.group_user"
        )
        cls.finance = cls.env.ref(FINANCE)

    def _read(self, user, sudo=False):
        self.env.invalidate_all()
        return self.price.with_user(user).sudo(sudo).amount

    # ------------------------------------------------------------
    # SUDO AND EVALUATED CODE
    # ------------------------------------------------------------

    def test_sudo_reads_nothing(self):
        for user in (
            self.env.user,
            self.settings_user,
            self.procurement_user,
            self.other_officer_user,
            self.plain_user,
        ):
            with self.subTest(user.login):
                self.assertFalse(self._read(user, sudo=True))
        for user in (self.officer_user, self.finance_user, self.other_finance_user):
            self.assertEqual(self._read(user), SECRET)

    def test_secret_is_sealed(self):
        self.cr.execute("SELECT id FROM outsourcing_reference_price_secret")
        ids = [row[0] for row in self.cr.fetchall()]
        Secret = self.env["outsourcing.reference.price.secret"].sudo()
        for attack in (
            lambda: Secret.search([]),
            lambda: Secret.search_count([("amount", ">", "5")]),
            lambda: Secret._read_group([], ["price_id"], ["__count"]),
            lambda: Secret.browse(ids).mapped("amount"),
            lambda: Secret.browse(ids).read(),
            lambda: Secret.browse(ids).write({"nonce": "0"}),
            lambda: Secret.browse(ids).unlink(),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                attack()

    def test_templates_read_nothing(self):
        readers = (self.officer_user.id, self.finance_user.id)
        attacks = [
            f"object.with_user({user}).sudo().{path}"
            for user in readers
            for path in ("amount", "source_ids.mapped('amount')")
        ]
        attacks += [
            "object.sudo().amount",
            "object.sudo().source_ids.mapped('amount')",
            "object.env['outsourcing.reference.price.source'].sudo()"
            ".search([('amount', '&gt;', 98765)])",
            "object.env['outsourcing.reference.price.secret'].sudo().search([])"
            ".mapped('amount')",
        ]
        self.cr.execute(
            "UPDATE outsourcing_reference_price_source SET amount = 98765.43"
        )
        mixin = self.env["mail.render.mixin"]
        for attack in attacks:
            self._read(self.officer_user)
            with (
                self.subTest(attack),
                mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            ):
                try:
                    text = mixin._render_template(
                        f'<t t-out="{attack}"/>',
                        self.price._name,
                        self.price.ids,
                        "qweb",
                    )[self.price.id]
                except Exception as error:  # noqa: BLE001
                    text = str(error)
                self.assertNotIn("98765", str(text))
                self.assertNotIn(f"source({self.price.source_ids[:1].id}", str(text))

    def test_automation_reads_nothing_from_the_cache(self):
        """What the author typed or read in the same request is not left for it."""
        request = self._create_approved_request()
        draft = self._create_reference_price(request, SECRET)
        self.assertEqual(draft.amount, SECRET)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Attack",
                "model_id": self.env["ir.model"]._get_id(draft._name),
                "state": "code",
                "code": "action = {'got': [record.amount, record.sudo().amount]}",
            }
        )
        result = (
            action.with_user(self.officer_user)
            .sudo()
            .with_context(active_model=draft._name, active_id=draft.id)
            .run()
        )
        self.assertEqual(result["got"], [0, 0])
        self.assertEqual(draft.amount, SECRET, "the author still reads it")

    # ------------------------------------------------------------
    # FINANCE BY GRANT
    # ------------------------------------------------------------

    def _grants(self):
        admin = self.settings_user
        user = self.env.ref("base.group_user")
        yield lambda: admin.with_user(admin).write(
            {"group_ids": [Command.link(self.finance.id)]}
        )
        yield lambda: self.finance.with_user(admin).write(
            {"user_ids": [Command.link(admin.id)]}
        )
        yield lambda: user.with_user(admin).write(
            {"implied_ids": [Command.link(self.finance.id)]}
        )

    def test_finance_by_own_grant_reads_nothing_of_before(self):
        for grant in self._grants():
            with self.cr.savepoint() as savepoint:
                grant()
                self.env.flush_all()
                self.env.invalidate_all()
                # Core leaves what it knows of a user's groups in a cache.
                self.registry.clear_all_caches()
                self.assertTrue(self.settings_user.has_group(FINANCE))
                self.assertFalse(self._read(self.settings_user))
                self.assertFalse(self._read(self.settings_user, sudo=True))
                sources = self.env["outsourcing.reference.price.source"]
                self.assertFalse(
                    sources.with_user(self.settings_user).search(
                        [("price_id", "=", self.price.id)]
                    )
                )
                with self.assertRaises(AccessError):
                    self.price.source_ids.with_user(self.settings_user).read(["amount"])
                self.assertEqual(self._read(self.finance_user), SECRET)
                savepoint.rollback()
            self.env.invalidate_all()
            self.registry.clear_all_caches()

    def _grant(self, user=None):
        user = user or self.settings_user
        user.with_user(self.settings_user).sudo().group_ids = [
            Command.link(self.finance.id)
        ]
        return self.env["outsourcing.price.reader"].search([("user_id", "=", user.id)])

    def test_second_of_finance_confirms(self):
        reader = self._grant()
        self.assertRecordValues(
            reader,
            [
                {
                    "state": "requested",
                    "requester_id": self.settings_user.id,
                    "price_ids": self.price.ids,
                }
            ],
        )
        self.assertEqual(len(reader.activity_ids), 3, "finance, HR and an auditor")
        with self.assertRaisesRegex(UserError, "neither the person"):
            reader.with_user(self.settings_user).action_confirm()
        puppet = self._grant(self.puppet_user)
        with self.assertRaisesRegex(UserError, "neither the person"):
            puppet.with_user(self.settings_user).action_confirm()
        with self.assertRaisesRegex(UserError, "who reads these prices"):
            reader.with_user(self.puppet_user).action_confirm()
        reader.with_user(self.finance_user).action_confirm()
        self.assertRecordValues(
            reader,
            [{"state": "confirmed", "finance_by_id": self.finance_user.id}],
        )
        self.assertTrue(reader.finance_at)
        self.assertFalse(reader.activity_ids)
        self.assertEqual(self._read(self.settings_user), SECRET)
        self.assertFalse(self._read(self.puppet_user))
        log = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", self.price._name), ("res_id", "=", self.price.id)]
        )
        self.assertLessEqual(
            {"reader_requested", "reader_confirmed"}, set(log.mapped("verb"))
        )

    def test_hr_and_auditor_confirm_together(self):
        reader = self._grant()
        reader.with_user(self.hr_user).action_confirm()
        self.assertFalse(self._read(self.settings_user))
        for user in (self.hr_user, self.other_hr_user):
            with self.assertRaises(UserError):
                reader.with_user(user).action_confirm()
        reader.with_user(self.auditor_user).action_confirm()
        self.assertEqual(reader.state, "confirmed")
        self.assertEqual(self._read(self.settings_user), SECRET)

    def test_refused_reader_asks_again(self):
        reader = self._grant()
        reader.with_user(self.finance_user).action_refuse()
        self.assertRecordValues(
            reader, [{"state": "refused", "refused_by_id": self.finance_user.id}]
        )
        mine = self.price.with_user(self.settings_user)
        self.assertTrue(mine.can_ask_to_read)
        mine.action_ask_to_read()
        self.assertEqual(
            len(
                self.env["outsourcing.price.reader"].search(
                    [("user_id", "=", self.settings_user.id)]
                )
            ),
            2,
        )
        self.assertFalse(self._read(self.settings_user))

    def test_new_user_of_finance_reads_what_comes_later(self):
        self._grant(self.puppet_user)
        price = self._create_reference_price(self._create_approved_request(), 5000)
        price.action_submit()
        self.assertEqual(price.with_user(self.puppet_user).amount, 5000)
        self.assertFalse(self._read(self.puppet_user))

    def test_one_step_is_not_taken_by_hand(self):
        reader = self._grant()
        for user in (self.settings_user, self.finance_user, self.puppet_user):
            for attack in (
                lambda mine: mine.sudo().write({"state": "confirmed"}),
                lambda mine: mine.sudo()._take_step("confirmed"),
                lambda mine: mine.sudo().write({"user_id": self.puppet_user.id}),
                lambda mine: mine.sudo().write({"price_ids": [Command.clear()]}),
                lambda mine: (
                    self.price.with_user(mine.env.user)
                    .sudo()
                    .write({"reader_ids": [Command.link(mine.env.uid)]})
                ),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    attack(reader.with_user(user))
        self.assertFalse(self._read(self.settings_user))

    # ------------------------------------------------------------
    # COMMITMENT
    # ------------------------------------------------------------

    def test_currency_alone_makes_a_new_commitment(self):
        draft = self._create_reference_price(self._create_approved_request(), 7000)
        before = draft.commitment
        currency = self.env["res.currency"].with_context(active_test=False)
        other = currency.search([("id", "!=", draft.currency_id.id)], limit=1)
        draft.currency_id = other
        self.assertNotEqual(draft.commitment, before)
        self.assertEqual(draft.amount, 7000)
        reveal(draft)
        self.assertTrue(
            commitment.verify(
                draft.commitment, *draft.revealed_terms.split("|"), draft.revealed_nonce
            )
        )

    def test_company_alone_makes_a_new_commitment(self):
        other = self.env["res.company"].create({"name": "Branch"})
        self.officer_user.company_ids = [Command.link(other.id)]
        draft = self._create_reference_price(
            self.env["outsourcing.request"], 7000, request_ids=[]
        )
        before = draft.commitment
        draft.company_id = other
        self.assertNotEqual(draft.commitment, before)
        self.cr.execute(
            "SELECT company_id FROM outsourcing_reference_price_secret"
            " WHERE price_id = %s",
            (draft.id,),
        )
        self.assertEqual(self.cr.fetchone()[0], other.id)
        reveal(draft)

    def test_published_price_is_content_no_more(self):
        before = self.price.commitment
        euro = self.env.ref("base.EUR") - self.price.currency_id
        euro = euro or self.env.ref("base.USD")
        for user in (self.officer_user, self.finance_user, self.env.user):
            for vals in (
                {"currency_id": euro.id},
                {"company_id": self.company.id, "currency_id": euro.id},
                {"amount": 1},
                {"commitment": "0" * 64},
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    self.price.with_user(user).sudo().write(vals)
        self.assertEqual(self.price.commitment, before)

    def test_renamed_currency_does_not_stop_the_opening(self):
        currency = self.price.currency_id
        currency.write({"name": "XYZ", "rounding": 0.001})
        self.env.flush_all()
        reveal(self.price)
        self.assertEqual(self.price.revealed_amount, SECRET)
        self.assertTrue(self.price.revealed_date <= fields.Datetime.now())
