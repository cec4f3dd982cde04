"""Every answer about many random models, judged by enumeration."""

import pytest

from tests.configurator.engine.judging import judge

SAMPLE = 150
ALL = 2_400


@pytest.mark.parametrize("part", range(5))
def test_all_answers_about_a_sample_of_models_are_those_of_an_enumeration(part):
    for seed in range(part, SAMPLE, 5):
        judge(seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(24))
def test_all_answers_about_all_models_are_those_of_an_enumeration(part):
    for seed in range(SAMPLE + part, ALL, 24):
        judge(seed)
