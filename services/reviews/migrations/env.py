"""Alembic's entry: the runtime opens the connection and runs the scripts in it."""

from plumbline.runtime.migrate import run_environment

run_environment()
