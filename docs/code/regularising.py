"""The figures and tables of docs/regularising.md: `python regularising.py adult.csv.gz [folder for the figures]`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import glassnet as gn

SEEDS = (0, 1, 2)
BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#666666"  # Okabe and Ito's palette: told apart by everyone
STOP = gn.EarlyStopping("val_log_loss", patience=10)
ADAMW = gn.AdamW(0.001, weight_decay=1.0)
SCHEDULED = gn.AdamW(gn.WarmUp(gn.Cosine(0.003), epochs=1), weight_decay=1.0)


@dataclass(frozen=True)
class Try:
    """A network and how it is trained; `after` is the try that it changes in one thing."""

    after: str | None
    hidden: tuple[int, ...] = (256, 256)
    dropout: float = 0.0
    norm: Any = None
    settings: dict[str, Any] = field(default_factory=dict)

    def layers(self) -> Iterator[gn.Layer]:
        """Dense, normalisation if any, ReLU, dropout if any; a softmax at the end."""
        for units in self.hidden:
            if self.norm:
                yield from (gn.Dense(units), self.norm(), gn.Activation("relu"))
            else:
                yield gn.Dense(units, "relu")
            if self.dropout:
                yield gn.Dropout(self.dropout)
        yield gn.Dense(2, "softmax")


def steady(**more: Any) -> dict[str, Any]:
    """The settings of the tries before the schedule."""
    return {"optimizer": gn.Adam(0.001), "epochs": 60, "stop": STOP, **more}


def scheduled(**more: Any) -> dict[str, Any]:
    """The settings of the tries from the schedule on."""
    return {"optimizer": SCHEDULED, "epochs": 30, "stop": STOP, **more}


def averaged(after: str, norm: Any = gn.LayerNorm, **more: Any) -> Try:
    """The whole chain, with one thing more or another one."""
    return Try(after, dropout=0.3, norm=norm, settings=scheduled(**{"average": 0.99, **more}))


FIRST, STOPPED, ALL = "1. far too large, 60 epochs", "2. early stopping", "7. average 0.99"
BALANCED = "7 with balanced class weights"
SMOOTHED = gn.CrossEntropy(label_smoothing=0.05)
TRIES = {
    FIRST: Try(None, settings=steady(stop=None)),
    STOPPED: Try(FIRST, settings=steady()),
    "3. dropout 0.3": Try(STOPPED, dropout=0.3, settings=steady()),
    "4. AdamW, decay 1": Try("3. dropout 0.3", dropout=0.3, settings=steady(optimizer=ADAMW)),
    "5. cosine, warm-up": Try("4. AdamW, decay 1", dropout=0.3, settings=scheduled()),
    "6. LayerNorm": Try("5. cosine, warm-up", dropout=0.3, norm=gn.LayerNorm, settings=scheduled()),
    ALL: averaged("6. LayerNorm"),
    "7 with BatchNorm for LayerNorm": averaged(ALL, norm=gn.BatchNorm),
    "7 without normalisation": averaged(ALL, norm=None),
    "7 without dropout": Try(ALL, norm=gn.LayerNorm, settings=scheduled(average=0.99)),
    "7 with label smoothing 0.05": averaged(ALL, loss=SMOOTHED),
    "7 with mixup 0.2": averaged(ALL, mixup=0.2),
    BALANCED: averaged(ALL, class_weight="balanced"),
    "4 with decay 0.01": Try("3. dropout 0.3", dropout=0.3, settings=steady(optimizer=gn.AdamW(0.001))),
    "2 with 32 and 32 units": Try(STOPPED, hidden=(32, 32), settings=steady()),
    "2 with no hidden layer": Try(STOPPED, hidden=(), settings=steady()),
}


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one split as numbers: to train on (with those that choose the epoch), and held out."""

    X: Any
    y: Any
    X_test: Any
    y_test: Any


