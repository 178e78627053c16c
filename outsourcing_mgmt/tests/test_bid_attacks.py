from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.base.outsourcing_sealed_mixin import _holding, sealed_read
from ..models.bid import vendor as portal
from ..models.bid.outsourcing_bid_envelope import open_bids
from .common import BidCommon

ENVELOPES = "object.env['outsourcing.bid.envelope']"
FILES = "object.env['outsourcing.bid.file']"
AS_VENDOR = "object.with_user({vendor}).sudo()"
DRAFT_AS_VENDOR = "object.browse({draft}).with_user({other}).sudo()"

# What an editor of templates or server actions may type, ``object`` being a bid.
READS = (
    f"{ENVELOPES}._unlocked().search([]).mapped('payload')",
    f"{ENVELOPES}.sudo().search([]).mapped('payload')",
    f"{ENVELOPES}.sudo().search_fetch([], ['payload']).mapped('payload')",
    f"{ENVELOPES}.sudo().search_read([], ['payload'])",
    f"{ENVELOPES}.sudo().browse({{envelopes}}).mapped('payload')",
    f"{ENVELOPES}.sudo().browse({{envelopes}}).read(['payload'])",
    f"{ENVELOPES}.sudo().browse({{envelopes}})._fetch_query("
    f"{ENVELOPES}._as_query(), [{ENVELOPES}._fields['payload']])",
    f"{ENVELOPES}.with_context(outsourcing_seal_key=True).sudo().search([]).ids",
    f"{ENVELOPES}._load(object)",
    f"{ENVELOPES}._of(object)",
    f"{ENVELOPES}.sealed_read([], ['payload'])",
    f"{FILES}._unlocked().search([]).mapped('content')",
    f"{FILES}._of(object).mapped('content')",
    f"{FILES}.sudo().browse({{files}}).mapped('content')",
    f"{AS_VENDOR}._vendor_read()",
    f"{AS_VENDOR}._vendor_export()",
    f"{AS_VENDOR}.read_bid()",
    "object._prepare_sealed_contents()",
    "sealed_read(object, [])",
    "object.env.registry['outsourcing.bid']._vendor_read(object)",
)
ACTS = (
    f"{AS_VENDOR}.action_withdraw()",
    f"{AS_VENDOR}.write(dict(state='withdrawn'))",
    f"{AS_VENDOR}._vendor_replace()",
    f"{AS_VENDOR}._on_enter_withdrawn(dict())",
    f"{AS_VENDOR}._take_step('withdrawn')",
    f"{DRAFT_AS_VENDOR}.action_seal()",
    f"{DRAFT_AS_VENDOR}._on_enter_sealed(dict())",
    f"{DRAFT_AS_VENDOR}._vendor_save(note='changed')",
    f"{ENVELOPES}._erase(object)",
    f"{ENVELOPES}._store(object, dict(price='0'))",
    f"{ENVELOPES}.sudo().browse({{envelopes}}).unlink()",
    f"{ENVELOPES}.sudo().browse({{envelopes}}).write(dict(payload='0'))",
    f"{FILES}._add(object, 'price', 'x.pdf', b'x')",
)
OPENINGS = (
    "object.sudo()._open_envelope('price')",
    "object.sudo().open_bids('price')",
    "object.tender_id.sudo()._open_prices()",
    "object.tender_id.sudo()._on_enter_opened(dict())",
)


