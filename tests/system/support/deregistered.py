"""How a deregistered appliance looks, and the notice of one that was deregistered locally."""

NOTICE = (
    "The appliance was deregistered locally; the cloud was not told. If it is still listed under Devices in "
    "the Cisco Threat Response portal, remove it there."
)
EMPTY = {"state", "since", "requestedBy"}


def assert_gone(agent):
    """The appliance is unregistered, and nothing of its identity is on disk."""
    registration = agent.wait_state("unregistered")
    assert "guid" not in registration and "certificate" not in registration
    assert set(agent.saved()) - {"lastFailure"} == EMPTY
    assert "machineId" not in agent.state()
    return registration