@cache
def rows(path: str, seed: int) -> Rows:
    """A fifth held out, the columns learned from the others, as `glassnet train --seed` does it, but all one-hot."""
    table = gn.TableTraining(gn.read_table(path), "income", recipe=gn.Recipe(seed=seed, one_hot=50))
    model = table.model
    train, test = ((model.encoder.transform(part), model.truth(part)) for part in (table.train, table.test))
    return Rows(*train, *test)


def run(one: Try, data: Rows, seed: int) -> tuple[gn.Network, gn.History]:
    """Train; a fifth of the rows chooses the epoch."""
    net = gn.Network(list(one.layers()))
    how = {"loss": "cross_entropy", "batch_size": 256, "validation": 0.2, "metrics": ["log_loss"], **one.settings}
    return net, net.fit(data.X, data.y, seed=seed, **how)


def scores(net: gn.Network, data: Rows, history: gn.History) -> dict[str, float]:
    """What the held-out rows say, and the least log loss of those that chose the epoch (the last without a choice)."""
    values = net.evaluate(data.X_test, data.y_test, metrics=["log_loss", "accuracy", "roc_auc"])
    best = history.about.get("best_epoch") or len(history)
    return {**values, "epoch": best, "val": history["val_log_loss"][best - 1]}


def line(name: str, found: list[dict[str, float]], before: list[dict[str, float]] | None) -> str:
    """A row of the table: mean ± standard deviation over the splits, the change from the try before on each split."""
    cells = [f"{np.mean(v):.4f} ± {np.std(v, ddof=1):.4f}" for v in column(found, "val", "log_loss", "accuracy")]
    (area,) = column(found, "roc_auc")
    cells.append(f"{np.mean(area):.4f}")
    epochs = ", ".join(f"{one['epoch']:.0f}" for one in found)
    change = ""
    if before:
        (new,), (old,) = column(found, "log_loss"), column(before, "log_loss")
        change = f"{np.mean(new - old):+.4f} ({min(new - old):+.4f} … {max(new - old):+.4f})"
    return f"| {name} | {' | '.join([*cells, change, epochs])} |"


def column(found: list[dict[str, float]], *names: str) -> list[Any]:
    """The values of some names, one a split."""
    return [np.array([one[name] for one in found]) for name in names]


def command_line(path: str, seed: int) -> dict[str, float]:
    """What `glassnet train --metric log_loss` does."""
    training = gn.TableTraining(gn.read_table(path), "income", recipe=gn.Recipe(metric="log_loss", seed=seed))
    for _ in training.epochs():
        pass
    best = training.history.about["best_epoch"]
    return {**training.result(), "epoch": best, "val": training.history["val_log_loss"][best - 1]}


