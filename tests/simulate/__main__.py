"""Simulate years of a district: python -m tests.simulate --years 20 --seed 1."""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from time import perf_counter

from tests import warehouse
from tests.simulate.operators import KINDS_OF_STEPS
from tests.simulate.years import shrink, simulate


def main() -> int:
    """Simulate, print what was tried, and print a script of each difference. Return 1 if there was one."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="the first year's seed; the others follow it")
    parser.add_argument("--steps", type=int, default=40, help="steps of a year")
    parser.add_argument("--no-shrink", action="store_true", help="print all steps of a difference")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    tried, differing, began = Counter[str](), 0, perf_counter()
    with warehouse.newest() as server:
        warehouse.prepare(server)
        for seed in range(asked.seed, asked.seed + asked.years):
            told = simulate(server, seed, asked.steps)
            tried += told.tried
            if told.difference is None:
                continue
            differing += 1
            print(f"\nseed {seed}, step {told.difference.step}:\n{told.difference}", flush=True)
            steps = told.steps if asked.no_shrink else shrink(server, seed, told.steps)
            print(f"SEED, STEPS = {seed}, [")
            for step in steps:
                print(f"    {step.script()},")
            print("]", flush=True)
    seconds = perf_counter() - began
    print(f"\n{asked.years} years, {differing} with a difference, {sum(tried.values())} steps in {seconds:.0f} s:")
    for kind in KINDS_OF_STEPS:
        print(f"{tried[kind]:7}  {kind}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
