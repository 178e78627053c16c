from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .race_cases import FEBRUARY, QualityRaceCase

APRIL = ("2025-04-01", "2025-04-30")
MARCH = ("2025-03-01", "2025-03-31")


@tagged("post_install", "-at_install")
class TestFormRace(QualityRaceCase):
    """A form is approved once, however many people approve it at one moment."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            forms = [
                self._make_reviewed_form(env, self._make_contract(env))
                for _number in range(2)
            ]
            self.form_id, self.twin_id = [form.id for form in forms]

    def _approve(self, login, form_id=None):
        def act(env):
            form = env["vendor.quality.form"].browse(form_id or self.form_id)
            return form.action_approve()

        return self.users[login], act

    def _get_effects(self, env, form_id):
        """Return what an approval leaves behind, by kind and number."""
        form = env["vendor.quality.form"].browse(form_id)
        standing = env["vendor.quality.standing"].search(
            [("contract_id", "=", form.contract_id.id)]
        )
        return {
            "state": form.state,
            "reviews": form.review_ids.sorted("id").mapped("status"),
            "deductions": [
                (item.kind, item.state, item.amount) for item in form.deduction_ids
            ],
            "standings": [(row.form_id == form, row.score) for row in standing],
            "messages": len(form.message_ids),
            "changes": sorted(
                (value.field_id.name, value.new_value_char or "")
                for value in form.message_ids.tracking_value_ids
            ),
            "messages of items": len(form.deduction_ids.message_ids),
            "mails": len(form.message_ids.mail_ids),
            "activities": len(form.activity_ids),
            "listed": env["vendor.quality.recompute"].search_count(
                [("contract_id", "=", form.contract_id.id)]
            ),
        }

    def _assert_approved_once(self, outcomes):
        """One approval came through, and left what one alone leaves."""
        self._assert_one(outcomes, UserError, "already")
        [alone] = self._race(self._approve("manager", self.twin_id))
        self.assertFalse(alone.error)
        with self._env() as env:
            effects = self._get_effects(env, self.form_id)
            self.assertEqual(effects["state"], "approved")
            self.assertEqual(
                [item for item in effects["deductions"] if item[2]],
                [("score", "approved", 1000)],
            )
            self.assertEqual(effects["standings"], [(True, 75)])
            self.assertEqual(effects, self._get_effects(env, self.twin_id))

    @mute_logger("odoo.sql_db")
    def test_two_people_approve_at_once(self):
        """Both have passed every check before either of them writes."""
        outcomes = self._race(
            self._approve("manager"),
            self._approve("finance"),
            meet=("vendor.quality.form", "_flow_get_hook_records"),
        )
        self._assert_approved_once(outcomes)

    @mute_logger("odoo.sql_db")
    def test_one_person_approves_twice_at_once(self):
        outcomes = self._race(
            self._approve("manager"),
            self._approve("manager"),
            meet=("vendor.quality.form", "_flow_get_hook_records"),
        )
        self._assert_approved_once(outcomes)

    @mute_logger("odoo.sql_db")
    def test_recount_does_not_wait_for_a_user(self):
        """A job that holds the contract, and a user who holds the form: no deadlock."""
        with self._env() as env:
            contract = self._make_contract(env)
            form = self._make_submitted_form(env, contract)
            env["vendor.quality.recompute"]._add([(contract, *FEBRUARY)])
        with self._env() as user, self._env() as job:
            user.cr.execute(
                "UPDATE vendor_quality_form SET write_date = now() WHERE id = %s",
                (form.id,),
            )
            held = job["outsourcing.contract"].browse(contract.id)
            self.assertTrue(held.try_lock_for_update())
            job.cr.execute("SET LOCAL lock_timeout = '500ms'")
            listed = job["vendor.quality.recompute"]
            listed._recompute_for(held)
            mine = [("contract_id", "=", contract.id)]
            self.assertTrue(listed.search_count(mine), "left to the next run")
            user.cr.rollback()
            listed._recompute_for(held)
            self.assertFalse(listed.search_count(mine))

    @mute_logger("odoo.sql_db")
    def test_approval_in_a_transaction_that_began_before_another(self):
        outcomes = self._overtake(self._approve("finance"), self._approve("manager"))
        self._assert_approved_once(outcomes)

    @mute_logger("odoo.sql_db")
    def test_two_heads_review_at_once(self):
        """One review is one person's, and the next one is still to come."""
        with self._env() as env:
            form = self._make_submitted_form(env, self._make_contract(env))
            form_id = form.id

        def review(env):
            return env["vendor.quality.form"].browse(form_id).validate_tier()

        outcomes = self._race(
            (self.users["manager"], review), (self.users["manager2"], review)
        )
        self.assertEqual([2], [item.tries for item in outcomes if item.tries > 1])
        with self._env() as env:
            reviews = env["vendor.quality.form"].browse(form_id).review_ids
            self.assertEqual(
                reviews.sorted("sequence").mapped("status"), ["approved", "pending"]
            )

    @mute_logger("odoo.sql_db")
    def test_two_forms_of_a_contract_share_the_annual_cap(self):
        """What the year has lost already was counted without the other form."""
        self._approve_two_of_a_year()

    @mute_logger("odoo.sql_db")
    def test_two_forms_that_do_not_change_the_standing(self):
        """A later form holds the standing: nothing else would make them meet."""
        self._approve_two_of_a_year(APRIL)

    def _approve_two_of_a_year(self, *approved):
        with self._env() as env:
            template = self._make_template(env, code="RACE-CAP", annual_cap_rate=1)
            contract = self._make_contract(env, template)
            for period in approved:
                self._make_approved_form(env, contract, period, presence=100)
            ids = [
                self._make_reviewed_form(env, contract, period).id
                for period in (FEBRUARY, MARCH)
            ]
        outcomes = self._race(
            self._approve("manager", ids[0]),
            self._approve("finance", ids[1]),
            meet=("vendor.quality.form", "_flow_get_hook_records"),
        )
        self._assert_one(outcomes, UserError, "annual cap")
        with self._env() as env:
            forms = env["vendor.quality.form"].browse(ids)
            approved = forms.filtered(lambda form: form.state == "approved")
            self.assertEqual(approved.mapped("deduction_amount"), [1000])
