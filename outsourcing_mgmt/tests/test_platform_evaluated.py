from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.base.grants import granting, server_create
from .common import BidCommon, OutsourcingCommon

# What a template editor or an administrator may type, ``object`` being a request
# that is submitted: private methods of the suite that act for a step.
CALLS = (
    "object._on_enter_approved({object.id: 'submitted'})",
    "object._on_enter_submitted({object.id: 'draft'})",
    "object._tier_void_reviews('forged')",
    "object.env['outsourcing.audit.log']._record(object, 'forged')",
    "object.env['outsourcing.audit.log']._append([(object, object, 'forged', dict())])",
    "object.env['outsourcing.review.history']._record(object.review_ids, 'forged')",
    "object.env['outsourcing.compliance.event']._raise('filed_late', record=object)",
)


@tagged("post_install", "-at_install")
class TestEvaluatedCalls(OutsourcingCommon):
    """Code that people type calls no method of the suite that acts for a step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._create_request()
        cls.request.action_submit()
        cls.env.flush_all()

    def _get_rows(self):
        self.env.flush_all()
        rows = []
        for query in (
            "SELECT count(*) FROM outsourcing_audit_log",
            "SELECT count(*) FROM outsourcing_review_history",
            "SELECT count(*) FROM outsourcing_compliance_event",
            "SELECT id, status, requested_by FROM tier_review ORDER BY id",
            "SELECT state, approved_by_id, submitted_date, submitted_by_id"
            " FROM outsourcing_request ORDER BY id",
        ):
            self.cr.execute(query)
            rows.append(str(self.cr.fetchall()))
        return rows

    def _run(self, way, code):
        if way == "action":
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Attack",
                    "model_id": self.env["ir.model"]._get_id(self.request._name),
                    "state": "code",
                    "code": f"object = record\n{code}",
                }
            )
            context = {"active_model": self.request._name}
            return action.with_context(**context, active_id=self.request.id).run()
        text = "{{ " + code + " }}"
        if way == "qweb":
            text = f'<t t-out="{code}"/>'
        return self.env["mail.render.mixin"]._render_template(
            text,
            self.request._name,
            self.request.ids,
            "qweb" if way == "qweb" else "inline_template",
        )

    def test_private_methods_get_no_right(self):
        before = self._get_rows()
        for code in CALLS:
            for way in ("action", "inline", "qweb"):
                with (
                    self.subTest(way=way, code=code),
                    self.assertRaises(Exception) as caught,  # noqa: B017
                    mute_logger("odoo.addons.mail.models.mail_render_mixin"),
                    self.cr.savepoint(),
                ):
                    self._run(way, code)
                cause = caught.exception
                while cause.__cause__ or cause.__context__:
                    cause = cause.__cause__ or cause.__context__
                self.assertIsInstance(cause, (AccessError, TypeError, KeyError))
                self.env.invalidate_all()
                self.assertEqual(self._get_rows(), before)

    def test_public_verbs_work(self):
        """What a remote caller may do, an automation may, too."""
        request = self._create_request()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Submit",
                "model_id": self.env["ir.model"]._get_id(request._name),
                "state": "code",
                "code": "record.action_submit()",
            }
        )
        context = {"active_model": request._name, "active_id": request.id}
        action.with_user(self.user_user).sudo().with_context(**context).run()
        self.assertEqual(request.state, "submitted")
        self.assertTrue(request.submitted_date)

    def test_scheduled_jobs_work(self):
        job = self.env.ref("outsourcing_mgmt.ir_cron_compliance")
        job.method_direct_trigger()


@tagged("post_install", "-at_install")
class TestEvaluatedInGrant(OutsourcingCommon):
    """What the framework evaluates while a right is held does not hold it.

    The server lets a method write a review; code evaluated on the way tries to forge
    who asked for the review, and might approve its own request then.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._create_request()
        cls.request.action_submit()
        cls.review = cls.request.sudo().review_ids[:1]
        cls.review_model = cls.env["ir.model"]._get("tier.review")
        cls.forging = (
            ".env['tier.review'].sudo().with_context(once=True)"
            f".browse({cls.review.id}).write(dict(requested_by={cls.plain_user.id}))"
        )
        # Evaluated once: the forging write would evaluate it again.
        cls.domain = (
            f"[(1, '=', 1 if user.env.context.get('once') or user{cls.forging} else 0)]"
        )

    def _write_review(self):
        self.review.write({"comment": "Seen"})
        self.env.flush_all()

    def _assert_not_forged(self, act):
        asker = self.review.requested_by
        with (
            self.assertRaises(Exception) as caught,  # noqa: B017
            mute_logger("odoo.addons.base.models.ir_actions"),
            # Before the savepoint, which computes what is left to compute.
            granting(self.review, *self.review._fields),
            self.cr.savepoint(),
        ):
            act()
        cause = caught.exception
        while cause.__cause__ or cause.__context__:
            cause = cause.__cause__ or cause.__context__
        self.assertIn("made by its own buttons", str(cause))
        self.env.invalidate_all()
        self.assertEqual(self.review.requested_by, asker)

    def _automate(self, **values):
        self.env["base.automation"].create(
            {
                "name": "Automation",
                "model_id": self.review_model.id,
                "trigger": "on_create_or_write",
                **values,
            }
        )

    def test_condition_of_an_automation(self):
        forging = (
            f"user.env[{self.request._name!r}].sudo().with_context(once=True)"
            f".browse({self.request.id}).write(dict(approved_by_id={self.hr_user.id}))"
        )
        domain = f"[(1, '=', 1 if user.env.context.get('once') or {forging} else 0)]"
        request = self.request.sudo()
        for name in ("filter_pre_domain", "filter_domain"):
            with self.subTest(condition=name), self.cr.savepoint() as savepoint:
                self._automate(
                    model_id=self.env["ir.model"]._get_id(request._name),
                    **{name: domain},
                )
                self.env.flush_all()
                with (
                    self.assertRaisesRegex(AccessError, "set by the procedure itself"),
                    granting(request, "approved_by_id", "description"),
                ):
                    request.write({"description": "<p>Seen</p>"})
                self.env.invalidate_all(flush=False)
                self.assertFalse(request.approved_by_id)
                savepoint.rollback()

    def test_action_of_an_automation(self):
        action = Command.create(
            {
                "name": "Forge",
                "model_id": self.review_model.id,
                "state": "code",
                "code": f"env.user{self.forging}",
            }
        )
        self._automate(action_server_ids=[action])
        self._assert_not_forged(self._write_review)

    def test_custom_field(self):
        self.env["ir.model.fields"].create(
            {
                "name": "x_forged",
                "model_id": self.review_model.id,
                "ttype": "boolean",
                "store": True,
                "depends": "comment",
                "compute": "for rec in self:\n"
                f"  rec['x_forged'] = rec.comment == 'Seen' and rec{self.forging}",
            }
        )
        self._assert_not_forged(self._write_review)

    def test_record_rule(self):
        rule = self.env["ir.rule"].create(
            {
                "name": "Forge",
                "model_id": self.review_model.id,
                "domain_force": "[(1, '=', 1)]",
            }
        )
        self.cr.execute(
            "UPDATE ir_rule SET domain_force = %s WHERE id = %s",
            [self.domain, rule.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.addCleanup(self.env.registry.clear_cache)
        reviews = self.env["tier.review"].with_user(self.hr_user)
        self._assert_not_forged(lambda: reviews.search([]))


@tagged("post_install", "-at_install")
class TestServerCreate(BidCommon):
    """The server's own records take nothing from the caller's context."""

    def test_defaults_of_the_context_are_dropped(self):
        questions = self.env["outsourcing.tender.question"].with_context(
            default_answer="Forged", default_asked_at="2020-01-01 00:00:00"
        )
        question = server_create(
            questions,
            {
                "tender_id": self.tender.id,
                "partner_id": self.alpha_user.partner_id.commercial_partner_id.id,
                "question": "When?",
                "public_question": "When?",
            },
        )
        self.assertFalse(question.answer)
        self.assertFalse(question.asked_at)
        self.assertIn("default_answer", question.env.context)


@tagged("post_install", "-at_install")
class TestEvaluatedLogin(OutsourcingCommon):
    """Code that people type makes no proof that somebody is an employee."""

    def _render(self, code):
        partner = self.plain_user.partner_id
        return self.env["mail.render.mixin"]._render_template(
            "{{ " + code + " }}", partner._name, partner.ids, "inline_template"
        )

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_no_proof_of_a_login(self):
        hr = self.hr_user
        users = f"object.env['res.users'].sudo().browse({hr.id})"
        partner = f"{users}.partner_id"
        self.cr.execute("SELECT password FROM res_users WHERE id = %s", hr.ids)
        before = self.cr.fetchall()
        for code in (
            f"{partner}._generate_signup_token()",
            f"{partner}._get_signup_url()",
            f"{partner}.signup_prepare('reset') and {partner}._get_signup_url()",
            f"{users}.write(dict(password='x' * 20))",
            f"{users}.write(dict(new_password='x' * 20))",
            f"{users}._set_encrypted_password({hr.id}, 'x')",
            f"{users}._change_password('x' * 20)",
            f"{users}.action_reset_password()",
            f"{users}._action_reset_password()",
            f"{users}.write(dict(login='other'))",
            f"{users}.write(dict(email='me@private.example.com'))",
            f"{partner}.write(dict(email='me@private.example.com'))",
        ):
            with (
                self.subTest(code=code),
                self.assertRaisesRegex(UserError, "Failed to render"),
                self.cr.savepoint(),
            ):
                self._render(code)
        self.env.invalidate_all()
        self.cr.execute("SELECT password FROM res_users WHERE id = %s", hr.ids)
        self.assertEqual(self.cr.fetchall(), before)

    def test_people_reset_their_password(self):
        """The mail with the link is a template, and holds the link."""
        before = self.env["mail.mail"].search([])
        self.hr_user.with_user(self.env.ref("base.user_admin")).with_context(
            install_mode=False
        ).action_reset_password()
        mails = self.env["mail.mail"].search([]) - before
        self.assertTrue(
            not mails or any("token=" in (mail.body_html or "") for mail in mails)
        )
        self.hr_user.partner_id.write({"email": "hr.new@example.com"})
