"""A few small tables in TabArena's form, so that its whole run can be tried where nothing can be loaded."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from tabarena.benchmark.task.metadata import TaskMetadataCollection  # type: ignore[import-not-found]
from tabarena.benchmark.task.user_task import UserTask  # type: ignore[import-not-found]
from tabarena.contexts import TabArenaContext  # type: ignore[import-not-found]

HELD_OUT = 3  # a third of the rows


def tables() -> dict[str, tuple[pd.DataFrame, dict[str, Any]]]:
    """Each with what TabArena is told of it: two classes with gaps and groups, three classes, and a number."""
    cancer, wine, diabetes = (load(as_frame=True).frame for load in (load_breast_cancer, load_wine, load_diabetes))
    cancer["target"] = cancer["target"].map({0: "malignant", 1: "benign"}).astype("category")
    cancer["large"] = (cancer["mean area"] > 500).astype("category")
    cancer["group"] = np.arange(len(cancer)) // 2
    cancer.loc[::7, "mean texture"] = np.nan
    wine["target"] = wine["target"].map(dict(enumerate("abc"))).astype("category")
    groups = {"group_on": "group", "group_labels": "per_sample"}
    return {
        "cancer": (cancer, {"problem_type": "classification", "eval_metric": "roc_auc", **groups}),
        "wine": (wine, {"problem_type": "classification", "eval_metric": "log_loss"}),
        "diabetes": (diabetes, {"problem_type": "regression", "eval_metric": "rmse"}),
    }


def trial(folder: Path) -> Any:
    """TabArena with these tables, which are written to a folder, and no other methods."""
    tasks = []
    for name, (frame, about) in tables().items():
        rows = np.random.default_rng(0).permutation(len(frame))
        test, train = np.split(rows, [len(rows) // HELD_OUT])
        task = UserTask(task_name=name, task_cache_path=folder.resolve())
        splits = {0: {0: (train.tolist(), test.tolist())}}
        task.save_task(task.create_task(target_feature="target", dataset=frame, splits=splits, **about))
        tasks.append(task)
    metadata = TaskMetadataCollection.from_user_tasks(tasks)
    return TabArenaContext(
        methods=[], task_metadata=metadata, backend="native", fillna_method=None, calibration_method=None
    )
