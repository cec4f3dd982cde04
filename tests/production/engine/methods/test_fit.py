"""Which methods say they fit, and why: one run for each, and all together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.methods import METHODS, get_method
from production.engine.plan import Kind, Profile

every_method = pytest.mark.parametrize("code", METHODS)

profiles = st.builds(
    Profile,
    kind=st.sampled_from(Kind),
    quantity=st.integers(1, 10_000),
    run_ms=st.integers(1, 10**6),
    setup_s=st.integers(0, 10_000),
    is_personalised=st.booleans(),
    per_day=st.integers(1, 50_000),
    n_variants=st.integers(1, 500),
    run_length=st.integers(1, 12),
    has_line=st.booleans(),
    has_batch_key=st.booleans(),
)


@every_method
@given(profile=profiles)
def test_a_fit_gives_reasons_and_never_ranks_what_is_ruled_out(code, profile):
    fit = get_method(code).fit(profile)

    assert fit.method == code
    assert fit.reasons
    assert all(str(reason) for reason in fit.reasons)
    assert fit.is_admissible or fit.score == 0


def profile(kind=Kind.CONFIGURABLE, **more):
    return Profile(**({"kind": kind, "quantity": 1, "run_ms": 1000} | more))


@pytest.mark.parametrize(
    ("name", "asked", "best"),
    [
        (
            "cookies",
            profile(
                quantity=17,
                run_ms=1900,
                setup_s=540,
                per_day=2400,
                n_variants=140,
                has_line=False,
            ),
            "BATCH",
        ),
        (
            "flyers",
            profile(
                quantity=500, run_ms=22, setup_s=1500, per_day=45_000, has_line=False
            ),
            "BATCH",
        ),
        (
            "shirts",
            profile(run_ms=180_000, per_day=500, n_variants=420, run_length=12),
            "MASS_CUSTOMISATION",
        ),
        (
            "sneakers",
            profile(run_ms=150_000, setup_s=240, per_day=300, run_length=8),
            "MASS_CUSTOMISATION",
        ),
        (
            "cars",
            profile(
                run_ms=540_000, setup_s=90, per_day=45, n_variants=45, run_length=10
            ),
            "MASS_CUSTOMISATION",
        ),
        (
            "juice",
            profile(
                Kind.STANDARD,
                quantity=6,
                run_ms=2700,
                setup_s=3600,
                per_day=16_800,
                day_s=50_400,
                has_line=False,
            ),
            "FLOW",
        ),
        (
            "a fruit that few drink",
            profile(
                Kind.STANDARD,
                quantity=6,
                run_ms=2700,
                setup_s=3600,
                per_day=2000,
                day_s=50_400,
                has_line=False,
            ),
            "BATCH",
        ),
        ("suits", profile(Kind.BESPOKE, run_ms=10**8), "JOB"),
    ],
)
def test_the_best_fit_is_what_the_demo_factory_does(name, asked, best):
    fits = [get_method(code).fit(asked) for code in METHODS]

    assert max(fits, key=lambda fit: fit.score).method == best, name


@pytest.mark.parametrize(
    ("code", "asked", "reason"),
    [
        ("FLOW", profile(Kind.STANDARD, is_personalised=True), "OUT_PERSONAL"),
        ("FLOW", profile(), "OUT_NOT_STANDARD"),
        ("JOB", profile(Kind.STANDARD, per_day=14_000), "OUT_TOO_MANY"),
        ("BATCH", profile(Kind.BESPOKE), "OUT_BESPOKE"),
        ("BATCH", profile(has_batch_key=False), "OUT_NO_KEY"),
        ("MASS_CUSTOMISATION", profile(has_line=False), "OUT_NO_LINE"),
        ("MASS_CUSTOMISATION", profile(Kind.BESPOKE), "OUT_BESPOKE"),
    ],
)
def test_what_is_ruled_out_names_the_rule(code, asked, reason):
    fit = get_method(code).fit(asked)

    assert (fit.is_admissible, fit.reasons[0].code) == (False, reason)


def test_what_is_too_much_for_hands_names_the_most_a_day_that_is_not():
    fit = get_method("JOB").fit(profile(Kind.STANDARD, per_day=539))

    told = "539 a day are too many to make one by one (at most 200)"
    assert str(fit.reasons[0]) == told
