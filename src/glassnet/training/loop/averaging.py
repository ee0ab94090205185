"""The average of the parameters in the place of the parameters, from the end of an epoch until the next begins."""

from glassnet.engine.job import Job


def exchange(job: Job) -> None:
    """Parameters and their average change places; without an average nothing happens."""
    if job.averaging is not None:
        parameters = job.plan.parameters.copy()
        job.plan.parameters[...] = job.average
        job.average[...] = parameters
