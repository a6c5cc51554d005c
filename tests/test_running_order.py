"""The order of the test files names files that are there."""

from pathlib import Path

from running_order import LONGEST_FIRST, place_of


def test_every_listed_file_is_there_once_and_comes_before_all_others() -> None:
    there = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert set(LONGEST_FIRST) <= there
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)
    listed = [place_of(name) for name in LONGEST_FIRST]
    assert listed == sorted(listed)
    assert all(place_of(name) > listed[-1] for name in there - set(LONGEST_FIRST))
