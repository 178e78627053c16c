from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, ConsequenceCommon

LIST = "outsourcing.dual.request"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDualRequest(ConsequenceCommon):
    """What one person asks for and another decides, in one list."""

    def _new_change(self, submit=True, **values):
        change = (
            self.env["vendor.quality.gate.change"]
            .with_user(self.manager_user)
            .create({"reason": "Migration", "company_id": self.company.id, **values})
        )
        if submit:
            change.action_submit()
        return change

    def _rows(self, *requests, user=None):
        """Return the rows of the list about ``requests`` that ``user`` reads."""
        self.env.flush_all()
        List = self.env[LIST].with_user(user or self.finance_user)
        found = List.browse()
        for request in requests:
            found |= List.search(
                [("res_model", "=", request._name), ("res_id", "=", request.id)]
            )
        return found

    def test_list_says_who_asked_and_who_decided(self):
        change = self._new_change(submit=False)
        waiver = self._create_waiver()
        self.assertRecordValues(
            self._rows(change, waiver),
            [
                {
                    "requester_id": self.manager_user.id,
                    "decided_by_id": False,
                    "reason": "Migration",
                    "expiry_date": change.expiry_date,
                    "state": "draft",
                },
                {
                    "requester_id": self.manager_user.id,
                    "decided_by_id": self.finance_user.id,
                    "reason": "Nobody else has the parts.",
                    "expiry_date": waiver.expiry_date,
                    "state": "approved",
                },
            ],
        )
        row = self._rows(change)
        self.assertIn("First day of bill control", row.summary)
        self.assertEqual(row.action_open()["res_id"], change.id)
        groups = self.env[LIST].formatted_read_group(
            [("requester_id", "=", self.manager_user.id)], ["res_model"], ["__count"]
        )
        self.assertEqual(
            {group["res_model"] for group in groups},
            {"vendor.quality.gate.change", "vendor.quality.waiver"},
        )

    def test_list_shows_refusals(self):
        change = self._new_change()
        change.with_user(self.finance_user).action_refuse("Not this year")
        self.assertRecordValues(
            self._rows(change),
            [{"state": "refused", "decided_by_id": self.finance_user.id}],
        )

    def test_list_is_read_by_readers_of_the_request(self):
        change, waiver = self._new_change(), self._create_waiver()
        self.assertEqual(len(self._rows(change, waiver, user=self.auditor_user)), 2)
        # An officer reads waivers, and no changes of the gate.
        rows = self._rows(change, waiver, user=self.officer_user)
        self.assertEqual(rows.mapped("res_model"), ["vendor.quality.waiver"])
        hidden = self._rows(change).with_user(self.officer_user)
        with self.assertRaises(AccessError):
            hidden.read(["reason"])
        with self.assertRaises(AccessError):
            hidden.action_open()
        stranger = self._new_user("stranger", "base.group_user")
        self.assertFalse(self._rows(change, waiver, user=stranger))
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.finance_user.write(
            {"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id}
        )
        self.assertFalse(self._rows(change, waiver))

    def test_list_holds_requests_of_the_desk(self):
        """To blank a text of a ticket: as the others, for those who read it."""
        lead, second, outsider = self._new_users(
            {
                "lead": "itsm_desk.group_itsm_supervisor",
                "second": "itsm_desk.group_itsm_quality",
                "outsider": "itsm_desk.group_itsm_technician",
            }
        ).values()
        team = self.env["itsm.team"].create(
            {
                "name": "Desk",
                "company_id": self.company.id,
                "leader_id": lead.id,
                "member_ids": [Command.set(lead.ids)],
            }
        )
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "Log in",
                "description": "<p>My password is hunter2</p>",
                "team_id": team.id,
                "partner_id": self.plain_user.partner_id.id,
            }
        )
        asked = ticket.with_user(lead).action_redact("A password was sent")
        request = self.env["itsm.redaction"].browse(asked["res_id"])
        values = {
            "requester_id": lead.id,
            "decided_by_id": False,
            "reason": "A password was sent",
            "expiry_date": self.company._outsourcing_date(request.expires_at),
            "state": "submitted",
        }
        self.assertRecordValues(self._rows(request, user=second), [values])
        row = self._rows(request, user=lead)
        self.assertIn(ticket.name, row.summary)
        self.assertEqual(row.action_open()["res_model"], "itsm.redaction")
        for user in (outsider, self.finance_user, self.plain_user):
            self.assertFalse(self._rows(request, user=user))
        request.with_user(second).action_approve()
        values.update(state="approved", decided_by_id=second.id)
        self.assertRecordValues(self._rows(request, user=lead), [values])

    def test_requests_of_the_desk_end_with_the_others(self):
        lead = self._new_user("lead", "itsm_desk.group_itsm_manager")
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "Log in",
                "description": "<p>My password is hunter2</p>",
                "partner_id": self.plain_user.partner_id.id,
            }
        )
        asked = ticket.with_user(lead).action_redact("A password was sent")
        request = self.env["itsm.redaction"].browse(asked["res_id"])
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time("2026-06-15 12:00:00"):
            self.env[LIST]._cron_expire()
        self.assertEqual(request.state, "expired")

    def test_list_is_written_by_nobody(self):
        row = self._rows(self._new_change())
        for attack in (
            lambda: row.write({"state": "approved"}),
            lambda: row.sudo().write({"state": "approved"}),
            lambda: row.sudo().unlink(),
            lambda: self.env[LIST].sudo().create({"reason": "x"}),
        ):
            with self.assertRaises(AccessError):
                attack()

    def test_request_without_a_decision_ends(self):
        change = self._new_change()
        self.assertEqual(
            change.expiry_date, self.company._outsourcing_today() + timedelta(days=30)
        )
        mine = change.with_user(self.finance_user)
        mine.validate_tier()
        with freeze_time("2026-06-15 12:00:00"):
            with self._refused("expired"):
                mine.action_approve()
            with self._refused("automatically"):
                mine.write({"state": "expired"})
            self.env["vendor.quality.gate.change"]._dual_expire()
            self.assertEqual(change.state, "expired")
            with self._refused("final"):
                mine.action_approve()
        with self._refused("Last Day"):
            self._new_change(expiry_date=False, kind="standing", standing_months=2)
        with self._refused("has passed"):
            self._new_change(
                expiry_date="2026-01-01", kind="standing", standing_months=2
            )

    def test_deputy_of_finance_decides(self):
        waiver, other = (self._create_waiver(approve=False) for _count in range(2))
        (waiver | other).action_submit()
        mine = waiver.with_user(self.officer_user)
        with self.assertRaises(UserError):
            mine.validate_tier()
        with self._refused("group"):
            mine.action_refuse("Nobody stands in yet")
        self._name_deputy(self.finance_user, self.officer_user)
        mine.action_approve()
        self.assertRecordValues(
            waiver, [{"state": "approved", "approved_by_id": self.officer_user.id}]
        )
        self.assertEqual(waiver.review_ids.outsourcing_deputy_for_id, self.finance_user)
        with self.assertRaises(UserError):
            other.with_user(self.manager_user).action_approve()
        with self.assertRaises(UserError):
            other.with_user(self.manager_user).action_refuse("No part in it")

    def test_deputy_of_finance_refuses(self):
        """Both models of requests; it is kept in whose place it was done."""
        waiver = self._create_waiver(approve=False)
        waiver.action_submit()
        change = self._new_change()
        deputy = self.other_manager_user
        self._name_deputy(self.finance_user, deputy)
        for request in (waiver, change):
            with self.subTest(model=request._name):
                mine = request.with_user(deputy)
                self.assertTrue(mine.can_refuse)
                mine.action_refuse("Not now")
                request.invalidate_recordset()
                self.assertRecordValues(
                    request,
                    [
                        {
                            "state": "refused",
                            "refuse_reason": "Not now",
                            "refused_by_id": deputy.id,
                        }
                    ],
                )
                self._assert_refused_for(request, deputy, self.finance_user)

    def test_requester_as_deputy_decides_nothing(self):
        waiver = self._create_waiver(approve=False)
        waiver.action_submit()
        requester = waiver.requester_id
        self._name_deputy(self.finance_user, requester)
        mine = waiver.with_user(requester)
        for act in (
            mine.action_approve,
            lambda: mine.action_refuse("No"),
            lambda: mine.action_tier_refuse("No"),
        ):
            with self.assertRaises(UserError):
                act()

    def test_last_day_is_content(self):
        change = self._new_change()
        with self.assertRaises(UserError):
            change.expiry_date = "2030-01-01"
        with self.assertRaises(UserError):
            change.with_user(self.finance_user).expiry_date = "2030-01-01"

    def test_only_the_requester_submits(self):
        change = self._new_change(submit=False)
        with self._refused("who wrote the request"):
            change.with_user(self.finance_user).action_submit()

    def test_stamps_are_no_methods(self):
        """Templates and server actions call any method of a record."""
        for request in (self._new_change(), self._create_waiver(approve=False)):
            for code in ("_on_enter_approved({})", "_on_enter_refused({})"):
                action = self.env["ir.actions.server"].create(
                    {
                        "name": "Decide",
                        "model_id": self.env["ir.model"]._get_id(request._name),
                        "state": "code",
                        "code": f"record.{code}",
                    }
                )
                with (
                    self.assertRaises(AccessError),
                    mute_logger("odoo.addons.base.models.ir_actions"),
                ):
                    action.with_context(
                        active_model=request._name, active_id=request.id
                    ).run()
            self.assertFalse(request.approved_by_id | request.refused_by_id)
