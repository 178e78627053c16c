"""Whole numbers that anybody types into an address, a form or a call."""


def read_number(text):
    """Return ``text`` as a whole number of at most nine digits, or 0.

    Longer ones are no ids, which the database refuses, and Python refuses to read
    those of thousands of digits. Digits of other alphabets are none.
    """
    text = str(text if text is not None else "")
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if is_number else 0
