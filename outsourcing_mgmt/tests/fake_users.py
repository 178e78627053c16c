"""Users of the worlds that tests are played in."""

from odoo import Command


def new_users(env, users):
    """Create users in one call, which takes a third of the time of single calls.

    :param users: ``{login: values}``; ``groups`` are external ids with commas
    """
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "login": login,
                    "password": login,
                    "company_ids": [Command.set([values["company_id"]])],
                    **{key: value for key, value in values.items() if key != "groups"},
                    "group_ids": [
                        Command.set(
                            [env.ref(name).id for name in values["groups"].split(",")]
                        )
                    ],
                }
                for login, values in users.items()
            ]
        )
        .with_env(env)
    )
