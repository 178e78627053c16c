import json
from datetime import timedelta
from urllib.parse import urlencode

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, get_db_name, new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models.base.acting_person import check_person
from ..models.bid import vendor as portal
from ..models.contract.vendor_acts import sign_contract_by_name
from .attack_persons import PersonCase
from .common import BidCommon, ContractCommon, IncentiveCommon, OutsourcingCommon
from .fake_person import as_console


@tagged("post_install", "-at_install")
class TestPerson(PersonCase, OutsourcingCommon):
    """Requests: neither a console nor a record of another user decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._create_request()
        cls.request.action_submit()
        cls.mine = cls.request.with_user(cls.hr_user)

    def test_reviews_need_a_person(self):
        self._assert_needs_person(
            {"validate": self.mine.validate_tier, "reject": self.mine.reject_tier},
            self.request,
        )
        self.assertEqual(self.request.sudo().review_ids[:1].status, "pending")

    def test_decisions_need_a_person(self):
        self._pass_reviews(self.request, self.hr_user, self.manager_user)
        self._assert_needs_person(
            {
                "approve": self.mine.action_approve,
                "refuse": lambda: self.mine.action_refuse("No"),
                "write": lambda: self.mine.write({"state": "approved"}),
                "sudo": lambda: self.mine.sudo().write({"state": "approved"}),
            },
            self.request,
        )
        self.mine.action_approve()
        self.assertEqual(self.request.state, "approved")

    def test_work_goes_on_without_a_person(self):
        """Filing and submitting are no decisions: jobs may do them."""
        request = self._create_request()
        as_console(request.action_submit)
        self.assertEqual(request.state, "submitted")

    def test_every_decision_is_a_persons(self):
        self._assert_decisions_are_personal("outsourcing.flow.mixin", at_least=30)


@tagged("post_install", "-at_install")
class TestPersonTender(PersonCase, BidCommon):
    """Tenders and bids."""

    def test_tender_and_bids(self):
        bid = self._sealed_bid(self.alpha_user, ("98765.43", "0.01"))
        draft = self._draft_bid(self.beta_user, ("98765.43", "0.01"))
        self._assert_needs_person(
            {
                "seal": draft.action_seal,
                "withdraw": bid.action_withdraw,
                "replace": lambda: portal.replace_bid(bid),
                "reconfirm": lambda: portal.reconfirm_bid(bid),
            },
            bid | draft,
        )
        tender = self.tender.with_user(self.procurement_user)
        member = tender.sudo().committee_ids[:1].with_user(self.procurement_user)
        self._assert_needs_person(
            {
                "cancel": lambda: tender.action_cancel("No need"),
                "few bids": lambda: tender.action_accept_few_bids("Two are enough"),
                "declare": lambda: member.with_user(member.user_id).action_declare(),
                "recuse": lambda: member.action_recuse("Busy"),
            },
            tender,
        )
        self._close(self.tender)
        self._assert_needs_person({"open": tender.action_open}, tender)


@tagged("post_install", "-at_install")
class TestPersonContract(PersonCase, ContractCommon):
    """Contracts: the vendor's signature, ours, and the filing."""

    def test_contract(self):
        contract = self._create_contract()
        self._send_to_sign(contract)
        buyer = contract.with_user(self.procurement_user)
        partner = contract.partner_id
        self._assert_needs_person(
            {
                "vendor": lambda: sign_contract_by_name(contract, partner, "Ann Lee"),
                "sign": buyer.action_sign,
                "file": lambda: contract.with_user(self.hr_user).action_file("A 1"),
            },
            contract,
        )


@tagged("post_install", "-at_install")
class TestPersonIncentive(PersonCase, IncentiveCommon):
    """Rewards and penalties."""

    def test_incentive(self):
        finding = self._create_finding()
        finance = finding.with_user(self.finance_user)
        self._assert_needs_person(
            {
                "verify": lambda: finance.action_verify(1000),
                "reject": lambda: finance.action_reject("No"),
            },
            finding,
        )


