"""The tables of the people service."""

import sqlalchemy as sa

metadata = sa.MetaData()
