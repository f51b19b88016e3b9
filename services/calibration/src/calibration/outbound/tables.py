"""The tables of the calibration service."""

import sqlalchemy as sa

metadata = sa.MetaData()
