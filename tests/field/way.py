"""Ways between an agent and the cloud."""

import re

from support.cloud import EST_HOST, SSE_HOSTS

SSE_HOST = SSE_HOSTS["EUROPE"]
HOSTS = {"sse": SSE_HOST, "est": EST_HOST}


def backend(cloud):
    """Returns the port of the sandbox."""
    return int(re.search(r'"%s:443:127\.0\.0\.1:(\d+)"' % re.escape(SSE_HOST), cloud.configuration).group(1))


def lead(agent, *services, to):
    """Writes the agent's configuration: it reaches these services at a port of 127.0.0.1, or at another address."""
    target = f"127.0.0.1:{to}" if isinstance(to, int) else to
    for service in services:
        host = re.escape(HOSTS[service])
        agent.config.base = re.sub(rf'"{host}:443:[^"]*"', f'"{HOSTS[service]}:443:{target}"', agent.config.base)
    agent.config.write()
