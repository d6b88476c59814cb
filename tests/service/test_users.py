"""Users are known by a salted hash, and always fall on the same side of a split."""

from __future__ import annotations

from pathlib import Path

from workbench.service.users import SALT_FILE, hash_user, load_salt, place_of


def test_a_home_has_one_salt_for_its_owner_alone(tmp_path: Path) -> None:
    salt = load_salt(tmp_path)
    assert load_salt(tmp_path) == salt
    assert len(salt) == 32
    assert (tmp_path / SALT_FILE).stat().st_mode & 0o077 == 0


def test_a_hash_depends_on_key_and_salt_and_says_neither() -> None:
    first, other = bytes(32), bytes([1] * 32)
    assert hash_user(first, "ann") == hash_user(first, "ann")
    assert len({hash_user(first, "ann"), hash_user(first, "bob"), hash_user(other, "ann")}) == 3
    assert "ann" not in hash_user(first, "ann")
    assert hash_user(first, "") == ""


def test_places_are_spread_evenly_and_stay() -> None:
    places = [place_of("split", str(number)) for number in range(2000)]
    assert 0.08 < sum(place < 0.1 for place in places) / len(places) < 0.12
    assert place_of("split", "1") == places[1]
    assert all(0 <= place < 1 for place in places)