def tidy(axes: Any, **labels: Any) -> None:
    """Labels, a faint grid, no box."""
    axes.set(**labels)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def curves(histories: dict[str, gn.History], out: Path) -> None:
    """Training and validation loss of the first try and of the last."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    for axes, (title, history) in zip(figure.subplots(1, 2, sharex=True, sharey=True), histories.items(), strict=True):
        t, val = np.arange(1, len(history) + 1), np.array(history["val_loss"])
        axes.plot(t, history["loss"], color=BLUE, label="training")
        axes.plot(t, val, color=VERMILION, linestyle="--", label="validation")
        axes.plot(t[val.argmin()], val.min(), "o", color=VERMILION, label=f"its least, epoch {t[val.argmin()]}")
        axes.legend(frameon=False, loc="upper left")
        tidy(axes, title=title, xlabel="epoch")
    figure.axes[0].set_ylabel("loss")
    figure.savefig(out / "overfitting.png", dpi=110)


def chances(net: gn.Network, data: Rows) -> Any:
    """The probability of the second class for each held-out row."""
    return np.asarray(net.predict(data.X_test)[:, 1], np.float64)


def put_back(p: Any, share: float) -> Any:
    """Balanced weights multiply the odds by (1 − share) / share; this divides them."""
    return p * share / (p * share + (1 - p) * (1 - share))


def probabilities(shown: dict[str, tuple[Any, str, str]], y: Any, out: Path) -> None:
    """For rows of about the same probability, how many are really of the class."""
    figure = Figure(figsize=(5.4, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, label="as it should be")
    for name, (p, color, style) in shown.items():
        bins = np.minimum((p * 10).astype(int), 9)
        points = [(p[bins == k].mean(), y[bins == k].mean()) for k in range(10)]
        axes.plot(*zip(*points, strict=True), style, color=color, label=name)
    tidy(axes, xlabel="probability of >50K that the network gives", ylabel="share of rows that are >50K")
    axes.legend(frameon=False)
    figure.savefig(out / "class_weights.png", dpi=110)


def weighted(kinds: dict[str, list[tuple[Any, Any, float]]]) -> Iterator[str]:
    """What class weights do, a line for each kind of (p, y, limit), means over the splits."""
    yield "| | mean probability of >50K | log loss | accuracy | found of >50K | found of <=50K |"
    yield "|---|---|---|---|---|---|"
    for name, splits in kinds.items():
        values = []
        for p, y, limit in splits:
            right = (p >= limit) == y
            loss = -np.log(np.where(y == 1, p, 1 - p)).mean()
            values.append([p.mean(), loss, right.mean(), right[y == 1].mean(), right[y == 0].mean()])
        yield f"| {name} | " + " | ".join(f"{v:.3f}" for v in np.mean(values, axis=0)) + " |"


def main(path: str, out: Path) -> None:
    """Every try on every split, the tables as Markdown, the figures as PNG."""
    first = rows(path, SEEDS[0])
    net = gn.Network(list(TRIES["3. dropout 0.3"].layers()))
    found = gn.learning_rate_range(
        net, first.X, first.y, loss="cross_entropy", optimizer="adam", low=1e-5, high=1.0, batch_size=256, seed=0
    )
    print(f"range test: {found.suggestion:.2g}")
    figure = found.plot()
    figure.axes[0].legend(frameon=False, loc="upper center", bbox_to_anchor=(0.55, 1))
    figure.savefig(out / "learning_rate_range.png", dpi=110)
    suggested = Try("3. dropout 0.3", dropout=0.3, settings=steady(optimizer=gn.Adam(found.suggestion)))

    results: dict[str, list[dict[str, float]]] = {}
    kept: dict[tuple[str, int], gn.Network] = {}
    histories: dict[str, gn.History] = {}
    print("| | chooses the epoch: log loss | held out: log loss | accuracy | AUC | change of log loss | best epochs |")
    print("|---|---|---|---|---|---|---|")
    for name, one in {**TRIES, "3 at the suggested rate": suggested}.items():
        results[name] = []
        for seed in SEEDS:
            kept[name, seed], history = run(one, rows(path, seed), seed)
            results[name].append(scores(kept[name, seed], rows(path, seed), history))
            if seed == SEEDS[0] and name in (FIRST, ALL):
                histories["too large, too long" if name == FIRST else "all of it"] = history
        print(line(name, results[name], results[one.after] if one.after else None), flush=True)
    print(line("command line, below", [command_line(path, seed) for seed in SEEDS], results[STOPPED]))
    curves(histories, out)

    kinds: dict[str, list[tuple[Any, Any, float]]] = {}
    for seed in SEEDS:
        data = rows(path, seed)
        share, y = data.y.mean(), data.y_test
        plain, balanced = (chances(kept[name, seed], data) for name in (ALL, BALANCED))
        kinds.setdefault("no weights", []).append((plain, y, 0.5))
        kinds.setdefault("balanced", []).append((balanced, y, 0.5))
        kinds.setdefault("balanced, odds put back", []).append((put_back(balanced, share), y, 0.5))
        kinds.setdefault("no weights, limit at the share", []).append((plain, y, share))
        if seed == SEEDS[0]:
            shown = {"no weights": (plain, BLUE, "o-"), "balanced": (balanced, VERMILION, "s--")}
            probabilities(shown, y, out)
            entropy = -np.mean(np.log(np.where(y == 1, share, 1 - share)))
            print(f"share of >50K: {share:.4f}; log loss of giving everyone that: {entropy:.4f}")
    print("\n".join(weighted(kinds)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parents[1] / "images"))
