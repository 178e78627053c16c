from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ...tools.mail_table import MAIL_LAYOUT
from ...tools.one_record import check_one
from ..base.grants import server_write
from ..bid.outsourcing_bid_person import find_users, get_acting_users
from ..intent.outsourcing_mail_intent import makes, note, read_values
from ..meeting.outsourcing_tender_meeting import get_public_meetings, move_opening
from ..messages.outsourcing_vendor_mail import note_mail, note_planned
from ..messages.res_partner import filter_in_charge

KIND = "tender"


def note_for_vendors(tender, template, partners, values, kind=KIND):
    """Note that a template is mailed to each partner alone.

    :param str template: XML id of a template on ``outsourcing.tender``
    :param res.partner partners: recipients
    :param dict values: records that the template reads from ``ctx``
    :param str kind: what makes the mails
    """
    note(kind, template, [(tender, partner) for partner in partners], values)
    note_planned(tender, partners, template)


def tell_not_mailed(tender, row):
    """Say on the invitation that a mail could not be made, and ask the buyer."""
    note_mail(tender, row.partner_id, row.template, problem=row.problem)


@makes(KIND, tell=tell_not_mailed)
def mail_vendor(tender, row, **more):
    """Mail a template to one vendor, in its language.

    :param more: what the template reads beside the values of the row
    """
    partner = row.partner_id.with_env(tender.env)
    values = {**read_values(tender, row), **more}
    mail = tender._mail_partner(tender.env.ref(row.template), partner, values)
    note_mail(tender, partner, row.template, mail)


