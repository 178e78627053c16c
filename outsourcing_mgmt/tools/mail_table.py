"""Who is told of which event of the chain, and how: the table of the README.

A row names an event, who is told of it, and the way: ``activity`` (something is to be
done; Odoo mails it to the assigned person as well), ``mail`` (to be known), or
``nothing`` (known otherwise). Everybody gets one message about one event.
"""

from typing import NamedTuple

ACTIVITY = "activity"
MAIL = "mail"
NOTHING = "nothing"
MAIL_LAYOUT = "outsourcing_mgmt.mail_layout"
"""Of all mails of the suite: with logo, and fit for a phone."""
WAYS = (ACTIVITY, MAIL, NOTHING)


class Row(NamedTuple):
    """One line of the table."""

    event: str
    role: str
    way: str


TABLE = (
    Row("request approved", "applicant", MAIL),
    Row("request approved", "head", NOTHING),
    Row("request approved", "officer", ACTIVITY),
    Row("price approved", "procurement", MAIL),
    Row("price approved", "head", NOTHING),
    Row("file signed off", "procurement", ACTIVITY),
    Row("tender published", "applicant", MAIL),
    Row("tender published", "head", MAIL),
    Row("scores in", "procurement", ACTIVITY),
    Row("award approved", "procurement", ACTIVITY),
    Row("award final", "applicant", MAIL),
    Row("award final", "head", MAIL),
    Row("award final", "procurement", ACTIVITY),
    Row("tender ended", "applicant", MAIL),
    Row("tender ended", "head", MAIL),
    Row("contract signed", "applicant", MAIL),
    Row("contract signed", "head", MAIL),
    Row("contract signed", "hr", ACTIVITY),
    Row("contract ended", "owner", ACTIVITY),
    Row("contract ended", "head", MAIL),
    Row("finding reported", "finance", ACTIVITY),
    Row("finding verified", "reporter", MAIL),
    Row("event raised", "hr", ACTIVITY),
    Row("penalty submitted", "person", MAIL),
    Row("penalty approved", "person", MAIL),
    Row("penalty applied", "person", NOTHING),
)

VENDOR_TABLE = (
    Row("invited", "vendor", MAIL),
    Row("question asked", "procurement", ACTIVITY),
    Row("question asked", "vendor", NOTHING),
    Row("question answered", "vendor", MAIL),
    Row("question answered", "other vendor", MAIL),
    Row("addendum published", "vendor", MAIL),
    Row("bid sealed", "vendor", MAIL),
    Row("bid sealed", "other vendor", NOTHING),
    Row("bid withdrawn", "vendor", MAIL),
    Row("bid withdrawn", "other vendor", NOTHING),
    Row("award notified", "winner", MAIL),
    Row("award notified", "other vendor", MAIL),
    Row("tender cancelled", "vendor", MAIL),
    Row("contract to sign", "vendor", MAIL),
    Row("vendor blacklisted", "vendor", MAIL),
)
"""What vendors are told, each alone: nobody learns of another."""

OTHER = (
    Row("request refused", "applicant", MAIL),
    Row("review asked", "reviewer", MAIL),
    Row("review refused", "asker", ACTIVITY),
    Row("contract reviewed", "asker", ACTIVITY),
    Row("unusual review", "auditor", MAIL),
    Row("reader of prices asked", "procurement", NOTHING),
    Row("reader of prices asked", "finance", ACTIVITY),
    Row("reader of prices asked", "hr", ACTIVITY),
    Row("reader of prices asked", "auditor", ACTIVITY),
    Row("member appointed", "member", ACTIVITY),
    Row("member appointed", "expert", MAIL),
    Row("scores asked", "member", ACTIVITY),
    Row("scores asked", "expert", MAIL),
    Row("opening of prices", "member", NOTHING),
    Row("opening of prices", "expert", MAIL),
    Row("bidding closed", "procurement", ACTIVITY),
    Row("common signs found", "member, expert", MAIL),
    Row("common signs found", "procurement", NOTHING),
    Row("bidder heard", "vendor", MAIL),
    Row("meeting planned", "vendor", MAIL),
    Row("person of a bidder asked", "vendor", MAIL),
    Row("person of a bidder asked", "two persons", ACTIVITY),
    Row("vendor without a user", "procurement", ACTIVITY),
    Row("objection filed", "manager", ACTIVITY),
    Row("objection decided", "vendor", MAIL),
    Row("objection upheld", "procurement", ACTIVITY),
    Row("award annulled", "vendor", MAIL),
    Row("order confirmed", "procurement", ACTIVITY),
    Row("contract to sign", "owner", ACTIVITY),
    Row("contract near its end", "owner", ACTIVITY),
    Row("contract renewed itself", "owner", NOTHING),
    Row("contract renewed itself", "procurement", ACTIVITY),
    Row("contract renewed itself", "vendor", NOTHING),
    Row("contract amended", "vendor", MAIL),
    Row("contract terminated", "vendor", MAIL),
    Row("contract expired", "vendor", NOTHING),
    Row("handover begun", "owner", ACTIVITY),
    Row("document near its end", "owner", ACTIVITY),
    Row("guarantee near its end", "owner", ACTIVITY),
    Row("guarantee lags behind", "owner", ACTIVITY),
    Row("delivery reported", "officer", ACTIVITY),
    Row("delivery accepted", "vendor", NOTHING),
    Row("delivery sent back", "vendor", MAIL),
    Row("worker comes or goes", "responsible", ACTIVITY),
    Row("worker near the end", "owner", ACTIVITY),
    Row("finding turned down", "reporter", MAIL),
    Row("reward appealed", "hr", ACTIVITY),
    Row("blacklisting appealed", "manager", ACTIVITY),
    Row("vendor held", "procurement", ACTIVITY),
    Row("mail not delivered", "responsible", ACTIVITY),
    Row("answer by mail", "asker", MAIL),
    Row("many tasks at once", "person", MAIL),
    Row("file changed", "auditor", MAIL),
    Row("watched change", "auditor", MAIL),
    Row("watched change", "officer", MAIL),
)
"""The rest, each tested with its own document."""

