"""Many trainings on the processes or the machines of a joblib backend, with the same bits as in this process."""
