"""Tell mails of people from mails that programs sent by themselves.

An answer to a program is answered by it: that makes a loop. RFC 3834 says how programs
mark their mails; not all do, so senders, return paths and beginnings of subjects are
looked at, too. Words inside a text decide nothing: people write about automatic
replies.
"""

import re

from .mail_charset import decode_words

AUTOMATIC = ("alarm", "bounce", "newsletter", "receipt", "vacation")
"""Kinds that are no mail of a person."""
UNFILED = ("bounce", "receipt", "vacation")
"""Kinds of which no ticket is ever made."""

_AUTO_HEADERS = (
    "X-Autoreply",
    "X-Auto-Reply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-AutoReply-From",
    "X-Mail-Autoreply",
    "X-Vacation",
)
_ROBOT = re.compile(
    r"^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply[-+_.].*|.*[-+_.]noreply)$", re.I
)
_DAEMON = re.compile(r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|bounces?[-+=].*)$", re.I)
_VACATION = re.compile(
    r"""^\W*(?:
        auto(?:mated|matic)?[ -]?(?:reply|response|answer)\s*[:：\]\)】]
      | auto[ -]?repl(?:y|ied)\s*[:：\]\)】]
      | out\ of\ (?:the\ )?office(?:\ auto[ -]?reply)?\s*[:：]
      | ooo\s*[:：]
      | (?:vacation|absence)\ (?:notice|reply|message)\s*[:：]
      | (?:外出|休假|离线|系统|邮箱)?自[动動][回答]?[复復覆]\s*[:：\]\)】]
      | (?:休假|外出|年假|请假)(?:通知|提示)\s*[:：\]\)】]
      | 来自.{1,40}的自[动動][回答]?[复復覆]\s*(?:[:：]|$)
    )""",
    re.I | re.X,
)
"""What programs put before the subject that they answer: decides alone."""
_VACATION_ANSWER = re.compile(
    r"""^\W*(?:
        auto(?:mated|matic)?[ -]?(?:reply|response|answer)\b
      | auto(?:matic)?\s*[:：]
      | out\ of\ (?:the\ )?office\b
      | (?:vacation|absence)\ (?:notice|reply|message)\b
    )|[\(\[【（](?:自[动動][回答]?[复復覆]|auto[ -]?reply)[\)\]】）]\s*$""",
    re.I | re.X,
)
"""What people write, too, about an office or a program: decides for an answer to us."""
_BOUNCE = re.compile(
    r"undeliver|delivery (?:status|failure|report|has failed)|returned mail"
    r"|returned to sender"
    r"|mail delivery (?:failed|failure|system)|failure notice|could not be delivered"
    r"|退信|无法投递|无法送达|投递失败|发送失败|未能送达|無法投遞|無法傳送",
    re.I,
)
_RECEIPT = re.compile(
    r"^\W*(?:read|not read|gelesen|已读|未读|已讀|阅读回执|已读回执)\s*[:：]", re.I
)


def classify(message, is_reply=False):
    """Return the kind of a mail.

    ``person``      somebody wrote it
    ``list``        somebody wrote it, and a mailing list sent it
    ``vacation``    a mailbox answers while its owner is away
    ``bounce``      a mail could not be delivered
    ``receipt``     a mail was read or arrived
    ``alarm``       a program reports
    ``newsletter``  a program writes to many

    :param Message message: with headers that :func:`mail_charset.repair` mended
    :param bool is_reply: whether it answers a mail of ours
    """
    subject = decode_words(_get(message, "Subject"))
    auto = re.split(r"[;\s(]", _get(message, "Auto-Submitted").lower())[0] or "no"
    precedence = _get(message, "Precedence").lower()
    sender = get_address(_get(message, "From")).partition("@")[0]
    has_null_path = _get(message, "Return-Path").replace(" ", "") == "<>"
    is_list = bool(_get(message, "List-Id")) or precedence == "list"
    report = get_report(message, subject, is_reply)
    if not report and _DAEMON.match(sender):
        report = "bounce"
    if not report and (found := _BOUNCE.search(subject)):
        if (
            sender == "postmaster"
            or has_null_path
            or _get(message, "X-Failed-Recipients")
            or (is_reply and not subject[: found.start()].strip(" \"'[(【（"))
        ):
            report = "bounce"
    if report:
        return report
    is_automatic = auto != "no"
    is_suppressed = bool(
        re.search(r"all|autoreply|oof", _get(message, "X-Auto-Response-Suppress"), re.I)
    )
    if (
        auto in ("auto-replied", "auto-reply", "auto_replied")
        or precedence in ("auto_reply", "auto-reply")
        or any(_get(message, name).lower() not in ("", "no") for name in _AUTO_HEADERS)
        or _VACATION.match(subject)
        or (is_reply and _VACATION_ANSWER.search(subject))
        or (is_suppressed and is_reply)
    ):
        return "vacation"
    if (
        precedence == "bulk"
        and _get(message, "List-Id")
        and not (is_automatic or is_suppressed or _ROBOT.match(sender))
        and (
            is_reply
            or (_get(message, "In-Reply-To") and not _get(message, "List-Unsubscribe"))
        )
    ):
        # Old programs of lists say bulk of what their members write, too.
        return "list"
    if precedence in ("bulk", "junk") or (
        _get(message, "List-Unsubscribe") and (is_automatic or _ROBOT.match(sender))
    ):
        return "newsletter" if _get(message, "List-Unsubscribe") else "alarm"
    if is_automatic or is_suppressed:
        return "alarm"
    if _ROBOT.match(sender) and not get_answer_address(message):
        return "alarm"
    if is_list:
        return "list"
    if has_null_path and not is_reply:
        return "alarm"
    return "person"


def get_report(message, subject, is_reply=False):
    """Return ``bounce`` or ``receipt`` for a report about another mail, else None."""
    if message.get_content_type() == "multipart/report":
        kind = str(message.get_param("report-type") or "").lower()
        if kind == "disposition-notification":
            return "receipt"
        if kind == "delivery-status" or not kind:
            return "bounce"
        return "receipt"
    if any(
        part.get_content_type() == "message/disposition-notification"
        # Somebody accepted an invitation, or did not.
        or (
            part.get_content_type() == "text/calendar"
            and str(part.get_param("method") or "").lower() in ("reply", "counter")
        )
        for part in _walk_own(message)
    ):
        return "receipt"
    if _RECEIPT.match(subject) and (
        is_reply or _get(message, "X-MS-Exchange-Organization-SCL")
    ):
        return "receipt"
    return None


def get_answer_address(message):
    """Return the address to which a web form wants its answer, or an empty text."""
    found = get_address(_get(message, "Reply-To"))
    if not found or found == get_address(_get(message, "From")):
        return ""
    return "" if _ROBOT.match(found.partition("@")[0]) else found


def is_robot(address):
    """Whether an address says that nobody reads it."""
    return bool(_ROBOT.match(address.partition("@")[0]))


def get_address(value):
    """Return the first whole address in a header, in lower case, or an empty text."""
    found = re.findall(r"[^\s<>\"(),:;]+@[^\s<>\"(),:;]+", str(value or ""))
    return found[-1].lower().rstrip(".") if found else ""


def _walk_own(message):
    """Yield the parts of a mail, without those of mails that are attached to it."""
    stack = [message]
    while stack:
        part = stack.pop()
        yield part
        payload = part.get_payload()
        if part.get_content_maintype() != "message" and isinstance(payload, list):
            stack += [item for item in payload if hasattr(item, "get_content_type")]


def _get(message, name):
    """Return a header as text on one line, empty when missing or unreadable."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return " ".join(str(value).split())
    return ""