SOURCES = {
    # Templates of mails.
    "mail_template_invitation": "invited",
    "mail_template_answer": "question answered",
    "mail_template_addendum": "addendum published",
    "mail_template_bid_receipt": "bid sealed",
    "mail_template_bid_withdrawn": "bid withdrawn",
    "mail_template_bid_person": "person of a bidder asked",
    "mail_template_bid_hints": "common signs found",
    "mail_template_bid_hearing": "bidder heard",
    "mail_template_tender_meeting": "meeting planned",
    "mail_template_tender_ended": "tender cancelled",
    "mail_template_expert_appointed": "member appointed",
    "mail_template_expert_score": "scores asked",
    "mail_template_expert_prices": "opening of prices",
    "mail_template_award_winner": "award notified",
    "mail_template_award_loser": "award notified",
    "mail_template_award_annulled": "award annulled",
    "mail_template_objection_decided": "objection decided",
    "mail_template_contract_to_sign": "contract to sign",
    "mail_template_incentive": "penalty submitted",
    # Types of activities.
    "mail_activity_type_tender_publish": "file signed off",
    "mail_activity_type_tender_question": "question asked",
    "mail_activity_type_tender_declare": "member appointed",
    "mail_activity_type_tender_open": "bidding closed",
    "mail_activity_type_tender_score": "scores asked",
    "mail_activity_type_tender_scored": "scores in",
    "mail_activity_type_tender_retender": "objection upheld",
    "mail_activity_type_award_notify": "award approved",
    "mail_activity_type_objection_decide": "objection filed",
    "mail_activity_type_tender_order": "award final",
    "mail_activity_type_tender_contract": "order confirmed",
    "mail_activity_type_price_reader": "reader of prices asked",
    "mail_activity_type_bid_person": "person of a bidder asked",
    "mail_activity_type_contract_reviewed": "contract reviewed",
    "mail_activity_type_filing": "contract signed",
    "mail_activity_type_deadline": "contract near its end",
    "mail_activity_type_milestone": "delivery reported",
    "mail_activity_type_contract_document": "document near its end",
    "mail_activity_type_worker_end": "worker near the end",
    "mail_activity_type_finding": "finding reported",
    "mail_activity_type_event": "event raised",
    # Functions that mail, or ask somebody, by themselves.
    "outsourcing_request_flow._schedule_for_officers": "request approved",
    "outsourcing_tier_mixin._tier_note": "unusual review",
    "outsourcing_tier_mixin_decision._tier_tell_of_refusal": "review refused",
    "outsourcing_joint_mixin.ask_joint": "reader of prices asked",
    "outsourcing_objection._ask_for_decision": "objection filed",
    "outsourcing_tender_flow._plan_activities": "award approved",
    "outsourcing_tender_vendor._mail_partner": "invited",
    "outsourcing_tender_vendor._plan_account_activity": "vendor without a user",
    "outsourcing_tender_vendor._plan_question_activity": "question asked",
    "outsourcing_contract_origin._tell_result_of_review": "contract reviewed",
    "contract_ties._ask_for_order": "contract renewed itself",
    "outsourcing_contract_flow._on_enter_to_sign": "contract to sign",
    "outsourcing_contract_flow._schedule_once": "contract to sign",
    "outsourcing_contract_calendar._remind_of_notice": "contract near its end",
    "outsourcing_contract_document._alert_owner": "document near its end",
    "outsourcing_contract_exit.start_exits": "handover begun",
    "outsourcing_contract_guarantee._alert": "guarantee near its end",
    "outsourcing_contract_guarantee.ask_for_guarantee": "guarantee lags behind",
    "outsourcing_contract_milestone._ask_for_acceptance": "delivery reported",
    "outsourcing_worker._alert_end": "worker near the end",
    "people.start_plan": "worker comes or goes",
    "outsourcing_finding._ask_finance": "finding reported",
    "outsourcing_compliance_event._ask_hr": "event raised",
    "incentive_mail.mail_person": "penalty submitted",
    "outsourcing_incentive._ask_hr": "reward appealed",
    "outsourcing_blacklist._on_enter_appealed": "blacklisting appealed",
    "outsourcing_blacklist.mail_vendor": "vendor blacklisted",
    "listed.ask_once": "vendor held",
    "outsourcing_audit_log._tell_auditors": "file changed",
    "change_watch._tell_change": "watched change",
    "outsourcing_vendor_mail._ask_buyer": "mail not delivered",
    "undelivered._ask_user": "mail not delivered",
    "mail_answer._tell_asker": "answer by mail",
    "mail_thread._message_route_process": "answer by mail",
    "mail_thread.message_notify": "contract near its end",
    "scheduling.mail_list": "many tasks at once",
    "scheduling.schedule_missing": "contract near its end",
    "telling.mail_event": "tender published",
    "vendor_mail.post_message": "contract to sign",
    "vendor_news.tell_amended": "contract amended",
    "vendor_news.tell_sent_back": "delivery sent back",
    "vendor_news.tell_terminated": "contract terminated",
}
"""Which event each template, type of activity and function tells of.

``tests/test_mail_tables.py`` fails for one that is not here, or whose event has no row.
A function that serves several events stands for the first of them.
"""


def get_roles(event, way):
    """Return the roles that are told of an event in one way, in order."""
    return [row.role for row in TABLE if (row.event, row.way) == (event, way)]
