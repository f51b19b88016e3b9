"""The tables of the goals service."""

import sqlalchemy as sa

metadata = sa.MetaData()
