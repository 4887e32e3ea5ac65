"""Channels on disk: what a build learned is where a channel without a file begins."""

from __future__ import annotations

import pytest

from chowk.community import AutoMod
from chowk.community.channels import ChannelFiles
from chowk.errors import ArtifactError


def taught(count=30):
    automod = AutoMod.load("en")
    for _ in range(count):
        automod.learn("you absolute clown", True, "gaming")
    return automod.channel("gaming").memory


def test_a_channel_without_a_file_begins_with_what_a_build_learned(tmp_path):
    memory = taught()
    automod = AutoMod.load("en")
    files = ChannelFiles(tmp_path, automod, {"gaming": memory}.get)
    files.refresh("gaming")
    files.refresh("chess")
    assert automod.channel("gaming").memory.decisions == 30
    assert automod.channel("chess").memory.decisions == 0
    # Live decisions go on from there and leave the build's own as it is.
    automod.learn("you absolute clown", True, "gaming")
    files.write("gaming")
    files.refresh("gaming")
    assert automod.channel("gaming").memory.decisions == 31
    assert memory.decisions == 30


def test_a_file_wins_over_a_build(tmp_path):
    first = AutoMod.load("en")
    first.set("gaming", {"bullying": 4})
    ChannelFiles(tmp_path, first).write("gaming")
    automod = AutoMod.load("en")
    ChannelFiles(tmp_path, automod, {"gaming": taught()}.get).refresh("gaming")
    assert automod.channel("gaming").memory.decisions == 0
    assert automod.settings("gaming").level("bullying") == 4


def test_a_channel_that_is_only_asked_about_is_not_kept(tmp_path):
    automod = AutoMod.load("en")
    files = ChannelFiles(tmp_path, automod)
    for number in range(50):
        files.refresh(f"c{number}")
        automod.check("hello", f"c{number}")
        automod.check_many(["hello"], f"c{number}")
    assert not automod._channels


def test_a_damaged_file_is_told(tmp_path):
    automod = AutoMod.load("en")
    files = ChannelFiles(tmp_path, automod)
    files.write("gaming")
    for path in tmp_path.iterdir():
        path.write_text("{}", "utf-8")
    with pytest.raises(ArtifactError, match="holds no channel"):
        ChannelFiles(tmp_path, AutoMod.load("en")).refresh("gaming")
