"""Solving a program: HiGHS, and the baseline that builds nothing."""
