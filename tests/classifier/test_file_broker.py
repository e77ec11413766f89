"""The embedded default's broker: what its workers find is whole."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from skincare.file_broker import Channel, Transport

QUEUE = "wake"


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
    with Connection(transport=Transport, transport_options=options) as connection:
        yield connection.channel()


def test_it_is_what_the_embedded_default_uses() -> None:
    assert isinstance(Connection("filesystem://").transport, Transport)


def test_a_message_arrives_once(channel: Channel, tmp_path: Path) -> None:
    channel._put(QUEUE, {"look": 1})
    assert channel._get(QUEUE) == {"look": 1}
    with pytest.raises(Empty):
        channel._get(QUEUE)
    assert list(tmp_path.glob("*.msg")) == []


def test_what_is_left_of_a_message_is_passed_over(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / f"0_left.{QUEUE}.msg").write_bytes(b"")
    channel._put(QUEUE, "whole")
    with pytest.raises(Empty):
        channel._get(QUEUE)
    assert channel._get(QUEUE) == "whole"


def test_a_message_that_cannot_be_written_is_an_error_and_leaves_nothing(
    channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ChannelError):
        channel._put(QUEUE, "lost")
    assert list(tmp_path.iterdir()) == []


def test_who_reads_while_others_write_gets_whole_messages(channel: Channel) -> None:
    def write() -> None:
        for i in range(200):
            channel._put(QUEUE, {"number": i, "filling": "x" * 10_000})

    writer = threading.Thread(target=write)
    writer.start()
    numbers: list[Any] = []
    while len(numbers) < 200:
        more_may_come = writer.is_alive()
        try:
            numbers.append(channel._get(QUEUE)["number"])
        except Empty:
            assert more_may_come
    writer.join()
    assert sorted(numbers) == list(range(200))


def test_who_waits_for_long_is_asked_in_between_whether_to_stop(channel: Channel) -> None:
    connection = channel.connection.client
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=3600)
