"""What a vendor is told of a price, a price list or a file that is not taken."""

from odoo.tools import format_list

from ...tools import upload


def get_price_message(bid, line_id, error):
    """Return what is wrong with a typed price, with the number of its line."""
    lines = bid.tender_id.line_ids
    number = lines.ids.index(line_id) + 1
    values = {
        "number": number,
        "line": lines[number - 1].name,
        "text": error.text[:40],
    }
    if error.code == "ambiguous":
        return bid.env._(
            'Line %(number)s, unit price of "%(line)s": "%(text)s" can mean two '
            "numbers. Write it without the mark, or with another number of decimals.",
            **values,
        )
    return bid.env._(
        'Line %(number)s, unit price of "%(line)s": "%(text)s" is not a price. Write a '
        "number in %(currency)s with at most %(digits)s decimals.",
        currency=bid.currency_id.name,
        digits=bid.env["decimal.precision"].precision_get("Product Price"),
        **values,
    )


def get_unread_message(bid, row, key, error):
    """Return why the price of a line of the list was not read."""
    values = {"row": row, "value": error.text[:40]}
    messages = {
        "formula": bid.env._(
            "Row %(row)s: the price of line %(line)s is a formula without its result. "
            "Open the list in a spreadsheet program, save it, and read it again.",
            row=row,
            line=key,
        ),
        "ambiguous": bid.env._(
            'Row %(row)s: "%(value)s" can mean two numbers. Write it without the mark, '
            "or with another number of decimals.",
            **values,
        ),
        "day": bid.env._(
            "Row %(row)s: the spreadsheet program made the day %(value)s of the price. "
            "Give the cell the format of a number and type the price again.",
            **values,
        ),
        "percent": bid.env._(
            'Row %(row)s: "%(value)s" is a percentage, not a price.', **values
        ),
        "merged": bid.env._(
            "Row %(row)s: the price of line %(line)s is one cell with that of other "
            "lines. Separate the cells and write a price into each.",
            row=row,
            line=key,
        ),
        "line": bid.env._(
            'Row %(row)s: "%(value)s" is no line of the tender and was not read.',
            **values,
        ),
    }
    return messages.get(error.code) or bid.env._(
        'Row %(row)s: "%(value)s" is not a price.', **values
    )


def get_sheet_message(env, error):
    messages = {
        "too_large": env._(
            "The price list is too large. Download it again and fill in that one."
        ),
        "too_many_rows": env._("The price list has too many rows."),
        "unreadable": env._(
            "The price list cannot be read. Save it as an Excel workbook (.xlsx), "
            "or download it again and fill it in."
        ),
        "columns": env._(
            "The columns of the price list have lost their titles, or have them twice: "
            "nobody can tell which one holds the prices. Download it again and fill "
            "it in."
        ),
        "sheets": env._(
            "Several sheets of the workbook are price lists: %s. Take out those that "
            "are not meant.",
            error.value,
        ),
        "key": env._(
            'Row %s: the column "Line" must keep the number of the line.', error.row
        ),
        "twice": env._("Row %s repeats a line.", error.row),
    }
    return messages[error.code]


def get_upload_message(env, problem, name):
    messages = {
        "empty": env._("Choose a file that is not empty."),
        "too_many": env._("A bid holds at most %s files.", upload.MAX_FILES),
        "too_large": env._(
            '"%(name)s" is larger than %(size)s MB.',
            name=name,
            size=upload.MAX_FILE_BYTES // upload.MEGABYTE,
        ),
        "type": env._(
            '"%(name)s": files of this type are not accepted. Send one of: %(types)s.',
            name=name,
            types=format_list(env, sorted(upload.FILE_TYPES), "or"),
        ),
        "content": env._(
            '"%s" is not what its name says. Save it again in its own format.',
            name,
        ),
    }
    return messages[problem]
