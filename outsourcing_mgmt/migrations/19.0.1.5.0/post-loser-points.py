"""Tell losers their own points, where the customer left the text of the mail as it was.

The template is not updated with the module.
"""

from lxml import html

from odoo import SUPERUSER_ID, api

BEFORE = (
    "Hello Vendor , Thank you for your bid for Cleaning of the head office . The award "
    "goes to Another Vendor . Your bid was disqualified: reason Your rank 2 Your total "
    "score (of 100) 80.00 Score of the winner 90.00 The reasons: It has the best total "
    "of quality and price. You may object in our portal until 4 March 2026, 12:00 . "
    "View the result"
)
"""The words of the old text."""
ADDED = """
<t t-if="ctx.get('points')">
    <p>Your points by criterion:</p>
    <table style="border-collapse: collapse;">
        <tr t-foreach="ctx.get('points')" t-as="row">
            <td style="padding: 4px 12px 4px 0;" t-out="row['name']">Quality</td>
            <td t-if="row['kind'] == 'pass_fail'">
                <t t-if="row['passed']">Pass</t>
                <t t-else="">Fail</t>
            </td>
            <td
                t-else=""
                t-out="'%.2f / %g' % (row['points'], row['max_points'])"
            >80.00 / 100</td>
        </tr>
    </table>
</t>
"""


def read_words(body):
    """Return the words of an HTML text, separated by one space."""
    return " ".join(" ".join(html.fromstring(str(body)).itertext()).split())


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref(
        "outsourcing_mgmt.mail_template_award_loser", raise_if_not_found=False
    )
    if not template or not template.body_html:
        return
    if read_words(template.body_html).replace(" ", "") != BEFORE.replace(" ", ""):
        return
    root = html.fromstring(str(template.body_html))
    for paragraph in root.iter("p"):
        if (paragraph.text or "").strip() == "The reasons:":
            paragraph.addprevious(html.fromstring(ADDED.strip()))
            break
    # Terms of the other languages keep their translation.
    template.body_html = html.tostring(root, encoding="unicode")
