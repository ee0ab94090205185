"""Files that were changed at random or made to do harm: each meets one sentence, in little time and memory."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.files.json_text import read_json
from tests import hostile

TRIES = {"model": 20, "table": 15, "checkpoint": 20, "history": 15, "log": 20, "run": 2, "forecaster": 30}


@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", TRIES)
def test_whatever_is_changed_in_a_file_meets_one_sentence_or_does_no_harm(kind, times, tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSNET_ENGINE", "numpy")
    monkeypatch.chdir(tmp_path)
    assert hostile.tried(times * TRIES[kind], 0, hostile.KINDS[kind](tmp_path)) == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    net = gn.Network([gn.Dense(4, "relu"), gn.BatchNorm(), gn.Dense(2, "softmax")], engine="numpy")
    net.fit(np.eye(6), [0, 1] * 3, loss="cross_entropy", epochs=2, seed=0, checkpoint=folder / "c.safetensors")
    return {
        "model": net.save(folder / "m.safetensors").read_bytes(),
        "checkpoint": (folder / "c.safetensors").read_bytes(),
    }


@pytest.mark.parametrize("kind", ["model", "checkpoint"])
def test_a_flipped_bit_is_found_wherever_it_is(kind, whole, tmp_path):
    """But where the text says the same: blanks at the end of the header."""
    content, rng = whole[kind], random.Random(0)
    for place in rng.sample(range(len(content)), 300):
        made = bytearray(content)
        made[place] ^= 1 << rng.randrange(8)
        path = tmp_path / "f.safetensors"
        path.write_bytes(made)
        with pytest.raises(gn.ModelFileError):
            read(kind, path)


def read(kind, path):
    from glassnet.files.checkpoint_file import read_checkpoint
    from glassnet.training.checkpoints.reader import understood

    return gn.load(path) if kind == "model" else understood(str(path), *read_checkpoint(path))


def test_a_file_of_another_writer_needs_no_checksum(whole, tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(hostile.with_description(whole["model"], json.dumps(hostile.described(whole["model"])[1])))
    assert gn.load(path).predict(np.eye(6)).shape == (6, 2)
    path.write_bytes(
        hostile.with_description(whole["model"], json.dumps({**hostile.described(whole["model"])[1], "checksum": 3}))
    )
    with pytest.raises(gn.ModelFileError, match="is damaged: its checksum does not match"):
        gn.load(path)


# What is written here is run in a process of its own, with 2 GB of memory; each text is a description of a network.
HEAVY = {
    "columns": (
        '[{"name": "columns", "columns": [[0]], "layers": [{"name": "flatten"}]}]', "[100000000]",
        "column 1 is in no part",
    ),
    "embedding": (
        '[{"name": "embedding", "categories": 2, "dimensions": 1}]', "[100000000]", "'0.W' of shape (2, 1) is missing",
    ),
    "codes behind": (
        '[{"name": "flatten"}, {"name": "embedding", "categories": 2, "dimensions": 1}]', "[100000000]",
        "put it in front",
    ),
    "many layers": ('[%s{"name": "flatten"}]' % ('{"name": "flatten"}, ' * 100_000), "[2]", "at most 10,000 layers"),
    "many inside": (
        '[{"name": "chain", "layers": [%s{"name": "flatten"}]}]' % ('{"name": "flatten"}, ' * 100_000), "[2]",
        "at most 10,000 layers",
    ),
    "many zeros": ('[{"name": "flatten"}]', "[%s0]" % ("0, " * 1_500_000), "must hold 1 to 31, but holds 1,500,001"),
    "a long name": ('[{"name": "%s"}]' % ("a" * 3_000_000), "[2]", "unknown layer 'aaa"),
    "a long field": (
        '[{"name": "dense", "units": 1, "%s": 2}]' % ("a" * 3_000_000), "[2]", "unknown field of layer 'dense'",
    ),
    "deep": ("[" * 150_000 + "]" * 150_000, "[2]", "nested too deeply"),
    "wide": ('[{"name": "flatten"}]', "[2147483647]", "is missing"),
}  # fmt: skip
CODE = """
import faulthandler, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
faulthandler.dump_traceback_later(120, exit=True)
import glassnet as gn
for path in sys.argv[1:]:
    try: gn.load(path); print("is missing nothing")
    except gn.ModelFileError as error: print(error)
