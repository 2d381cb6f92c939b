"""One contestant builds one instance: CPU seconds and peak memory until HiGHS holds the model, and the optimum."""

from __future__ import annotations

import instances
import meter
from registry import Record, contestant


def measure(name: str, size: str, *, solve: bool) -> Record:
    """Build (and solve) an instance in this process; a tiny one is built first, so that imports do not count."""
    own = contestant(name)
    own.build(own.start(instances.make("XS")))
    instance = instances.make(size)
    source = own.start(instance)
    with meter.stage() as building:
        built = own.build(source)
    solver = own.solver(built)
    shape = {"rows": solver.getNumRow(), "columns": solver.getNumCol(), "coefficients": solver.getNumNz()}
    record: Record = {**shape, "cpu": building.cpu, "peak": building.peak}
    if not solve:
        return record
    # Interior point with crossover, whatever the tool would choose itself: the model is compared, not the choice.
    for option, value in (("solver", "ipx"), ("threads", 1)):
        solver.setOptionValue(option, value)
    with meter.stage() as solving:
        solver.run()
    optimum = solver.getInfo().objective_function_value + own.unpriced(instance)
    return {**record, "solve": solving.cpu, "status": solver.modelStatusToString(solver.getModelStatus()), "optimum": optimum}
