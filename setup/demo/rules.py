"""What a second version of a quality template asks for."""

from datetime import timedelta

from odoo import Command

TEMPLATE = "vendor.quality.template"


def threads(story):
    """A version of its own for cleaning, before the first contract."""
    yield retain(story)


def retain(story):
    """Cleaning: a share is paid later, and failed inspections cost a credit."""
    yield story.at(story.month(-4), "09:30") - timedelta(days=10)
    version = renew(story, "cleaning")
    inspected = story.env.ref("vendor_quality.metric_inspection_pass")
    version.write(
        {
            "retention_rate": 5.0,
            "retention_days": 30,
            "at_risk_rate": 25.0,
            "credit_ids": [
                Command.create(
                    {
                        "metric_id": inspected.id,
                        "below_points": 60.0,
                        "allocation_rate": 20.0,
                        "repeat_factor": 1.5,
                    }
                )
            ],
        }
    )
    yield story.later(1, "10:15")
    story.act("qualitymanager2", version).action_activate()


def renew(story, code):
    """Write the next version of the template in force."""
    template = story.model("qualitymanager", TEMPLATE).search(
        [("code", "=", code), ("state", "=", "active")]
    )
    action = template.action_new_version()
    return template.browse(action["res_id"])
