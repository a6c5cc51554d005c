"""Named conditions: read, selected, refused."""

from dataclasses import replace
from typing import get_args

import pytest

from eval.conditions import read_conditions, retrieval_options, select_conditions
from eval.errors import ConditionError
from eval.recutting import Cut
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


def test_the_ladder_takes_each_part_away_and_starts_with_the_product() -> None:
    known = read_conditions()
    names = [name for name, _ in select_conditions(["ladder"], known)]
    assert names[0] == "product"
    assert set(names) == set(known.conditions)
    assert {known.conditions[name].cut for name in names} == set(get_args(Cut))
    quick = select_conditions(["ladder-quick"], known)
    assert {spec.cut for _, spec in quick} == {"product"}


def test_what_is_taken_away_differs_from_the_product_in_that_part_only() -> None:
    known = read_conditions()
    product = RetrievalOptions()
    for name in ("time", "synonyms"):
        options = retrieval_options(known.conditions[f"without-{name}"])
        assert options == replace(product, **{name: False})
    for channel in ("dense", "lemma", "bigram"):
        options = retrieval_options(known.conditions[f"without-{channel}"])
        left = {key: weight for key, weight in product.weights.items() if key != channel}
        assert options == replace(product, weights=left)
