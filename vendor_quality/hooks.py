def uninstall_hook(env):
    """Bills that were set aside post by themselves again, as before."""
    holds = env["vendor.quality.hold"].search(
        [("state", "=", "active"), ("parked_auto_post", "!=", False)]
    )
    holds._release(env._("The gate was uninstalled."))
