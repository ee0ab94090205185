"""Wrong arguments are answered in one sentence, by every constructor and function of the public face."""
# mypy: disable-error-code="call-arg, arg-type, misc"

import inspect
import pickle
import sys
import threading
import warnings
from pathlib import Path
from types import ModuleType

import pytest

import glassnet as gn
from glassnet.calls import answered, cached_property, for_each_row, warn
from glassnet.formulas.description import Description

sys.path.insert(0, str(Path(__file__).parents[1] / "docs" / "_ext"))
from names import public

CLASSES = {name: thing for name, thing in public().items() if inspect.isclass(thing)}
CALLED = {
    name: thing
    for name, thing in public().items()
    if callable(thing)
    and not name.startswith("glassnet.sklearn.")  # as scikit-learn's own: TypeError
    and not (inspect.isclass(thing) and (issubclass(thing, Exception) or inspect.isabstract(thing)))
}
OTHERS = ("Blocks.begun", "Trace.why")  # a context for the inside; takes the names of any parameters
METHODS = {
    f"{kind.__name__}.{name}": getattr(kind, name)
    for kind in CLASSES.values()
    if not issubclass(kind, (Exception, Description)) and not kind.__module__.startswith("glassnet.sklearn")
    for name in dir(kind)
    if not name.startswith("_") and callable(getattr(kind, name)) and not hasattr(getattr(kind, name), "for_each_row")
    if not inspect.isabstract(kind) and f"{kind.__name__}.{name}" not in OTHERS
}


@answered
def area(width, /, height=1.0, *, unit):
    return f"{width * height} {unit}"


@answered
def broken(number):
    return area(number, unit="m") + number  # a text and a number


@answered
class Box:
    def __init__(self, width, *more):
        self.width = width

    @classmethod
    def cube(cls, side):
        return cls(side, side, side)

    def grown(self, by):
        return type(self)(self.width + by)

    @for_each_row
    def times(self, factor):
        return self.width * factor


class Crate(Box):
    pass


@pytest.mark.parametrize("name", CALLED)
def test_a_keyword_that_there_is_not_is_named(name):
    with pytest.raises(gn.GlassnetError, match="no_such_keyword"):
        CALLED[name](no_such_keyword=1)


@pytest.mark.parametrize("name", METHODS)
def test_methods_name_it_too(name):
    method = METHODS[name]
    own = () if inspect.ismethod(method) else (None,)
    with pytest.raises(gn.GlassnetError, match="no_such_keyword"):
        method(*own, no_such_keyword=1)


