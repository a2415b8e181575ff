"""Agents that refresh many times a second, and the count of their refreshes."""

QUICK = {
    "timing__refresh_interval": 0.05,
    "timing__refresh_jitter": 0.0,
    "timing__renewal_fraction": 0.1,
    "timing__removal_confirmation": 0.1,
}


def refreshes(cloud, status="200"):
    return sum(1 for one in cloud.requests() if one.path.endswith("/refresh") and one.status == status)


def wait_refreshes(agent, cloud, more=2):
    wanted = refreshes(cloud) + more
    return agent.wait_for(lambda r: refreshes(cloud) >= wanted, "refreshes")