@tagged("post_install", "-at_install")
class TestPersonRequests(OutsourcingCommon, HttpCase):
    """Real requests: who is logged in decides, by each way of logging in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._create_request()
        cls.request.action_submit()
        cls._pass_reviews(cls.request, cls.hr_user, cls.manager_user)
        cls.script = cls.env["ir.actions.server"].create(
            {
                "name": "Approve as HR",
                "model_id": cls.env["ir.model"]._get_id("outsourcing.request"),
                "state": "code",
                "code": f"record.with_user({cls.hr_user.id}).action_approve()",
            }
        )
        cls.system = new_test_user(
            cls.env,
            "outsourcing_system",
            f"base.group_system,{'outsourcing_mgmt.group_outsourcing_hr'}",
        )

    def _call_session(self, user, model, method, ids, context=None):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {
                "model": model,
                "method": method,
                "args": [ids],
                "kwargs": {"context": context or {}},
            },
        )

    def _call_key(self, user, model, method, ids, context=None):
        self.authenticate(None, None)
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "Test", self.env.cr.now() + timedelta(days=1))
        )
        return self.url_open(
            f"/json/2/{model}/{method}",
            headers={"Authorization": f"Bearer {key}"},
            json={"ids": ids, "context": context or {}},
        )

    def _call_legacy(self, user, model, method, ids):
        return self.xmlrpc_object.execute_kw(
            get_db_name(), user.id, user.login, model, method, [ids]
        )

    def _state(self):
        self.request.invalidate_recordset()
        return self.request.state

    def test_session(self):
        self._call_session(
            self.hr_user, "outsourcing.request", "action_approve", self.request.ids
        )
        self.assertEqual(self._state(), "approved")

    def test_api_key(self):
        answer = self._call_key(
            self.hr_user, "outsourcing.request", "action_approve", self.request.ids
        )
        self.assertTrue(answer.ok, answer.text)
        self.assertEqual(self._state(), "approved")

    def test_legacy_rpc(self):
        with mute_logger("odoo.addons.rpc.controllers.xmlrpc"):
            self._call_legacy(
                self.hr_user, "outsourcing.request", "action_approve", self.request.ids
            )
        self.assertEqual(self._state(), "approved")

    @mute_logger("odoo.http", "odoo.tools.safe_eval")
    def test_server_action_decides_for_nobody(self):
        """Neither for another user, nor for the one who runs it."""
        context = {
            "active_model": "outsourcing.request",
            "active_id": self.request.id,
            "active_ids": self.request.ids,
        }
        for user in (self.system, self.hr_user):
            self.script.group_ids = [Command.link(self.env.ref("base.group_user").id)]
            for call in (self._call_key, self._call_session):
                with self.subTest(user=user.login, call=call.__name__):
                    try:
                        answer = call(
                            user, "ir.actions.server", "run", self.script.ids, context
                        ).text
                    except JsonRpcException as error:
                        answer = str(error)
                    self.assertIn("odoo.exceptions.AccessError", answer)
                    self.assertEqual(self._state(), "submitted")

    @mute_logger("odoo.http", "odoo.addons.web.controllers.report")
    def test_name_of_a_printed_report_decides_nothing(self):
        report = self.env.ref("outsourcing_mgmt.action_report_outsourcing_request")
        report.print_report_name = "object.action_approve() and object.name"
        self.authenticate(self.hr_user.login, self.hr_user.login)
        path = f"/report/text/{report.report_name}/{self.request.id}"
        data = urlencode({"data": json.dumps([path, "qweb-text"])})
        answer = self.url_open(f"/report/download?{data}")
        self.assertNotEqual(answer.status_code, 404)
        self.assertEqual(self._state(), "submitted")


@tagged("post_install", "-at_install")
class TestEvaluatedActs(OutsourcingCommon):
    """Whatever the framework evaluates decides nothing, in whoever's name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._create_request()
        cls.request.action_submit()
        cls._pass_reviews(cls.request, cls.hr_user, cls.manager_user)
        cls.mine = cls.request.with_user(cls.hr_user)

    def _assert_undecided(self, act):
        with (
            self.assertRaises(Exception) as caught,  # noqa: B017
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            self.cr.savepoint(),
        ):
            act()
        cause = caught.exception
        while cause.__cause__ or cause.__context__:
            cause = cause.__cause__ or cause.__context__
        self.assertIn("own act of a person", str(cause))
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "submitted")

    def test_templates(self):
        mixin = self.env["mail.render.mixin"].with_user(self.hr_user)
        for engine, text in (
            ("inline_template", "{{ object.action_approve() }}"),
            ("qweb", '<t t-out="object.action_approve()"/>'),
            (
                "inline_template",
                f"{{{{ object.with_user({self.hr_user.id})"
                ".write(dict(state='approved')) }}",
            ),
        ):
            with self.subTest(engine=engine):
                self._assert_undecided(
                    lambda engine=engine, text=text: mixin.sudo()._render_template(
                        text, self.request._name, self.request.ids, engine
                    )
                )

    def test_custom_field(self):
        self.env["ir.model.fields"].create(
            {
                "name": "x_decided",
                "model_id": self.env["ir.model"]._get_id(self.request._name),
                "ttype": "boolean",
                "store": False,
                "depends": "subject",
                "compute": "for rec in self: rec['x_decided'] = rec.action_approve()",
            }
        )
        self._assert_undecided(lambda: self.mine.x_decided)

    def test_record_rule(self):
        act = (
            f"user.env['outsourcing.request'].sudo().browse({self.request.id})"
            ".action_approve()"
        )
        with self.cr.savepoint() as savepoint:
            rule = self.env["ir.rule"].create(
                {
                    "name": "Decide",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "domain_force": "[(1, '=', 1)]",
                }
            )
            self.cr.execute(
                "UPDATE ir_rule SET domain_force = %s WHERE id = %s",
                [f"[(1, '=', 1 if {act} else 0)]", rule.id],
            )
            self.env.invalidate_all()
            self.env.registry.clear_cache()
            self._assert_undecided(
                lambda: self.env["res.partner"].with_user(self.hr_user).search([])
            )
            savepoint.rollback()
        self.env.registry.clear_cache()

    def test_code_that_was_kept_for_later(self):
        """A function made by evaluated code is known when somebody calls it."""
        late = safe_eval(
            "lambda: record.action_approve()", {"record": self.mine}, mode="eval"
        )
        self._assert_undecided(late)

    def test_act_that_was_left_for_the_commit(self):
        def leave_for_the_commit():
            self.env.cr.precommit.add(self.mine.action_approve)
            self.env.cr.precommit.run()

        self._assert_undecided(leave_for_the_commit)

    def test_nobody_is_logged_in_by_evaluated_code(self):
        for code in (
            f"env['res.users.apikeys'].with_user({self.hr_user.id})"
            "._generate('rpc', 'Key', None)",
            f"env['res.users'].sudo().browse({self.hr_user.id})"
            "._compute_session_token('sid')",
        ):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Take a key",
                    "model_id": self.env["ir.model"]._get_id("res.users"),
                    "state": "code",
                    "code": code,
                }
            )
            with self.assertRaisesRegex(AccessError, "log nobody in"):
                action.run()

    def test_evaluated_code_makes_no_passkey(self):
        """Core makes one for whoever the environment names, a vendor as well."""
        if "auth_passkey_key_ids" not in self.env["res.users"]._fields:
            self.skipTest("auth_passkey is not installed")
        portal = new_test_user(self.env, "passkey_portal", "base.group_portal")
        for user in (self.hr_user, portal):
            key = "(0, 0, {'name': 'Key', 'credential_identifier': 'key'})"
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Take a passkey",
                    "model_id": self.env["ir.model"]._get_id("res.users"),
                    "state": "code",
                    "code": f"env(user={user.id}).user.write("
                    f"{{'auth_passkey_key_ids': [{key}]}})",
                }
            )
            with self.assertRaisesRegex(AccessError, "log nobody in"):
                action.run()

    def test_nobody_is_no_person(self):
        for user in (self.env.ref("base.user_root"), self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                as_console(check_person, self.request.with_user(user))
