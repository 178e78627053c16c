"""The declared flow and the guards of files and messages exist twice, and are equal.

itsm_desk and outsourcing_mgmt install without each other, so each carries its own copy.
"""

import ast
import re

import pytest
import repo

BASES = {
    prefix: repo.ROOT / module / "models" / "base"
    for module, prefix in (("itsm_desk", "itsm"), ("outsourcing_mgmt", "outsourcing"))
}
PREFIX = re.compile(
    r"\b(Itsm|Outsourcing)(?=FlowMixin|MailIntent|ServerRows)"
    r"|\b_?(itsm|outsourcing)"
    r"(?=[._](?:flow|grant|acting|log|server|mail\.intent|removed|mail_f))"
    r"|\b(itsm_desk|outsourcing_mgmt)(?=\.ir_cron_mail_intent)"
)


def neutral(path):
    """The code of one copy, without its names and its line breaks."""
    text = PREFIX.sub("Same", path.read_text("utf-8"))
    return ast.dump(ast.parse(text), indent=1)


ONLY_OF_THE_DESK = "_same_check_talk"
"""Tickets are made of conversations in Discuss, whose words the desk keeps, too."""


def only_class(path, name):
    """The code of one class of a copy, without the prefix of its methods."""
    text = re.sub(r"\b_(itsm|outsourcing)_", "_same_", path.read_text("utf-8"))
    (found,) = (
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    return ast.dump(WithoutDesk().visit(found), indent=1)


class WithoutDesk(ast.NodeTransformer):
    """Leave out the method that only the desk has, and its call."""

    def visit_FunctionDef(self, node):
        if node.name == ONLY_OF_THE_DESK:
            return None
        return self.generic_visit(node)

    def visit_If(self, node):
        call = ast.unparse(node.body)
        return (
            None if call == f"self.{ONLY_OF_THE_DESK}()" else self.generic_visit(node)
        )


@pytest.mark.parametrize(
    "name",
    [
        "acting_person.py",
        "uninstall.py",
        "grants.py",
        "{prefix}_flow_mixin.py",
        "{prefix}_server_rows_mixin.py",
    ],
)
def test_twins_are_equal(name):
    left, right = (
        neutral(base / name.format(prefix=prefix)) for prefix, base in BASES.items()
    )
    assert left == right, "what changes in one changes in the other"


def test_mails_of_steps_are_made_alike():
    left, right = (
        neutral(base.parent / "intent" / f"{prefix}_mail_intent.py")
        for prefix, base in BASES.items()
    )
    assert left == right, "what changes in one changes in the other"


@pytest.mark.parametrize(
    "desk, outsourcing",
    [
        ("platform/frozen_classes.py", "platform/frozen_classes.py"),
        ("platform/hidden_values.py", "platform/hidden_values.py"),
        ("platform/typed_numbers.py", "platform/typed_numbers.py"),
        ("base/mail_gateway.py", "messages/mail_gateway.py"),
    ],
)
def test_twins_of_rooms_are_equal(desk, outsourcing):
    text = neutral(repo.ROOT / "itsm_desk" / "models" / desk)
    other = neutral(repo.ROOT / "outsourcing_mgmt" / "models" / outsourcing)
    same = [
        re.sub(r"module='(\w+\.)?(base\.)?", "module='", one) for one in (text, other)
    ]
    same = [re.sub(r"level=\d", "level=0", one) for one in same]
    assert same[0] == same[1], "what changes in one changes in the other"


@pytest.mark.parametrize(
    "name", ["hidden_documents.py", "hidden_rows.py", "privacy_lookup.py"]
)
def test_rows_are_hidden_alike(name):
    """Each hides what is about the documents of its own module."""
    left, right = (
        re.sub(
            r"OWN_NAMES = .*|\b(Itsm|Outsourcing)(?=Hidden)"
            r"|\b_?(itsm|outsourcing)(?=[._])",
            "",
            (repo.ROOT / module / "models/platform" / name).read_text("utf-8"),
        )
        for module in ("itsm_desk", "outsourcing_mgmt")
    )
    assert ast.dump(ast.parse(left)) == ast.dump(ast.parse(right)), (
        "what changes in one changes in the other"
    )


@pytest.mark.parametrize(
    "name",
    [
        "tests/attack_numbers.py",
        "tests/attack_rights.py",
        "tests/fake_automation.py",
        "tools/group_members.py",
        "tools/leaving.py",
        "tools/mail_links.py",
        "tools/one_record.py",
        "tools/report_pages.py",
        "tools/signature.py",
        "tools/typed_number.py",
        "tools/typed_values.py",
        "tools/xlsx_reader.py",
    ],
)
def test_both_modules_have_the_same_file(name):
    left, right = (
        (repo.ROOT / module / name).read_text("utf-8")
        for module in ("itsm_desk", "outsourcing_mgmt")
    )
    assert left == right, "what changes in one changes in the other"


@pytest.mark.parametrize(
    "name, desk, outsourcing",
    [
        ("IrAttachment", *["models/base/ir_attachment.py"] * 2),
        (
            "MailMessage",
            "models/base/mail_message.py",
            "models/messages/mail_message.py",
        ),
        (
            "MailTrackingValue",
            "models/base/mail_message.py",
            "models/messages/mail_message.py",
        ),
        ("OwnUnfollow", *["controllers/mail.py"] * 2),
        ("PlainTokens", *["controllers/mail.py"] * 2),
        ("InProcess", *["tests/fake_person.py"] * 2),
        ("ForeignVerbs", "tests/common.py", "tests/attack_calls.py"),
    ],
)
def test_both_modules_guard_alike(name, desk, outsourcing):
    left = only_class(repo.ROOT / "itsm_desk" / desk, name)
    right = only_class(repo.ROOT / "outsourcing_mgmt" / outsourcing, name)
    assert left == right, "what changes in one changes in the other"


@pytest.mark.parametrize(
    "name",
    [
        "unlink",
        "_same_unlink_except_others",
        "_same_filter_kept",
        "_same_filter_others",
        "_same_others_error",
    ],
)
def test_both_modules_keep_followers_alike(name):
    """Who may follow differs; that nobody is cut off does not."""
    copies = []
    for prefix, room in (("itsm", "base"), ("outsourcing", "messages")):
        module = "itsm_desk" if prefix == "itsm" else "outsourcing_mgmt"
        path = repo.ROOT / module / "models" / room / "mail_followers.py"
        text = path.read_text("utf-8").replace(f"_{prefix}_", "_same_")
        text = text.replace(f'"{prefix}.flow.mixin"', '"same.flow.mixin"')
        (found,) = (
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and node.name == name
        )
        copies.append(ast.dump(found, indent=1))
    assert copies[0] == copies[1], "what changes in one changes in the other"


def same(path, names=None):
    """The code of a file, or of some of its definitions, without module names.

    :param names: functions, methods and constants of the file
    """
    text = re.sub("itsm|outsourcing", "same", path.read_text("utf-8"))
    tree = ast.parse(re.sub("Itsm|Outsourcing", "Same", text))
    if names is None:
        return ast.dump(tree, indent=1)
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found.update(
                (target.id, node.value)
                for target in node.targets
                if isinstance(target, ast.Name)
            )
    return [ast.dump(found[name], indent=1) for name in names]


@pytest.mark.parametrize(
    "desk, outsourcing, names",
    [
        ("mail/mail_render_mixin", "messages/mail_render_mixin", None),
        ("mail/undelivered", "messages/undelivered", ["_ask_user"]),
        ("form/one_click", "bid/one_click", ["once"]),
        ("base/mail_thread", "messages/mail_thread", ["unlink"]),
        (
            "base/mail_message",
            "messages/mail_message",
            ["POSTING_CODE", "TRACKING_CODE", "is_posted_by_core", "taking_back"],
        ),
        ("mail/mail_mail", "messages/mail_mail", ["create"]),
        (
            "platform/base_partner_merge",
            "bid/base_partner_merge",
            ["_same_find_model", "_same_find_rows", "_same_merge_error"],
        ),
        (
            "report/ir_actions_report",
            "integrity/ir_actions_report",
            ["_render_xlsx", "_same_check_printer"],
        ),
        (
            "base/ir_http",
            "platform/ir_http",
            [
                "MAX_ID",
                "MESSAGES",
                "OWN_ADDON",
                "PRIMARY_SECONDS",
                "WROTE_AT",
                "reads_only",
                "_dispatch",
                "_is_too_large",
                "_may_write",
                "_pre_dispatch",
            ],
        ),
    ],
)
def test_both_modules_do_alike(desk, outsourcing, names):
    """What a vendor and a requester share: moments in mails, one click, the standby."""
    left = same(repo.ROOT / "itsm_desk" / "models" / f"{desk}.py", names)
    right = same(repo.ROOT / "outsourcing_mgmt" / "models" / f"{outsourcing}.py", names)
    assert left == right, "what changes in one changes in the other"
