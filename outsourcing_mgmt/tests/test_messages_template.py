from odoo.tests import tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTemplates(TenderCommon):
    """The mails of the module can be saved again once there are documents."""

    def test_templates_are_saved_where_there_are_documents(self):
        self._create_notified()
        rows = self.env["ir.model.data"].search(
            [("model", "=", "mail.template"), ("module", "=", "outsourcing_mgmt")]
        )
        templates = self.env["mail.template"].browse(rows.mapped("res_id"))
        self.assertGreater(len(templates), 10)
        for template in templates:
            with self.subTest(template.name):
                # what an update of the module does
                template.write({"subject": template.subject})
                template._check_can_be_rendered()

    def test_moments_name_their_zone(self):
        """A vendor whose zone nobody knows reads the time by which it is judged."""
        # sudo: an administrator sets the zone in which the company counts days.
        self.company.sudo().outsourcing_tz = "Europe/Brussels"
        tender = self._create_published()
        deadline = self.company._outsourcing_format_moment(
            tender.bid_deadline, "Europe/Brussels"
        )
        template = self.env.ref("outsourcing_mgmt.mail_template_invitation")
        partner = self.vendors[0]
        self.env.user.tz = "Asia/Tokyo"
        for zone, told, untold in (
            (False, ["(Europe/Brussels)"], ["UTC", "Tokyo"]),
            ("Asia/Shanghai", ["(Europe/Brussels)", "(Asia/Shanghai)"], ["Tokyo"]),
        ):
            partner.tz = zone
            mail = template.with_context(partner=partner, url="/")
            text = str(mail._render_field("body_html", tender.ids)[tender.id])
            with self.subTest(zone=zone):
                for part in told:
                    self.assertIn(part, text)
                for part in untold:
                    self.assertNotIn(part, text)
                self.assertIn(deadline, text)

    def test_moments_of_other_documents_stay_as_they_were(self):
        mixin = self.env["mail.render.mixin"]
        partner = self.vendors[0]
        source = "<t t-out=\"format_datetime(object.create_date, tz='UTC')\" />"
        texts = mixin._render_template_qweb(source, "res.partner", partner.ids)
        self.assertNotIn("(UTC)", str(texts[partner.id]))
