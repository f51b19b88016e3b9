"""The relay chooses partitions as every other client of Kafka does, so that a key's records stay in one place."""

from collections.abc import Sequence
from typing import Any

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from plumbline.runtime.relay_sending import partition_of

_clients_own: Any = DefaultPartitioner()


@given(st.text().map(str.encode) | st.binary(), st.integers(1, 64).map(range))
def test_a_key_goes_where_kafkas_own_partitioner_sends_it(key: bytes, partitions: Sequence[int]) -> None:
    assert partition_of(key, partitions) == _clients_own(key, [*partitions], [*partitions])


def test_keys_spread_over_all_partitions() -> None:
    assert {partition_of(f"e{number:05}".encode(), range(16)) for number in range(500)} == {*range(16)}