def test_the_public_names_are_among_them():
    assert {"Network.fit", "Network.load", "TableModel.predict", "TableTraining.of_file"} <= set(METHODS)
    assert {"glassnet.Adam", "glassnet.Residual", "glassnet.pictures.save", "glassnet.datasets.moons"} <= set(CALLED)
    assert not any(isinstance(thing, ModuleType) for thing in CALLED.values())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: area(2, hieght=3, unit="m"), "unknown argument 'hieght' of area. Did you mean 'height'? Known: "),
        (lambda: area(width=2, unit="m"), "unknown argument 'width' of area. Known: height, unit."),
        (lambda: area(), "area needs `width` and `unit`: area(width, unit=…)."),
        (lambda: area(2), "area needs `unit`: area(width, unit=…)."),
        (lambda: area(2, 3, height=4, unit="m"), "area got `height` twice: by position and by name."),
        (lambda: area(2, 3, 4, unit="m"), "area got 3 positional arguments, but takes at most 2 by position "),
        (lambda: Box(), "Box needs `width`: Box(width)."),
        (lambda: Crate(widht=1), "unknown argument 'widht' of Crate."),
        (lambda: Box.cube(), "cube needs `side`: cube(side)."),
        (lambda: Box(1).grown(1, 2), "grown got 2 positional arguments, but takes at most 1 by position (by)."),
        (lambda: gn.Network([gn.Dense(1)]).fit([[1.0]], [1.0]), "fit needs `loss`: fit(X, loss=…)."),
        (lambda: gn.Network([gn.Dense(1)]).training([[1.0]], loss="mse", epochz=5), "unknown setting 'epochz'."),
        (lambda: gn.Residual(layers=[gn.Dense(1)]), "unknown argument 'layers' of Residual."),
        (lambda: gn.TableTraining(n_ensembles=2), "unknown argument 'n_ensembles' of TableTraining. Did you mean"),
        (lambda: gn.TableTraining.of_file("x"), "of_file needs `target_name` and `folder` and `memory`"),
        (lambda: gn.cross_validate([], "y", batchsize=1), "unknown argument 'batchsize' of cross_validate."),
        (lambda: gn.learning_rate_range(1, 2, 3, loss="mse", epochs=3), "unknown argument 'epochs' of learning_rate_"),
        (lambda: gn.load(), "load needs `path`: load(path)."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(call, said):
    with pytest.raises(gn.InvalidInput) as caught:
        call()
    assert said in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_right_calls_go_through():
    assert area(2, 3, unit="m²") == "6 m²"
    assert Box.cube(3).grown(by=1).width == 4 and type(Crate.cube(1)) is Crate


def test_errors_from_inside_stay_what_they_are():
    with pytest.raises(TypeError, match="concatenate"):
        broken(2)
    with pytest.raises(TypeError, match="argument 'number'") as caught:
        gn.Network([gn.Dense(1)]).fit(
            [[1.0]], [1.0], loss="squared_error", epochs=1, listeners=[lambda epoch: (lambda: 0)(number=1)]
        )
    assert not isinstance(caught.value, gn.GlassnetError)


def test_methods_that_are_called_for_each_row_have_no_wrapper():
    assert not hasattr(gn.Network.predict, "__wrapped__") and not hasattr(Box.times, "__wrapped__")
    assert hasattr(gn.Network.fit, "__wrapped__")


def test_what_is_answered_looks_as_before():
    assert str(inspect.signature(area)) == "(width, /, height=1.0, *, unit)"
    assert [*inspect.signature(gn.Network).parameters] == ["layers", "dtype", "engine"]
    assert "epochs" in inspect.signature(gn.Network.fit).parameters and gn.trace.__doc__
    assert pickle.loads(pickle.dumps(gn.trace)) is gn.trace
    assert inspect.signature(gn.learning_rate_range).parameters["seed"].annotation == "Seed"
    assert inspect.signature(gn.TableTraining.of_file).parameters["memory"].kind is inspect.Parameter.KEYWORD_ONLY


def test_a_warning_names_the_line_outside(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("day,n\n3/4/2020,1\n5/4/2020,2\n")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        warn("few rows")
        gn.read_table(path)
    assert [warning.filename for warning in told] == [__file__] * 2


def test_a_warning_at_the_choice_of_the_epoch_names_the_line_outside():
    net = gn.Network([gn.Dense(1, "sigmoid")])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for epoch in net.training(
            [[0.0], [1.0]], [0, 1], loss="binary_cross_entropy", epochs=1, metrics=["roc_auc"], seed=0,
            validation=([[1.0]], [1]), stop=gn.EarlyStopping("val_roc_auc"),
        ):  # fmt: skip
            assert epoch.number == 1
    assert [warning.filename for warning in told] == [__file__]


def test_a_cached_property_is_computed_once_and_no_thread_waits_for_that_of_another_instance():
    begun, over, computed = threading.Event(), threading.Event(), []

    class Thing:
        @cached_property
        def value(self):
            """What it is."""
            computed.append(self)
            if len(computed) == 1:
                begun.set()
                over.wait(60)
            return len(computed)

    slow, quick = Thing(), Thing()
    thread = threading.Thread(target=lambda: slow.value, daemon=True)
    thread.start()
    begun.wait(60)
    other = threading.Thread(target=lambda: quick.value, daemon=True)
    other.start()
    other.join(30)
    waits = other.is_alive()
    over.set()
    thread.join(60)
    assert not waits and computed == [slow, quick]
    assert (slow.value, quick.value) == (2, 2) and len(computed) == 2
    assert Thing.value.__doc__ == "What it is."
