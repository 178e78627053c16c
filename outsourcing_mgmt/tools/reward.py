"""The limits of rewards, without the ORM."""

ROUNDING = 1e-9


def share_limit(saving, share_percent):
    """Return what all rewards from one finding may be together."""
    return max(saving, 0.0) * share_percent / 100


def exceeds_share(saving, share_percent, granted):
    """Tell whether the rewards together are above the share of the saving."""
    return sum(granted) > share_limit(saving, share_percent) + ROUNDING


def cumulative_percent(initial, changes):
    """Return by how many percent the changes moved the initial amount.

    Ups and downs both count: the cap limits how far the contract drifts from
    what was competed. A change to a contract without amount is boundless.
    """
    drift = sum(abs(change) for change in changes)
    if not drift:
        return 0.0
    return drift / initial * 100 if initial else float("inf")
