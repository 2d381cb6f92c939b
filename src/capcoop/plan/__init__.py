"""The answer: tidy tables with units and prices, and the check that it keeps every rule of the case."""

from __future__ import annotations

from capcoop.plan.extract import extract
from capcoop.plan.saved import load_plan
from capcoop.plan.tables import PLAN_TABLES, Plan, save_plan

__all__ = ["PLAN_TABLES", "Plan", "extract", "load_plan", "save_plan"]
