"""Whether the desk can receive and send mail, and what is missing."""

from typing import NamedTuple

from markupsafe import Markup


class Check(NamedTuple):
    """One line of the checklist."""

    is_done: bool
    title: str
    hint: str
    """What to do about it, and where; shown while it is not done."""


def get_checks(env, company):
    """Return the checklist of mail for the desk of ``company``.

    :param env: any environment; only whether something is set up is told
    """
    # sudo: managers of the desk read no servers, domains and parameters. The list
    # tells whether they are there, and no value that is secret.
    company = company.sudo()
    return _check_servers(company.env) + _check_addresses(company)


def _check_servers(env):
    server = env["ir.config_parameter"].get_param("itsm_desk.authserv_id")
    return [
        Check(
            bool(
                env["fetchmail.server"].search_count(
                    [("state", "=", "done"), ("server_type", "!=", "local")], limit=1
                )
                or env["itsm.inbound.mail"].search_count([], limit=1)
            ),
            env._("Mail comes in"),
            env._(
                "Add the mailbox of the desk under Settings > Technical > Incoming "
                "Mail Servers and press Test & Confirm, or let your mail server hand "
                "mails to odoo-mailgate.py. No mail has been received yet."
            ),
        ),
        Check(
            bool(env["ir.mail_server"].search_count([], limit=1)),
            env._("Mail goes out"),
            env._(
                "Add a server under Settings > Technical > Outgoing Mail Servers. "
                "Without one Odoo sends through the server of its configuration file."
            ),
        ),
        Check(
            bool(server),
            env._("Senders are proven"),
            env._(
                "Off: whoever writes a technician's address into a mail is taken for "
                "the technician. Enter the name (authserv-id) that your mail "
                "server writes first into the header Authentication-Results."
            ),
        ),
    ]


def _check_addresses(company):
    env, domain = company.env, company.alias_domain_id
    teams = env["itsm.team"].search([("company_id", "=", company.id)])
    lacking = teams.filtered("alias_warning")
    return [
        Check(
            bool(domain),
            env._("The company has a mail domain"),
            env._(
                "Choose an alias domain for %s under Settings > General Settings > "
                "Alias Domains: addresses of teams end in it.",
                company.name,
            ),
        ),
        Check(
            bool(domain.catchall_email),
            env._("Answers find their ticket (catchall)"),
            env._(
                "Give the alias domain a catchall address, and let your mail server "
                "deliver it to the mailbox that Odoo fetches: our mails are answered "
                "there."
            ),
        ),
        Check(
            bool(domain.bounce_email),
            env._("Mails that could not be delivered are noticed (bounce)"),
            env._(
                "Give the alias domain a bounce address, and let your mail server "
                "deliver it to the mailbox that Odoo fetches."
            ),
        ),
        Check(
            bool(teams) and not lacking,
            env._("Each team has a whole address"),
            env._("These lack a part: %s", ", ".join(lacking.mapped("name")))
            if lacking
            else env._("The company has no team yet."),
        ),
    ]


def render(checks):
    """Return the checklist as HTML."""
    rows = Markup().join(
        Markup(
            '<li class="mb-1"><i class="fa {icon} me-2" role="img"></i>'
            "{title}{hint}</li>"
        ).format(
            icon="fa-check text-success" if check.is_done else "fa-times text-danger",
            title=check.title,
            hint=""
            if check.is_done
            else Markup('<div class="text-muted small ms-4">{}</div>').format(
                check.hint
            ),
        )
        for check in checks
    )
    return Markup('<ul class="list-unstyled">{}</ul>').format(rows)
