"""`python -m bench.throughput`: bare network, engine, and the whole service under 1 and 8 users.

All in one call, on each of the two stacks, so that their ratios mean something.
"""

from __future__ import annotations

import argparse

from bench import engine
from bench.report import percentiles, refuse_beside_a_training, report
from bench.stacks import STACKS, installed
from bench.users import see

USERS = (1, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=int, default=256, help="that the engine is given")
    parser.add_argument("--seconds", type=float, default=15, help="for each number of users")
    options = parser.parse_args()
    figures: dict[str, str] = {}
    for stack in STACKS:
        measured = engine.on(stack, options.photographs)
        figures |= engine.described(stack, measured)
        with installed(stack) as installation:
            see(installation, users=2, seconds=2, wait=True)  # warm
            for users in USERS:
                for wait in (True, False):
                    seen = see(installation, users=users, seconds=options.seconds, wait=wait)
                    how = "?wait=" if wait else "polling"
                    figures[f"{stack}: {users} users, {how}"] = (
                        f"{seen.a_second:.1f} results/s, "
                        f"{seen.a_second / measured['bare']['32']:.2f} of bare at 32; "
                        f"{percentiles(seen.seconds)}; {seen.errors} errors"
                    )
    report("throughput", figures)


if __name__ == "__main__":
    refuse_beside_a_training()
    main()
