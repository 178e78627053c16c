"""Say in invitations who opens an account, where the customer left the text as it was.

The template is not updated with the module, and invitations carry no sign-up any more.
"""

from lxml import html

from odoo import SUPERUSER_ID, api

BEFORE = (
    "Hello Vendor , My Company invites you to bid for Cleaning of the head office . "
    "Bids are received in our vendor portal until 1 March 2026, 12:00 . There you find "
    "all documents, ask questions, and submit your sealed bid, also from a phone. "
    "Nobody can read it before the opening. Open the tender Please tell us there, too, "
    "if you do not want to bid."
)
"""The words of the old text."""
ADDED = (
    "<p>Nobody at your company has an account yet? Answer this mail with the name and "
    "the mail address of the person who bids for you, and we open one for this "
    "person.</p>"
)


def read_words(body):
    """Return the words of an HTML text, separated by one space."""
    return " ".join(" ".join(html.fromstring(str(body)).itertext()).split())


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref(
        "outsourcing_mgmt.mail_template_invitation", raise_if_not_found=False
    )
    if not template or not template.body_html:
        return
    same = read_words(BEFORE.join(("<p>", "</p>")))
    if read_words(template.body_html).replace(" ", "") != same.replace(" ", ""):
        return
    root = html.fromstring(str(template.body_html))
    root.append(html.fromstring(ADDED))
    # Terms of the other languages keep their translation.
    template.body_html = html.tostring(root, encoding="unicode")
