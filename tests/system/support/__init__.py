"""Shared by the system tests and by the other suites: programs, cloud, agents, clients, documents."""
