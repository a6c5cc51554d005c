"""The same question gets the same answer, to the byte, after a restart and after a rebuild."""

from fakes import NgramEmbeddings
from promise_campaign import asked_in_every_state, owner_campaign, small_index

QUESTIONS = [
    "窓口の受付は何時から",
    "二課の窓口で処理した申請の件数は",
    "444件の申請を処理したのはどの課",
    "職員の給与について",
    "申請をすべて挙げて",
]


def test_answers_are_the_same_in_every_run_after_a_restart_and_after_a_rebuild(tmp_path):
    small_index(tmp_path / "var")
    counts = asked_in_every_state(tmp_path / "var", NgramEmbeddings(), QUESTIONS, 2)
    assert counts == {"questions": 5, "answers": 30, "faults": 0}


def test_an_owner_is_named_to_the_second_and_forgotten_when_killed(tmp_path):
    counts = owner_campaign(3, 1, tmp_path)
    assert (counts["refused"], counts["opened_after_kill"], counts["faults"]) == (3, 3, 0)
