"""
Numbers that change while training goes on
==========================================

A schedule is a formula of the position t, in epochs; it may stand for the learning rate and for
nearly every other number.
"""

import numpy as np
from matplotlib.figure import Figure

import glassnet as gn

shown = {
    "Step(1, 0.5, every=5)": gn.Step(1, 0.5, every=5),
    "ExponentialDecay(1)": gn.ExponentialDecay(1),
    "Cosine(1)": gn.Cosine(1),
    "Cosine(1, period=3, growth=2)": gn.Cosine(1, period=3, growth=2),
    "OneCycle(1)": gn.OneCycle(1),
    "WarmUp(Cosine(1), 3)": gn.WarmUp(gn.Cosine(1), 3),
    "CosineLog(1)": gn.CosineLog(1),
    "FlatCosine(1)": gn.FlatCosine(1),
}
t, figure = np.arange(0, 20, 0.05), Figure(figsize=(7.5, 7), layout="constrained")
figure.supxlabel("epoch")
panels = figure.subplots(4, 2, sharex=True, sharey=True).ravel()
for axes, (name, schedule) in zip(panels, shown.items(), strict=True):
    axes.plot(t, schedule.at(t, 20), color="#0072B2")
    axes.set_title(name, fontsize=10)
    axes.grid(alpha=0.25)
