"""The tables of the reviews service."""

import sqlalchemy as sa

metadata = sa.MetaData()
