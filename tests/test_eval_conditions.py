"""Named conditions: read, selected, refused."""

import pytest

from eval.conditions import read_conditions, retrieval_options, select_conditions
from eval.errors import ConditionError
from rag.retrieval import RetrievalOptions


def test_the_conditions_that_come_along_are_sound() -> None:
    known = read_conditions()
    assert retrieval_options(known.conditions["product"]) == RetrievalOptions()
    assert retrieval_options(known.conditions["lemma"]).weights == {"lemma": 1.0}
    baselines = [name for name, _ in select_conditions(["baselines"], known)]
    assert baselines == ["product", "dense", "lemma", "tutorial"]
    both = [name for name, _ in select_conditions(["tutorial", "baselines"], known)]
    assert both == ["tutorial", "product", "dense", "lemma"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[conditions.x", "読めません"),
        ('[groups]\n[conditions.x]\ntitle="x"\nsystem="magic"', "system"),
        ('[groups]\n[conditions.x]\ntitle="x"\nsystem="assistant"\ntypo=1', "typo"),
        (
            '[groups]\n[conditions.x]\ntitle="x"\nsystem="assistant"\nretrieval={wheels=4}',
            "wheels",
        ),
        ('[groups]\ng=["y"]\n[conditions.x]\ntitle="x"\nsystem="paste"', "y が定義"),
    ],
)
def test_an_ill_defined_condition_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConditionError, match=message):
        read_conditions(text)


def test_an_unknown_condition_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConditionError, match=r"nothing.*product"):
        select_conditions(["nothing"], read_conditions())