"""


@pytest.mark.long
def test_declared_sizes_take_neither_time_nor_memory(tmp_path):
    fields = '"dtype": "float32", "loss": null, "metrics": [], "trained_with": {}, "seed": null'
    paths = []
    for name, (layers, shape, _) in HEAVY.items():
        text = f'{{"format_version": 1, "network": {{"layers": {layers}, "input_shape": {shape}, {fields}}}}}'
        paths.append(Path(tmp_path, f"{name}.safetensors"))
        paths[-1].write_bytes(hostile.joined({"__metadata__": {"glassnet": text}}, b""))
    done = subprocess.run([sys.executable, "-c", CODE, *map(str, paths)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for (_, _, message), said in zip(HEAVY.values(), done.stdout.splitlines(), strict=True):
        assert message in said and len(said) <= 500


def network(**changes):
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    return net.describe() | changes


USED = {  # what was read, and failed when it was used
    "a whole number of 400 digits": (
        network(layers=[{"name": "dense", "units": 1, "activation": {"name": "elu", "alpha": 10**400}}]),
        "must be a whole number from",
    ),
    "a shape of 10,000": (network(input_shape=[1] * 10_000), "input_shape` must hold 1 to 31, but holds 10,000"),
    "half a letter": (network(trained_with={"loss": "\ud800"}), "`network.trained_with.loss` must be valid Unicode"),
    "a seed that is none": (network(seed=-1), "`network.seed` must be a whole number from 0 to"),
    "an unknown field": (network(more=1), "`network` has an unknown field 'more'. Known: dtype,"),
    "a misspelt field": (network(metric=[]), "Did you mean 'metrics'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", USED)
def test_what_would_fail_when_it_is_used_is_refused_when_it_is_read(case, whole, tmp_path):
    description, message = USED[case]
    path = tmp_path / "m.safetensors"
    text = json.dumps({"format_version": 1, "network": description})
    path.write_bytes(hostile.with_description(gn.Network([gn.Dense(1)]).build(2, seed=0).save(path).read_bytes(), text))
    with pytest.raises(gn.ModelFileError) as error:
        gn.load(path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": "ab"}, "`table.target.classes` must be a list, got 'ab'"),
        ({"classes": [10**30, 1]}, "`table.target.classes[0]` must be a string or a whole number"),
        ({"classes": ["a", "b"], "more": 1}, "`table.target` has an unknown field 'more'"),
    ],
)
def test_classes_are_what_predictions_can_hold(changes, message, tmp_path):
    content, _ = hostile.table_models(tmp_path)[0]
    _, description = hostile.described(content)
    description["table"]["target"] |= changes
    path = tmp_path / "m.safetensors"
    path.write_bytes(hostile.with_description(content, json.dumps(description)))
    with pytest.raises(gn.ModelFileError) as error:
        gn.load(path)
    assert message in str(error.value)


def test_a_variance_below_zero_is_refused(whole, tmp_path):
    net = gn.Network([gn.Dense(4, "relu"), gn.BatchNorm(), gn.Dense(2, "softmax")]).build(3, seed=0)
    net.arrays["1.running_variance"][2] = -0.5
    with pytest.raises(gn.ModelFileError, match=r"the array '1.running_variance' holds -0.5: it cannot be below 0"):
        gn.load(net.save(tmp_path / "m.safetensors"))


def test_numbers_too_large_for_the_type_are_refused(tmp_path):
    from safetensors.numpy import save

    about = json.dumps({"format_version": 1, "network": network()})
    path = tmp_path / "m.safetensors"
    path.write_bytes(save({"0.W": np.full((2, 1), 1e300), "0.b": np.zeros(1)}, metadata={"glassnet": about}))
    with pytest.raises(gn.ModelFileError, match=r"the array '0.W' holds numbers that are not finite in float32"):
        gn.load(path)


def test_weights_that_overflow_are_told_by_a_table_model(tmp_path):
    content, frame = hostile.table_models(tmp_path)[1]
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    model = gn.TableModel.load(path)
    model.network.parameters[...] = 3e38
    with pytest.raises(gn.InvalidInput, match="the prediction is not finite in row 1: the model's weights overflow"):
        gn.load(model.save(path)).predict(frame)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "the field 'a' occurs twice"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": "\xff"}', "it is not UTF-8 text"),
        ("[" * 200_000, "nested too deeply"),
    ],
)
def test_json_is_read_strictly(text, message):
    with pytest.raises(ValueError, match=message):
        read_json(text)
