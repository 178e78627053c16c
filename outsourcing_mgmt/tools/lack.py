"""What a record still lacks: sentences that know where it is mended.

A refusal is one text. It is made of ``Lack``s, each a sentence with the field of the
record or the other records where the user mends it; ``join`` keeps them, so that a
form can list them with links.
"""


class Lack(str):
    """A sentence about something that is missing.

    :param str text: the sentence
    :param str field: name of the field of the judged record where it is mended
    :param records: other records where it is mended, any recordset or None
    """

    __slots__ = ("field", "records")

    def __new__(cls, text, field="", records=None):
        lack = super().__new__(cls, text)
        lack.field = field
        lack.records = records
        return lack


class Lacks(str):
    """Several sentences as one text, a line each.

    :param items: list of str, of which some are ``Lack``
    """

    __slots__ = ("items",)

    def __new__(cls, items):
        text = super().__new__(cls, "\n".join(items))
        text.items = list(items)
        return text


def join(texts):
    """Return sentences as one text that keeps where each of them is mended.

    :param texts: iterable of str; empty ones are left out
    :rtype: Lacks
    """
    items = []
    for text in texts:
        if text:
            items += split(text)
    return Lacks(items)


def split(text):
    """Return the sentences of a text; a plain text is one sentence.

    :param text: str, False or None
    :rtype: list of str
    """
    if not text:
        return []
    return text.items if isinstance(text, Lacks) else [text]
