"""Who is told of which event of the desk, and how: the table of the README.

A row names an event, who is told of it, and the way: ``activity`` (something is to be
done; Odoo mails it to the assigned person as well), ``mail`` (to be known), or
``nothing`` (known otherwise). Everybody gets one message about one event.
"""

from typing import NamedTuple

ACTIVITY = "activity"
MAIL = "mail"
NOTHING = "nothing"


class Row(NamedTuple):
    """One line of the table."""

    event: str
    role: str
    way: str


TABLE = (
    Row("ticket filed", "requester", MAIL),
    Row("ticket filed", "lead", NOTHING),
    Row("ticket taken", "requester", NOTHING),
    Row("question asked", "requester", MAIL),
    Row("requester answers", "owner", MAIL),
    Row("ticket escalated", "called", ACTIVITY),
    Row("ticket escalated", "requester", NOTHING),
    Row("escalation declined", "owner", ACTIVITY),
    Row("ticket handed on", "next owner", ACTIVITY),
    Row("ticket handed on", "requester", NOTHING),
    Row("ticket solved", "requester", MAIL),
    Row("solution refused", "owner", ACTIVITY),
    Row("sign-off due", "requester", MAIL),
    Row("closed unsigned", "requester", MAIL),
    Row("rated 1 or 2", "lead", ACTIVITY),
    Row("rated 1 or 2", "requester", NOTHING),
    Row("ticket cancelled", "requester", MAIL),
    Row("approval asked", "approver", ACTIVITY),
    Row("approval refused", "requester", MAIL),
    Row("sent to a vendor", "vendor", MAIL),
    Row("sent to a vendor", "requester", NOTHING),
    Row("back from a vendor", "owner", ACTIVITY),
    Row("target at risk", "owner", ACTIVITY),
    Row("target missed", "lead", ACTIVITY),
    Row("complaint filed", "quality", ACTIVITY),
    Row("complaint filed", "owner", NOTHING),
    Row("complaint answered", "requester", MAIL),
)

OTHER = (
    Row("mail needs nothing", "requester", MAIL),
    Row("desk has no team", "manager", ACTIVITY),
    Row("answered after its end", "owner", ACTIVITY),
    Row("nobody answered", "owner", ACTIVITY),
    Row("nobody took over", "next called", ACTIVITY),
    Row("nobody has it", "on duty", ACTIVITY),
    Row("owner is absent", "lead", ACTIVITY),
    Row("history differs", "manager", ACTIVITY),
    Row("mail not taken", "sender", MAIL),
    Row("mail not delivered", "responsible", ACTIVITY),
    Row("text to blank", "second person", ACTIVITY),
    Row("text to blank", "requester", NOTHING),
    Row("equipment handed over", "receiver", ACTIVITY),
    Row("person leaves", "keeper", ACTIVITY),
    Row("level near its limit", "owner", ACTIVITY),
    Row("findings of the morning", "checker", ACTIVITY),
    Row("check not signed", "lead", ACTIVITY),
    Row("meeting planned", "participant", ACTIVITY),
    Row("action agreed", "responsible", ACTIVITY),
    Row("assessment released", "person", ACTIVITY),
    Row("assessment appealed", "next judge", ACTIVITY),
    Row("assessment to finish", "assessor", ACTIVITY),
    Row("proposal to decide", "assessor", ACTIVITY),
    Row("review due", "lead", ACTIVITY),
    Row("complaint proposed", "quality", ACTIVITY),
    Row("complaint late", "manager", ACTIVITY),
    Row("article to review", "reviewer", ACTIVITY),
    Row("article sent back", "keeper", ACTIVITY),
    Row("article gets old", "keeper", ACTIVITY),
    Row("book to read", "reader", ACTIVITY),
    Row("book not read", "lead", ACTIVITY),
    Row("survey begun", "asked person", MAIL),
    Row("survey ends soon", "asked person", MAIL),
    Row("need stated", "owner", ACTIVITY),
    Row("need decided", "asked person", MAIL),
    Row("problem solved", "requester", MAIL),
    Row("report issued", "receiver", MAIL),
    Row("limits of keeping change", "administrator", MAIL),
    Row("sign-off asked", "employee", ACTIVITY),
)
"""The rest, each tested with its own document."""

