"""Gives every test in the workspace the fixtures of the local stack."""

pytest_plugins = ["plumbline_local.testing"]