@tagged("post_install", "-at_install")
class TestBidAttacks(BidCommon):
    """Code that people type into the database reads and writes no sealed bid.

    Each attack is tried as an inline template, as a QWeb template and as a server
    action, with the rights of the superuser: neither reads a sealed bid, nor
    changes or opens one, nor acts for a vendor.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bid = cls._sealed_bid(cls.alpha_user, ("98765.43", "0.01"))
        cls.draft = cls._draft_bid(cls.beta_user, ("98765.43", "0.01"))
        cls.bid = cls.bid.with_env(cls.env)
        cls.env.flush_all()
        cls.words = {
            "vendor": cls.alpha_user.id,
            "other": cls.beta_user.id,
            "draft": cls.draft.id,
            "envelopes": cls._get_ids("outsourcing_bid_envelope"),
            "files": cls._get_ids("outsourcing_bid_file"),
        }

    @classmethod
    def _get_ids(cls, table):
        cls.env.cr.execute(f"SELECT id FROM {table}")
        return [row[0] for row in cls.env.cr.fetchall()]

    def _get_rows(self):
        """Return the sealed tables and the state of the bids as they are stored."""
        self.env.flush_all()
        rows = []
        for query in (
            "SELECT id, payload, sha256 FROM outsourcing_bid_envelope ORDER BY id",
            "SELECT id, name, md5(content) FROM outsourcing_bid_file ORDER BY id",
            "SELECT id, state, price_opened_at FROM outsourcing_bid ORDER BY id",
            "SELECT id, price_unit FROM outsourcing_bid_line ORDER BY id",
        ):
            self.cr.execute(query)
            rows.append(str(self.cr.fetchall()))
        return rows

    def _render(self, engine, text):
        mixin = self.env["mail.render.mixin"]
        return mixin._render_template(text, self.bid._name, self.bid.ids, engine)[
            self.bid.id
        ]

    def _run_action(self, code):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Attack",
                "model_id": self.env["ir.model"]._get_id(self.bid._name),
                "state": "code",
                "code": f"object = record\naction = {{'got': str({code})}}",
            }
        )
        context = {"active_model": self.bid._name, "active_id": self.bid.id}
        return action.with_context(**context).run()

    def _assert_repelled(self, attacks):
        before = self._get_rows()
        ways = {
            "inline": lambda code: self._render(
                "inline_template", "{{ " + code + " }}"
            ),
            "qweb": lambda code: self._render("qweb", f'<t t-out="{code}"/>'),
            "action": self._run_action,
        }
        for attack in attacks:
            code = attack.format(**self.words)
            for way, run in ways.items():
                with (
                    self.subTest(way=way, code=code),
                    mute_logger(
                        "odoo.addons.mail.models.mail_render_mixin",
                        "odoo.tools.safe_eval",
                    ),
                    self.cr.savepoint() as savepoint,
                ):
                    result = None
                    with self.assertRaises(Exception) as caught:  # noqa: B017
                        result = run(code)
                    self.assertIsNone(result)
                    cause = caught.exception
                    while cause.__cause__ or cause.__context__:
                        cause = cause.__cause__ or cause.__context__
                    self.assertIsInstance(
                        cause, (AccessError, AttributeError, NameError, KeyError)
                    )
                    self.assertNotIn("98765.43", str(caught.exception))
                    self.assertEqual(self._get_rows(), before)
                    savepoint.rollback()
                self.env.invalidate_all()

    def test_sealed_content_is_not_read(self):
        self._assert_repelled(READS)

    def test_nobody_acts_for_a_vendor(self):
        self._assert_repelled(ACTS)

    def test_nothing_is_opened(self):
        self._close(self.tender)
        self._assert_repelled(OPENINGS)

    def test_values_that_were_read_are_forgotten(self):
        """What the vendor or the opening reads is not left in the cache."""
        attack = f"{ENVELOPES}.sudo().browse({{envelopes}}).mapped('payload')"
        portal.read_bid(self.bid.with_user(self.alpha_user).sudo())
        portal.save_draft(self.draft.with_user(self.beta_user).sudo(), note="more")
        self._assert_repelled([attack])
        self._close(self.tender)
        open_bids(self.bid, "technical")
        self._assert_repelled([attack])

    def test_no_custom_field_copies_what_is_sealed(self):
        for name in ("outsourcing.bid.envelope", "outsourcing.bid.file"):
            with self.assertRaises(ValidationError):
                self.env["ir.model.fields"].create(
                    {
                        "name": "x_copy",
                        "model_id": self.env["ir.model"]._get_id(name),
                        "ttype": "char",
                        "compute": "for row in self: row['x_copy'] = row.kind",
                        "depends": "kind",
                        "store": True,
                    }
                )

    def test_right_is_for_one_operation_of_one_model(self):
        """The right to read the envelopes reads no files and writes nothing."""
        envelopes = self.env["outsourcing.bid.envelope"].sudo()
        ids = self.words["envelopes"]
        with _holding("read", envelopes, ["kind"]):
            for refused in (
                lambda: envelopes.search_fetch([], ["payload"]),
                lambda: envelopes.browse(ids).read(["kind"]),
                lambda: envelopes.browse(ids).write({"kind": "price"}),
                lambda: envelopes.browse(ids).unlink(),
                lambda: self.env["outsourcing.bid.file"].sudo().search([]),
            ):
                with self.assertRaises(AccessError):
                    refused()
            self.assertEqual(len(envelopes.search_fetch([], ["kind"])), len(ids))
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                envelopes.search_fetch([], ["kind"])
        rows = sealed_read(envelopes, [("id", "in", ids)], ("payload",))
        self.assertEqual(len(rows), len(ids))
        with self.assertRaises(AccessError):
            envelopes.search([])
