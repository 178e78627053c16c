from .tools import leaving


def pre_init_hook(env):
    """Start clean in a database that had the module before."""
    leaving.come_back(env, "outsourcing_mgmt", "outsourcing.")


def uninstall_hook(env):
    """Leave nothing that names a document of the module."""
    leaving.leave(env, "outsourcing_mgmt")