class OutsourcingTender(models.Model):
    """Who takes part in a tender: vendors, requesters, committee, those who run it.

    Which vendors see it, who may bid until when, and the mails that vendors get.
    """

    _inherit = "outsourcing.tender"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "bid_deadline")
    def _compute_state_now(self):
        now = fields.Datetime.now()
        for tender in self:
            is_due = tender.bid_deadline and tender.bid_deadline <= now
            is_closed = tender.state == "published" and is_due
            tender.state_now = "closed" if is_closed else tender.state

    def _search_state_now(self, operator, value):
        if operator != "in":
            return NotImplemented
        due = Domain("state", "=", "published") & Domain(
            "bid_deadline", "<=", fields.Datetime.now()
        )
        domain = Domain("state", "in", value)
        return domain | due if "closed" in value else domain & ~due

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_bids(self):
        self.check_access("read")
        return self._get_part_action("outsourcing_mgmt.outsourcing_bid_action")

    def action_view_invitations(self):
        self.check_access("read")
        return self._get_part_action(
            "outsourcing_mgmt.outsourcing_tender_invitation_action"
        )

    def action_view_questions(self):
        self.check_access("read")
        return self._get_part_action(
            "outsourcing_mgmt.outsourcing_tender_question_action"
        )

    def action_view_meetings(self):
        check_one(self)
        self.check_access("read")
        action = self._get_part_action(
            "outsourcing_mgmt.outsourcing_tender_meeting_action"
        )
        kind = "prebid" if self.state in ("draft", "published") else "opening"
        if self.is_opened:
            kind = "evaluation"
        action["context"]["default_kind"] = kind
        return {**action, "view_mode": "list,form,calendar", "views": False}

    def _get_public_meetings(self):
        """Return the meetings that vendors read of; for the notice, with sudo."""
        self.ensure_one()
        return get_public_meetings(self.sudo())  # sudo: time and place stand there

    def _get_part_action(self, action):
        check_one(self)
        values = self.env["ir.actions.act_window"]._for_xml_id(action)
        values["domain"] = [("tender_id", "=", self.id)]
        values["context"] = {"default_tender_id": self.id}
        return values

    # ------------------------------------------------------------
    # WHO SEES IT AND MAY BID
    # ------------------------------------------------------------

    @api.model
    def _get_public_domain(self):
        """Return the tenders that anybody may see, without a login."""
        return Domain("publish_date", "!=", False) & Domain("method", "=", "open")

    @api.model
    def _get_vendor_domain(self):
        """Return the tenders that concern the acting vendor: invited, or its bid.

        For a search with sudo: a vendor has no access to invitations and bids, and
        the domain finds its own only. Part of that query, so that finding one tender
        does not read all bids of the vendor.
        """
        vendor = self.env.user.partner_id.commercial_partner_id
        invited = Domain(
            "invitation_ids",
            "any",
            [("commercial_partner_id", "=", vendor.id), ("state", "!=", "draft")],
        )
        # sudo: a vendor has no access to bids; the domain finds its own only.
        bids = self.env["outsourcing.bid"].sudo()
        own = [
            "|",
            ("partner_id", "=", vendor.id),
            ("person_ids.user_id", "=", self.env.uid),
        ]
        own_bid = Domain("id", "in", bids._search(own).subselect("tender_id"))
        return Domain("publish_date", "!=", False) & (invited | own_bid)

    def _vendor_is_eligible(self, partner):
        """Whether ``partner`` may bid: everybody, or the invited ones."""
        self.ensure_one()
        if self.method == "open":
            return True
        vendor = partner.commercial_partner_id
        # sudo: the vendor who asks may not read invitations.
        invitations = self.sudo().invitation_ids
        return any(
            invitation.state != "draft" and invitation.commercial_partner_id == vendor
            for invitation in invitations
        )

    def _is_bidding_open(self):
        """Whether bids are received now, by the clock of the server."""
        self.ensure_one()
        # sudo: the vendor who asks may not read tenders.
        tender = self.sudo()
        return bool(
            tender.state == "published"
            and tender.bid_deadline
            and fields.Datetime.now() < tender.bid_deadline
        )

    def _is_question_open(self):
        self.ensure_one()
        # sudo: the vendor who asks may not read tenders.
        limit = self.sudo().question_deadline
        return self._is_bidding_open() and not (
            limit and fields.Datetime.now() >= limit
        )

    def _get_bidding_closed_message(self):
        self.ensure_one()
        # sudo: the vendor who asks may not read tenders.
        tender = self.sudo()
        if tender.state == "draft" or not tender.bid_deadline:
            return self.env._("The tender is not published yet.")
        if tender.state in ("failed", "cancelled"):
            return self.env._("%s has ended without an award.", tender.display_name)
        return self.env._(
            "Bids for %(tender)s were received until %(deadline)s. By the clock of "
            "the server this moment has passed.",
            tender=tender.display_name,
            deadline=tender._format_moment(tender.bid_deadline),
        )

    def _get_cannot_bid_reason(self, partner=None):
        """Return why no bid is sealed or withdrawn now, or an empty text.

        The closing is held off until this transaction ends: a bid that was sealed in
        time but not yet committed would otherwise be missed by the opening. Vendors do
        not wait for each other; a request that comes after the closing is tried again
        and then sees it closed.

        :param partner: the vendor, where it has to be invited
        """
        self.ensure_one()
        self.flush_recordset()
        # The ORM locks rows for update only, and vendors would then wait.
        self.env.execute_query(
            SQL("SELECT id FROM outsourcing_tender WHERE id = %s FOR SHARE", self.id)
        )
        if not self._is_bidding_open():
            return self._get_bidding_closed_message()
        if partner and not self._vendor_is_eligible(partner):
            return self.env._("the vendor is not invited.")
        return ""

    # ------------------------------------------------------------
    # CHANGE OF A PUBLISHED TENDER
    # ------------------------------------------------------------

    def _apply_addendum(self, addendum):
        """Move the dates and ask for confirmation of the bids received so far."""
        self.ensure_one()
        vals = {}
        if addendum.bid_deadline > self.bid_deadline:
            shift = addendum.bid_deadline - self.bid_deadline
            vals["bid_deadline"] = addendum.bid_deadline
            if self.opening_date:
                vals["opening_date"] = self.opening_date + shift
        if addendum.new_question_deadline:
            # One that was written before another moved it shortens nothing.
            moments = [addendum.new_question_deadline, self.question_deadline]
            vals["question_deadline"] = max(filter(None, moments))
        if vals:
            server_write(self, vals)
        if "bid_deadline" in vals:
            self._schedule_close()
            move_opening(self)
        # Drafts are confirmed by sealing them.
        # sudo: nobody has write access to bids; only the procedure writes them.
        bids = self.env["outsourcing.bid"].sudo()
        server_write(
            bids.search([("tender_id", "=", self.id), ("state", "=", "sealed")]),
            {"needs_reconfirmation": True, "reconfirmed_at": False},
        )

    # ------------------------------------------------------------
    # MAILS AND ACTIVITIES
    # ------------------------------------------------------------

    def _get_vendor_partners(self):
        """Return whom news of the tender goes to, each with a mail address."""
        return self.env["res.partner"].union(*self._find_told().values())

    def _find_told(self):
        """Return ``{vendor: who is told there}`` of invited, bidders and askers.

        The address that was invited or bids, and the persons who act for its bid, also
        for a draft; where there is no bid its portal users. Of them those in charge of
        tenders, or else those in charge of everything. Nobody sees this list, which
        names who prepares a bid.
        """
        self.ensure_one()
        # sudo: whoever takes the step need not read every vendor.
        tender = self.sudo()
        invited = tender.invitation_ids.filtered(
            lambda invitation: (
                invitation.state != "draft" and invitation.response != "declined"
            )
        )
        bids = tender.env["outsourcing.bid"].search([("tender_id", "=", tender.id)])
        named = invited.partner_id | bids.partner_id | tender.question_ids.partner_id
        told = {}
        for vendor, partners in named.grouped("commercial_partner_id").items():
            own = bids.filtered(
                lambda bid, vendor=vendor: (
                    bid.partner_id.commercial_partner_id == vendor
                )
            )
            users = own.env["res.users"].union(*map(get_acting_users, own))
            people = filter_in_charge(
                (users or find_users(vendor)).partner_id.filtered("email"), "tender"
            )
            people |= own.sealed_by_id.partner_id
            told[vendor] = partners.browse()
            for partner in (*partners, *people):
                known = told[vendor].mapped("email_normalized")
                if partner.email and partner.email_normalized not in known:
                    told[vendor] |= partner
        return told

    def _mail_vendors(self, template, **values):
        for tender in self:
            told = tender._find_told()
            everybody = tender.env["res.partner"].union(*told.values())
            tender._mail_partners(template, everybody, **values)
            for vendor, partners in told.items():
                if not partners:
                    problem = tender.env._("Nobody at the vendor has a mail address.")
                    # sudo: as above, what became of a mail is noted by the server.
                    note_mail(tender.sudo(), vendor, template, problem=problem)

    def _mail_partners(self, template, partners, **values):
        """Send a template to each partner alone, in its language, after the step.

        One mail per vendor, so that no vendor learns of another; the mails are
        not kept in the chatter, where addresses would be read.

        :param str template: XML id of a template on ``outsourcing.tender``
        :param res.partner partners: recipients
        :param values: records that the template reads from ``ctx``
        """
        self.ensure_one()
        note_for_vendors(self, template, partners, values)

    def _mail_partner(self, template, partner, values):
        mail_id = template.with_context(
            lang=partner.lang or self.env.lang,
            partner=partner,
            url=self._get_vendor_url(),
            **values,
        ).send_mail(
            self.id,
            email_values={
                "recipient_ids": [Command.set(partner.ids)],
                "email_to": False,
                # Whoever took the step may be a vendor: a receipt is from the company.
                "email_from": self._get_mail_sender(),
                "author_id": self.company_id.partner_id.id,
                "reply_to": self.user_id.email_formatted or False,
                "model": False,
                "res_id": False,
            },
            email_layout_xmlid=MAIL_LAYOUT,
        )
        return self.env["mail.mail"].browse(mail_id)

    def _get_mail_sender(self):
        """Return the address that mails to vendors come from: never a vendor's own."""
        self.ensure_one()
        return self.company_id.email_formatted or self.user_id.email_formatted

    def _get_vendor_url(self):
        """Return the portal page of the tender, which asks for a log-in.

        Never a sign-up: whoever reads the mail of an address without a user would act
        for the whole vendor.
        """
        self.ensure_one()
        return f"{self.get_base_url()}/my/tenders/{self.id}"

    def _plan_account_activity(self, partner):
        """Remind the buyer that nobody at an invited vendor can log in yet.

        Without its name, as more people read activities than invitations.
        """
        # sudo: users are counted, and the buyer need not be who invites.
        vendor = partner.sudo().commercial_partner_id
        if (vendor | vendor.child_ids).user_ids:
            return
        self.sudo().activity_schedule(  # sudo: as above
            "mail.mail_activity_data_todo",
            summary=self.env._("Portal account for an invited vendor"),
            note=self.env._(
                "Nobody at one of the invited vendors can log in. Ask who bids for "
                'them, and choose "Grant portal access" on the contact of this person.'
            ),
            user_id=self.user_id.id,
            date_deadline=self.company_id._outsourcing_date(self.bid_deadline),
        )

    def _plan_question_activity(self):
        # sudo: the vendor who asks has no rights on activities.
        for tender in self.sudo():
            tender.activity_schedule(
                "outsourcing_mgmt.mail_activity_type_tender_question",
                user_id=tender.user_id.id,
                date_deadline=tender.company_id._outsourcing_date(tender.bid_deadline),
            )

    def _finish_question_activity(self):
        # sudo: whoever answers need not have rights on activities.
        for tender in self.sudo():
            if not tender.open_question_count:
                tender.activity_feedback(
                    ["outsourcing_mgmt.mail_activity_type_tender_question"]
                )

    # ------------------------------------------------------------
    # WHO TAKES PART, FOR THE RECORD RULES
    # ------------------------------------------------------------
    # Rules do not follow ``committee_ids`` or ``request_ids``: a rule is checked
    # with sudo, which would leave rows in the cache that the user may not read.

    @api.depends_context("uid")
    def _compute_is_my_committee(self):
        mine = set(self._get_participation_query("is_my_committee", self.ids))
        for tender in self:
            tender.is_my_committee = tender.id in mine

    def _search_is_my_committee(self, operator, value):
        return self._search_participation("is_my_committee", operator)

    @api.depends_context("uid")
    def _compute_is_my_request(self):
        mine = set(self._get_participation_query("is_my_request", self.ids))
        for tender in self:
            tender.is_my_request = tender.id in mine

    def _search_is_my_request(self, operator, value):
        return self._search_participation("is_my_request", operator)

    @api.model
    def _search_participation(self, name, operator):
        if operator != "in":
            return NotImplemented
        return Domain("id", "in", self._get_participation_query(name))

    @api.model
    def _get_participation_query(self, name, ids=None):
        """Return the query of the tenders in which the acting user takes part.

        :param str name: the field that asks
        :param list ids: limits the query to these tenders
        """
        if name == "is_my_committee":
            part = Domain("committee_ids.user_id", "=", self.env.uid)
        else:
            part = Domain.OR(
                Domain(f"request_ids.{path}", "=", self.env.uid)
                for path in (
                    "create_uid",
                    "employee_id.user_id",
                    "department_manager_user_id",
                )
            )
        if ids is not None:
            part &= Domain("id", "in", ids)
        # sudo: the rules themselves ask, so they cannot apply here.
        return self.sudo().with_context(active_test=False)._search(part)

    def _get_procedure_users(self):
        """Return the users who run the procedure (stored user ids).

        :rtype: res.users
        """
        # sudo: stored user ids alone; whoever is judged by them need not read more.
        tender = self.sudo()
        return (
            tender.create_uid
            | tender.user_id
            | tender.published_by_id
            | tender.opened_by_id
            | tender.price_opened_by_id
        )

    def _get_committee_excluded_partners(self):
        """Return the people who may not judge: requesters, author of the price.

        :rtype: res.partner
        """
        # sudo: members of the committee may read neither requests nor the price.
        tender = self.sudo()
        requests = tender.request_ids
        users = (
            requests._get_authors()
            | requests.submitted_by_id
            | requests.employee_id._outsourcing_get_own_users()
            | tender.reference_price_id.author_id
            | tender.reference_price_id._get_authors()
        )
        return users.partner_id | requests.employee_id.work_contact_id
