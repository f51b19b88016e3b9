"""The tables of the feedback service."""

import sqlalchemy as sa

metadata = sa.MetaData()
