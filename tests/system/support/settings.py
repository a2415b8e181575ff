"""Settings of an agent as its API tells them."""


def staged(agent, uid=None):
    """The settings that a user has staged; None without any."""
    return agent.call("GetSettings", uid=uid).get("staged")


def settings(agent):
    """Value and source of each setting."""
    return {one["name"]: (one["value"], one["source"]) for one in agent.call("GetSettings")["settings"]}
