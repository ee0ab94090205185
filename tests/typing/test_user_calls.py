"""Type checkers know the public face: names, settings and what functions give; `make types` checks calls.py."""

import dataclasses
import inspect
from typing import Any, get_args

import pytest

import glassnet as gn
from glassnet.formulas import names
from glassnet.tables.fitting.request import TableRequest, TableSettings
from glassnet.training.keywords import NAMES, OF_ROWS
from glassnet.training.loop.settings import SETTINGS, Settings
from glassnet.typing import OwnSettings, TrainingSettings


@pytest.mark.parametrize("name", [name for name in vars(names) if name.endswith("Name")])
def test_names_for_type_checkers_are_those_of_the_registries(name):
    family: dict[str, Any] = {"optimizer": gn.UpdateRule, "stop": gn.Stop, "metric": gn.Metric, "loss": gn.Loss}
    family |= {"activation": gn.activations.Activation, "initializer": gn.Initializer, "penalty": gn.Penalty}
    family |= {"clip": gn.ClipNorm.__mro__[1], "average": gn.MovingAverage.__mro__[1]}
    members = family[name.removesuffix("Name").lower()].registry
    ours = {key: kind for key, kind in members.items() if kind.__module__.startswith("glassnet.")}
    without_more = {key for key, kind in ours.items() if all(is_optional(p) for p in parameters(kind))}
    assert sorted(get_args(getattr(names, name))) == sorted(without_more)


def parameters(kind):
    return inspect.signature(kind).parameters.values()


def is_optional(parameter):
    return parameter.default is not parameter.empty or parameter.kind is parameter.VAR_POSITIONAL


def test_settings_have_one_home():
    """Types, defaults and checks, and the fields of what is made of them, have the same names."""
    common = set(TrainingSettings.__annotations__)
    assert common | {"loss", "epochs"} == set(NAMES) == {*SETTINGS, *OF_ROWS}
    assert set(OwnSettings.__annotations__) == common | {"loss", "epochs", "rows"}
    assert set(SETTINGS) == set(inspect.signature(Settings).parameters)


@pytest.mark.parametrize("function", [gn.Network.fit, gn.Network.training, gn.train_many])
def test_help_shows_every_setting_with_its_default(function):
    shown = inspect.signature(function).parameters
    assert set(NAMES) <= set(shown)
    assert (shown["optimizer"].default, shown["batch_size"].default, shown["seed"].default) == ("adam", 32, None)


@pytest.mark.parametrize("wrong", ["epochz", "batchsize", "learning_rates"])
def test_a_setting_that_there_is_not_is_refused_by_name(wrong):
    xor, net = gn.datasets.xor(), gn.Network([gn.Dense(1, "sigmoid")])
    given: dict[str, Any] = {"loss": "binary_cross_entropy", wrong: 5}
    for call in (net.fit, net.training, lambda *data, **more: gn.train_many([net], *data, **more)):
        with pytest.raises(gn.UnknownName, match=f"setting '{wrong}'"):
            call(xor.X, xor.y, **given)
    assert net.layout is None


def test_settings_of_tables_have_one_home():
    """What a person may say of a training on a table is a field of the request, with its default."""
    fields = {field.name for field in dataclasses.fields(TableRequest)}
    assert set(TableSettings.__annotations__) < fields
    for function in (gn.TableTraining, gn.TableTraining.of_file, gn.cross_validate):
        shown = inspect.signature(function).parameters
        assert set(TableSettings.__annotations__) < set(shown)
        assert shown["n_ensemble"].default == TableRequest("y").n_ensemble
        assert shown["weight"].default is shown["columns"].default is None