SOURCES = {
    # Templates of mails.
    "mail_template_ticket_filed": "ticket filed",
    "mail_template_ticket_question": "question asked",
    "mail_template_ticket_solved": "ticket solved",
    "mail_template_ticket_stopped": "ticket cancelled",
    "mail_template_ticket_thanks": "mail needs nothing",
    "mail_template_ticket_reminder": "sign-off due",
    "mail_template_ticket_unsigned": "closed unsigned",
    "mail_template_ticket_problem_closed": "problem solved",
    "mail_template_vendor_job": "sent to a vendor",
    "mail_template_service_report": "report issued",
    "mail_template_survey_invitation": "survey begun",
    "mail_template_survey_reminder": "survey ends soon",
    "mail_template_need": "need decided",
    # Texts that a person chooses for an answer.
    "mail_template_reply_question": "question asked",
    "mail_template_reply_visit": "question asked",
    "mail_template_reply_parts": "question asked",
    "mail_template_reply_restart": "question asked",
    # Types of activities.
    "mail_activity_type_approval": "approval asked",
    "mail_activity_type_escalation": "ticket escalated",
    "mail_activity_type_reopened": "solution refused",
    "mail_activity_type_history": "history differs",
    "mail_activity_type_no_team": "desk has no team",
    "mail_activity_type_low_rating": "rated 1 or 2",
    "mail_activity_type_sign_off": "sign-off asked",
    "mail_activity_type_vendor": "back from a vendor",
    "mail_activity_type_declined": "escalation declined",
    "mail_activity_type_handover": "equipment handed over",
    "mail_activity_type_handover_return": "person leaves",
    "mail_activity_type_assigned": "ticket handed on",
    "mail_activity_type_on_duty": "nobody has it",
    "mail_activity_type_absence": "owner is absent",
    "mail_activity_type_daily_check": "findings of the morning",
    "mail_activity_type_daily_check_late": "check not signed",
    "mail_activity_type_meeting": "meeting planned",
    "mail_activity_type_meeting_action": "action agreed",
    "mail_activity_type_meeting_due": "action agreed",
    "mail_activity_type_assessment": "assessment released",
    "mail_activity_type_assessment_appeal": "assessment appealed",
    "mail_activity_type_assessment_final": "assessment to finish",
    "mail_activity_type_assessment_proposal": "proposal to decide",
    "mail_activity_type_review": "review due",
    "mail_activity_type_review_action": "action agreed",
    "mail_activity_type_complaint": "complaint filed",
    "mail_activity_type_complaint_late": "complaint late",
    "mail_activity_type_complaint_proposed": "complaint proposed",
    "mail_activity_type_article_review": "article to review",
    "mail_activity_type_article_mend": "article sent back",
    "mail_activity_type_article_stale": "article gets old",
    "mail_activity_type_training": "book to read",
    "mail_activity_type_training_late": "book not read",
    "mail_activity_type_need": "need stated",
    "mail_activity_type_sla_warning": "target at risk",
    "mail_activity_type_level_warning": "level near its limit",
    "mail_activity_type_sla_breach": "target missed",
    # Functions that mail, or ask somebody, by themselves.
    "itsm_ticket_owner._hand_on": "ticket escalated",
    "itsm_ticket_owner._call_for_team": "desk has no team",
    "itsm_ticket_owner._call_desk": "answered after its end",
    "itsm_ticket_flow._on_enter_in_progress": "solution refused",
    "itsm_ticket_sign_off._call_to_sign_off": "sign-off asked",
    "itsm_ticket_sign_off._tell_low_rating": "rated 1 or 2",
    "itsm_merged_mixin.assign_tickets": "ticket handed on",
    "itsm_paused_mixin._end_pause": "nobody answered",
    "itsm_approved_mixin._ask_approver": "approval asked",
    "itsm_escalation.decline": "escalation declined",
    "itsm_escalation.call_on": "nobody took over",
    "itsm_on_duty_mixin._call_on_duty": "nobody has it",
    "itsm_absence._call_lead": "owner is absent",
    "itsm_vendor_job.send_to_vendor": "sent to a vendor",
    "itsm_vendor_job.hand_back": "back from a vendor",
    "itsm_told_late_mixin._tell": "back from a vendor",
    "itsm_sla_clock_job._send_alert": "target at risk",
    "itsm_event_source_mixin._event_report_difference": "history differs",
    "itsm_redaction.open_request": "text to blank",
    "itsm_inbound_mail._tell": "mail not taken",
    "undelivered._ask_user": "mail not delivered",
    "itsm_equipment_handover._call_receivers": "equipment handed over",
    "itsm_equipment_handover._call_for_return": "person leaves",
    "itsm_daily_check._open": "findings of the morning",
    "itsm_daily_check._climb": "check not signed",
    "itsm_meeting._plan_reminders": "meeting planned",
    "itsm_agreed_mixin._plan_activity": "action agreed",
    "itsm_assessment._call": "assessment released",
    "itsm_review._open": "review due",
    "itsm_complaint._call_handlers": "complaint filed",
    "itsm_complaint._climb": "complaint late",
    "itsm_complained_mixin._propose_complaint": "complaint proposed",
    "itsm_article._on_enter_review": "article to review",
    "itsm_article._on_enter_draft": "article sent back",
    "itsm_article._ask_to_mend": "article sent back",
    "itsm_article._on_enter_stale": "article gets old",
    "reading_list._call_readers": "book to read",
    "reading_list._call_leads": "book not read",
    "campaign_sending._follow_mail": "survey begun",
    "itsm_need._call_owner": "need stated",
    "itsm_need._tell_person": "need decided",
    "itsm_service_report._mail": "report issued",
    "res_company._itsm_put_off": "limits of keeping change",
}
"""Which event each template, type of activity and function tells of.

``tests/test_mail_tables.py`` fails for one that is not here, or whose event has no row.
A function that serves several events stands for the first of them.
"""
