"""Nothing that decides takes its day from whoever clicks.

A day is that of the company (``_outsourcing_today``, ``_outsourcing_date``). Core's
helpers follow the time zone in the context, which a caller sends, or that of the
user; a bare ``date()`` of a moment and ``::date`` in SQL are days in UTC. Where one
of them decides nothing, it stands in ``ALLOWED`` with the reason.
"""

import ast
import re

import repo

CALLS = {
    "context_today": "company._outsourcing_today()",
    "context_timestamp": "company._outsourcing_date(moment)",
    "today": "company._outsourcing_today()",
    "utcnow": "fields.Datetime.now()",
}
SQL_DAY = re.compile(
    r"CURRENT_DATE|LOCALTIMESTAMP|\bNOW\(\)|"
    r"\b\w*(?:_at|_on|create_date|write_date|_moment)::date\b",
    re.IGNORECASE,
)
DYNAMIC_DAY = re.compile(r"^(today|now)( [-+=].*)?$")
ZONE_KEYS = {"tz", "employee_timezone"}

# (file, what) -> why it decides nothing
ALLOWED = {
    ("itsm_desk/models/duty/duty_calls.py", ".date()"): (
        "of a moment in UTC, beside a day that core took in UTC"
    ),
    ("itsm_desk/models/intent/itsm_mail_intent.py", '"tz"'): "words of a mail",
    ("itsm_desk/models/sla/alerts.py", ".context_today()"): "of whoever is asked",
    ("itsm_desk/models/sla/alerts.py", "tz="): "words of a mail",
    ("itsm_desk/models/sla/alerts.py", ".tz"): "words of a mail",
    ("itsm_desk/models/sla/itsm_work_timeline.py", "employee_timezone="): (
        "drops what a caller sends"
    ),
    ("itsm_desk/models/sla/resource_calendar.py", '"tz"'): "name of a watched field",
    ("itsm_desk/models/sla/resource_calendar.py", ".date()"): (
        "of moments in the zone that core asks"
    ),
    ("itsm_desk/models/sla/resource_calendar.py", ".tz"): "the zone that core asks",
    ("itsm_desk/models/sla/resource_calendar.py", "tz="): "the zone that core asks",
    ("itsm_desk/wizards/itsm_makeup_import.py", ".today()"): "a year, proposed once",
    ("itsm_desk/controllers/portal.py", '"tz"'): (
        "shown with the zone beside it; deadlines are moments"
    ),
    ("itsm_desk/controllers/portal.py", ".tz"): "as above",
    ("itsm_desk/models/base/res_company.py", ".date()"): "of a moment in its zone",
    ("itsm_desk/models/base/res_company.py", ".tz"): "proposed once",
    ("itsm_desk/models/ticket/ticket_links.py", ".today()"): (
        "a link of 30 days, made and read by the server's own day"
    ),
    ("itsm_desk/models/base/working_days.py", "employee_timezone="): (
        "the company's zone"
    ),
    ("itsm_desk/models/chat/itsm_chat_person.py", ".today()"): (
        "both sides of the end of a link, in UTC"
    ),
    ("itsm_desk/models/people/itsm_daily_check.py", ".date()"): (
        "of a moment in the company's zone"
    ),
    ("itsm_desk/models/base/working_days.py", ".date()"): (
        "of a moment in the company's zone"
    ),
    ("itsm_desk/models/ticket/itsm_ticket_sign_off.py", ".date()"): (
        "of a moment in the company's zone"
    ),
    ("outsourcing_mgmt/models/intent/outsourcing_mail_intent.py", '"tz"'): (
        "words of a mail"
    ),
    ("outsourcing_mgmt/controllers/tender_portal.py", '"tz"'): (
        "shown with the zone beside it; deadlines are moments"
    ),
    ("outsourcing_mgmt/controllers/tender_portal.py", ".tz"): "as above",
    ("outsourcing_mgmt/models/base/res_company.py", ".date()"): "the helper itself",
    ("outsourcing_mgmt/models/base/res_company.py", ".tz"): "proposed once",
    ("outsourcing_mgmt/models/number/numbering.py", "tz="): "the company's zone",
    ("outsourcing_mgmt/models/base/res_company.py", "tz="): "the company's zone",
    ("vendor_quality/models/collect/itsm_sla_clock.py", ".date()"): (
        "a day on either side is taken along"
    ),
    ("vendor_quality/models/collect/itsm_complaint.py", ".date()"): (
        "a day on either side is taken along"
    ),
    ("vendor_quality/models/collect/itsm_ticket.py", ".date()"): (
        "a day on either side is taken along"
    ),
    ("vendor_quality/models/collect/itsm_handling.py", ".date()"): (
        "a day more on either side"
    ),
    ("vendor_quality/models/collect/itsm_vendor_job.py", ".date()"): (
        "a day more on either side"
    ),
    (
        "vendor_quality/models/inspection/vendor_quality_inspection_plan.py",
        "today in a domain",
    ): "a day more; the rounds end by the day of the company",
    ("vendor_quality/tools/periods.py", ".date()"): "of a moment in a given zone",
}


def days_of_callers(tree):
    """What takes a day from a caller or from UTC: ``(line, what, instead)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in CALLS:
                yield node.lineno, f".{name}()", CALLS[name]
            elif name == "date" and not node.args and not node.keywords:
                yield node.lineno, ".date()", "company._outsourcing_date(moment)"
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in ZONE_KEYS:
                    yield node.lineno, f"{keyword.arg}=", "company._outsourcing_zone()"
        elif isinstance(node, ast.Attribute) and node.attr == "tz":
            yield node.lineno, ".tz", "company._outsourcing_zone()"
        elif isinstance(node, ast.Attribute) and node.attr in CALLS:
            # A default=fields.Date.today is no call.
            yield node.lineno, f".{node.attr}()", CALLS[node.attr]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value in ZONE_KEYS:
                yield node.lineno, f'"{node.value}"', "company._outsourcing_zone()"
            elif DYNAMIC_DAY.match(node.value):
                yield node.lineno, "today in a domain", "a day of the company"
            elif SQL_DAY.search(node.value):
                yield node.lineno, "a day in SQL", "AT TIME ZONE of the company"


def findings():
    """Yield ``(file, what, text)`` of all code of the modules but their tests."""
    for module in repo.MODULES:
        for path in repo.files(module, ".py"):
            if {"tests", "migrations"} & set(path.parts):
                continue
            for line, what, instead in days_of_callers(repo.tree(path)):
                name = repo.short(path)
                yield name, what, f"{name}:{line}: {what}; write {instead}"


def test_no_day_of_a_caller_decides():
    found = {
        (name, what, text)
        for name, what, text in findings()
        if (name, what) not in ALLOWED
    }
    assert not found, "\n".join(sorted(text for _name, _what, text in found))


def test_nothing_allowed_is_gone():
    """An exemption without its code would let the next one in."""
    used = {(name, what) for name, what, _text in findings()}
    assert not set(ALLOWED) - used


def test_the_check_finds_what_it_looks_for():
    bad = """
day = fields.Date.context_today(self)
day = fields.Date.today()
field = fields.Date(default=fields.Date.context_today)
moment = fields.Datetime.context_timestamp(self, now)
day = self.create_date.date()
zone = self.env.user.tz
zone = self.env.context.get("tz")
self.search([("date_due", "<", "today +1d")])
SQL("SELECT create_date::date, CURRENT_DATE")
calendar.with_context(employee_timezone=zone)
"""
    lines = {line for line, _what, _instead in days_of_callers(ast.parse(bad))}
    assert lines == set(range(2, 12))
