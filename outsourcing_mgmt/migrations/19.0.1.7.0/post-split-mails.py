"""Tell bidders of an award by line the services, where the texts are still ours.

Templates are not updated with the module; a text that the customer changed stays.
"""

from lxml import etree, html

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open

FILE = "outsourcing_mgmt/data/mail_template_award_data.xml"
PLACES = " Your place for each service: Cleaning 2"
WINNER = (
    "Hello Vendor , Your bid for Cleaning of the head office won with 100,000.00 "
    "(without tax). It has the best total of quality and price. Other bidders may "
    "object until 4 March 2026, 12:00 . The order follows when the award is final; "
    "please do not start before. View the result"
)
LOSER = (
    "Hello Vendor , Thank you for your bid for Cleaning of the head office . The award "
    "goes to Another Vendor . Your bid was disqualified: reason Your rank 2 Your total "
    "score (of 100) 80.00 Score of the winner 90.00 Your points by criterion: Quality "
    f"Pass Fail 80.00 / 100{PLACES} The reasons: It has the best total of quality and "
    "price. You may object in our portal until 4 March 2026, 12:00 . View the result"
)
BEFORE = {
    "mail_template_award_winner": (WINNER,),
    # An upgraded text has no places.
    "mail_template_award_loser": (LOSER, LOSER.replace(PLACES, "")),
}
"""The words of the texts of before."""


def read_words(body):
    """Return the words of an HTML text without spaces."""
    return "".join("".join(html.fromstring(str(body)).itertext()).split())


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    with file_open(FILE, "rb") as stream:
        root = etree.parse(stream).getroot()
    for name, texts in BEFORE.items():
        template = env.ref(f"outsourcing_mgmt.{name}", raise_if_not_found=False)
        if not template or not template.body_html:
            continue
        known = {text.replace(" ", "") for text in texts}
        if read_words(template.body_html) not in known:
            continue
        [body] = root.xpath(f"//record[@id='{name}']/field[@name='body_html']/div")
        # Terms of the other languages keep their translation.
        template.body_html = etree.tostring(body, encoding="unicode", with_tail=False)
