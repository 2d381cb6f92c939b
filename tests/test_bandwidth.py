"""Bandwidth needs: people, those who use the internet, and the bandwidth per user; what is unknown stays unknown."""

from __future__ import annotations

import pytest

from capcoop.atlas.bandwidth import bandwidth, bandwidth_growth, bandwidth_per_user
from capcoop.atlas.figures import Figure, figure
from capcoop.errors import UsageError

OWN = Figure(50.0, None, None, "kbit/s", 2023, "a ministry", verified=True)


def test_brazil_by_hand() -> None:
    """Users of 2024 times the ITU's 214 kbit/s for the Americas in 2021: 38 Tbit/s."""
    people, users = (figure("conditions", None, metric, "BRA") for metric in ("population", "internet_users"))
    assert people is not None
    assert users is not None
    need = bandwidth("BRA")
    assert need.base is not None
    assert need.base.value == pytest.approx(people.value * users.value / 100 * 214e3 / 1e9)
    assert need.base.value == pytest.approx(38_466, abs=1)
    assert (need.base.unit, need.base.year, need.base.verified) == ("Gbit/s", 2021, True)
    assert "ITU" in need.base.source
    assert "WDI" in need.base.source
    assert need.missing == ""


def test_it_grows_as_the_world_s_does() -> None:
    assert bandwidth_growth().value == pytest.approx(100 * (932 / 719 - 1))
    need = bandwidth("CHL")
    assert need.base is not None
    assert need.in_year(2021) == pytest.approx(need.base.value)
    assert need.in_year(2023) == pytest.approx(need.base.value * (932 / 719) ** 2)
    assert need.in_year(2020) is None


def test_where_the_bandwidth_per_user_is_unknown_it_must_be_stated() -> None:
    assert bandwidth_per_user("KAZ") is None
    unknown = bandwidth("KAZ")
    assert (unknown.base, unknown.missing, unknown.in_year(2024)) == (None, "the bandwidth per user", None)
    stated = bandwidth("KAZ", per_user=OWN)
    people, users = (figure("conditions", None, metric, "KAZ") for metric in ("population", "internet_users"))
    assert people is not None
    assert users is not None
    assert stated.base is not None
    assert stated.base.value == pytest.approx(people.value * users.value / 100 * 50e3 / 1e9)
    assert stated.base.year == 2023
    assert "a ministry" in stated.base.source


def test_people_of_an_earlier_year_need_less() -> None:
    then, now = bandwidth("PER", 2014).base, bandwidth("PER").base
    assert then is not None
    assert now is not None
    assert then.value < 0.6 * now.value


def test_industry_adds_its_share() -> None:
    plain, more = bandwidth("ARG").base, bandwidth("ARG", industry=0.25).base
    assert plain is not None
    assert more is not None
    assert more.value == pytest.approx(1.25 * plain.value)
    assert more.rule.endswith("x 1.25 for industry")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"industry": -0.1}, "industry is -0.1; it must be at least 0"),
        ({"industry": float("nan")}, "industry is nan"),
        ({"per_user": Figure(50.0, None, None, "Mbit/s", 2023, "x", verified=True)}, "is in Mbit/s; state it in kbit/s"),
        ({"per_user": Figure(50.0, None, None, "kbit/s", None, "x", verified=True)}, "with its year"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, float | Figure], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        bandwidth("BRA", **arguments)  # type: ignore[arg-type]
