"""Selects rows by a list of ids."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg


def among(column: sa.Column[Any], ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """The column is one of these ids, however many, in one parameter."""
    return column == sa.any_(sa.literal(list(ids), pg.ARRAY(sa.Uuid)))
