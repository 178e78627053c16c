"""What a short answer says: thanks, or more; and what a subject is about."""

import re

LONGEST_THANKS = 160
"""Letters; who writes more has something to say."""

_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|fwd?|wg|tr|antw|回复|回覆|答复|转发|轉寄)\s*(?:\[\d+\])?\s*[:：]\s*"
    r"|\[(?:fwd?|external|外部邮件)\]\s*|again\s*[:：]\s*)+",
    re.I,
)
_QUOTE = re.compile(
    r"^\s*(?:>|-{3,}|_{5,}|\*{5,}|on .{5,80} wrote:?\s*$|from:\s|sent from"
    r"|发件人\s*[:：]|在.{5,80}写道\s*[:：]|寄件者\s*[:：]|发自我的|--\s*$)",
    re.I,
)
_THANKS = re.compile(
    r"thank|thx|cheers|works?\b|working|solved|fixed|perfect|great|all good|resolved"
    r"|谢谢|多谢|感谢|謝謝|可以了|好了|解决了|正常了|能用了|没问题了|没有问题了|搞定|已解决|已恢复",
    re.I,
)
_BUT = re.compile(
    r"\bnot\b|n't\b|\bno\b|\bbut\b|\bstill\b|\bagain\b|however|except|unfortunately"
    r"|\bfail|error|broken|\?|？|once more|another|instead|yet\b|only\b|please|can you"
    r"|但|可是|不过|还是|还没|仍|不行|不能|不好|没有好|没解决|未解决|又|依然|另外|还有|麻烦|请|吗"
    r"|再|希望|无法|失败|报错|什么时候",
    re.I,
)
_GOOD_NO = re.compile(
    r"no (?:more )?(?:problems?|issues?)|没问题了|没有问题了|不再|\bno longer\b", re.I
)


def get_own_words(text):
    """Return what an answer says before it quotes the mail it answers.

    :param str text: plain
    """
    lines = []
    for line in text.splitlines():
        if _QUOTE.match(line):
            break
        lines.append(line.strip())
    return "\n".join(line for line in lines if line).strip()


def says_something(text):
    """Whether a text has a letter or a digit: dots and blanks say nothing."""
    return any(letter.isalnum() for letter in text or "")


def is_thanks(text):
    """Whether an answer only says that all is well."""
    words = get_own_words(text)
    if not words or len(words) > LONGEST_THANKS:
        return False
    return bool(_THANKS.search(words)) and not _BUT.search(_GOOD_NO.sub("", words))


def clean_subject(subject):
    """Return a subject without the marks of answers and forwarded mails."""
    text = _PREFIX.sub("", " ".join((subject or "").split()))
    return text.strip()


def find_numbers(subject):
    """Return the words of a subject that may be the number of a ticket."""
    return re.findall(r"[A-Za-z][A-Za-z0-9/-]*\d{2,}", subject or "")[:10]
