"""The tables of the outcomes service."""

import sqlalchemy as sa

metadata = sa.MetaData()
